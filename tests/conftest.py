"""Small real data and a config on the scripted LM, so that the whole loop runs in seconds."""

from __future__ import annotations

import csv
import random
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.postgres import postgres_url  # noqa: F401 - a fixture for all tests

# A shell starts what it runs in the background with Ctrl-C ignored, and programs inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

WORDS = {
    "refund": "refund money return charge invoice payment bank card credit receipt amount billing",
    "delivery": "parcel courier late tracking address shipped arrived box driver delay post",
    "account": "password login email profile locked reset username settings verify code account",
}
FILLER = ["please", "my", "the", "your", "today", "still", "again", "need", "help", "order"]


def table_rows(per_class: int = 30) -> list[tuple[str, str]]:
    """``(text, label)`` rows of three classes that a linear model can tell apart."""
    made = []
    for label, text in WORDS.items():
        for place in range(per_class):
            draw = random.Random(f"{label}/{place}")
            words = draw.sample(text.split(), 5) + draw.sample(FILLER, 5)
            draw.shuffle(words)
            made.append((" ".join(words), label))
    return made


def write_csv(path: Path, rows: list[tuple[str, str]], header: tuple[str, str] = ("text", "label")):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


CONFIG = """\
name: tickets
task:
  use: table
  with: {path: rows.csv, text: text, label: label}
  document: support message
  split: {dev: 24, test: 24}
lm: {model: fake/words, max_tokens: 60, concurrency: 4}
scoring: {real_sizes: [1, 2, 5], draws: 2}
budget: {rows_per_class: 6, tries: 3}
finals: {replicates: 0}
sweep:
  generator:
    - direct
    - use: attributes
      prompts: {row: "Write a {document} about {topic}."}
      with:
        axes:
          topic:
            refund: [refund money, invoice payment, bank card credit]
            delivery: [parcel courier late, tracking address, driver delay post]
            account: [password login, email profile locked, username settings]
"""


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder of the tests' own, which the user's is left out of."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder / "synthlab"


def set_out(folder: Path) -> Path:
    """``rows.csv`` and ``tickets.yaml`` in a folder."""
    write_csv(folder / "rows.csv", table_rows())
    (folder / "tickets.yaml").write_text(CONFIG, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def blank_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a new store's database, as MLflow makes it in a second or two."""
    from synthlab.tracking import schema

    folder = tmp_path_factory.mktemp("blank") / "mlruns"
    folder.mkdir()
    schema._make(folder / "mlflow.db", folder / "artifacts")
    return folder


@contextmanager
def copied_stores(blank: Path) -> Iterator[None]:
    """Inside, new stores are copies of ``blank_store``."""
    from synthlab.tracking import schema

    def make(db: Path, artifacts: Path) -> None:
        shutil.copyfile(blank / "mlflow.db", db)
        with closing(sqlite3.connect(db)) as connection, connection:
            connection.execute(
                "UPDATE experiments SET artifact_location = replace(artifact_location, ?, ?)",
                (str(blank / "artifacts"), str(artifacts)),
            )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "_make", make)
        yield


@pytest.fixture
def ready_stores(blank_store: Path) -> Iterator[None]:
    """For tests of something else than how a store is made."""
    with copied_stores(blank_store):
        yield


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with ``rows.csv`` and ``tickets.yaml``, which is the current folder."""
    monkeypatch.chdir(set_out(tmp_path))
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@dataclass
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str


@pytest.fixture
def synthlab(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Run the command line in this process: ``synthlab("run", "x.yaml")``."""
    from synthlab.cli import main

    def call(*args: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["synthlab", *args])
        code: object = 0
        try:
            main()
        except SystemExit as exc:
            code = exc.code
        said = capsys.readouterr()
        return Said(code if isinstance(code, int) else 0, said.out, said.err)

    return call
