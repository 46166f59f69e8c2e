"""The README tells the truth: its help text, its example and its commands are run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import table_rows, write_csv

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    # Every fence is paired first: the end of one block looks like the start of a plain one.
    every = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
    return [text for kind, text in every if kind == language]


def test_the_help_text_is_the_commands_own(synthlab, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    (shown,) = (text for text in blocks("text") if text.startswith("Usage: synthlab"))
    assert shown.strip() == synthlab("--help").out.strip()


@pytest.mark.usefixtures("ready_stores")
def test_the_example_config_runs(workplace, synthlab):
    write_csv(workplace / "rows.csv", table_rows())
    (workplace / "readme.yaml").write_text(blocks("yaml")[0], encoding="utf-8")
    assert synthlab("validate", "readme.yaml").code == 0
    said = synthlab(
        "run", "readme.yaml", "--set", "lm.model=fake/words", "--set", "budget.rows_per_class=6"
    )
    assert said.code == 0, said.err


SHELL = "\n".join(blocks(""))
COMMANDS = sorted(set(re.findall(r"^(?:\.venv/bin/)?synthlab (\w+)", SHELL, flags=re.MULTILINE)))


def test_its_commands_are_found():
    assert {"run", "promote", "generate", "report", "sync", "compare"} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_it_names_exists(synthlab, command):
    assert synthlab(command, "--help").code == 0


def test_every_file_it_names_exists():
    named = re.findall(r"\((experiments/[^)]*|configs/[^)]*)\)", README)
    assert len(named) >= 3
    for path in named:
        assert (ROOT / path).exists(), path


def test_the_make_targets_it_names_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in [*re.findall(r"`make (\w+)`", README), "demo"]:
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target
