"""The manual tells the truth: pages are made from the models, and its examples are run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from synthlab.workflow import manual
from synthlab.workflow.lab import compile_file, run_file
from tests.conftest import table_rows, write_csv

CONFIG = Path("tickets.yaml")
DOCS = Path(manual.__file__).parents[1] / "docs"
EXAMPLES = yaml.safe_load((DOCS / "config/examples.yaml").read_text(encoding="utf-8"))


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def test_the_pages_of_the_config_are_those_that_make_docs_writes():
    there = {p.name: p.read_text(encoding="utf-8") for p in (DOCS / "config").glob("*.md")}
    assert there == manual.pages(), "run: make docs"


@pytest.mark.parametrize("section", EXAMPLES)
def test_the_example_of_each_section_compiles(workplace, monkeypatch, section):
    monkeypatch.setenv("OPENAI_API_KEY", "only-its-presence-is-checked")
    write_csv(workplace / "rows.csv", table_rows())
    base = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    whole = {**base, **yaml.safe_load(EXAMPLES[section])}
    (workplace / "example.yaml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    assert compile_file(Path("example.yaml")).members


def test_the_classes_of_the_page_about_extending_run(workplace):
    (workplace / "mine.py").write_text("\n".join(blocks("extend.md", "python")), encoding="utf-8")
    result, _ = run_file(
        CONFIG,
        [
            "sweep={}",
            f"generator={yaml.safe_load(blocks('extend.md', 'yaml')[0])['generator']}",
            'task={use: "mine.py:Inbox", with: {copies: 40}, document: support message}',
            'scoring={use: "mine.py:bayes", with: {alpha: 0.5}}',
        ],
    )
    moods = {row.lineage.request.attributes["mood"] for row in result.winner.curated.kept}
    assert moods == {"cheerful", "grumpy"}


@pytest.mark.parametrize("page", sorted(p.relative_to(DOCS).as_posix() for p in DOCS.rglob("*.md")))
def test_every_page_that_is_linked_is_there(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert ((DOCS / page).parent / link).exists(), f"{page}: {link}"
