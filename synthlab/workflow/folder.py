"""A delivery's folder: what belongs to it, how far it is, and how it goes on after a crash.

``synthlab.json`` says which generator wrote the folder, with which seed and quota, and how many of
the rows on disk count. It is replaced as a whole after each round, when the round's rows are on
disk. So a process that is killed at any moment leaves a folder from which the next one goes on as
if nothing had happened: rows beyond those that count are cut off, and written again from answers
that the journal has.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from synthlab.errors import ConfigError, StorageError
from synthlab.records import Usage
from synthlab.workflow.shards import replacing, writing

FILE = "synthlab.json"
LOCK = ".synthlab.lock"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """What every row of a folder has in common.

    Attributes:
        generator: digest of the program.
        seed: of the delivery.
        form: ``parquet`` or ``jsonl``.
        source: the version in words; it is told, and not compared.
        ref: how to ask for exactly this version, such as ``bbc-news@2``; not compared.
    """

    generator: str
    seed: int
    form: str
    source: str = ""
    ref: str = ""


@dataclass
class Book:
    """How far a folder is.

    Attributes:
        quota: rows wanted, by class.
        base: rows that were there when this quota was first asked for.
        round: rows of a round; it stays as it was when the quota was first asked for.
        done: rounds of this quota that are finished.
        rows: kept rows that count, by class.
        used: requests that were made, by class.
        dropped: number of dropped rows by reason.
        usage: what it took.
        begun: the day of the first row.
    """

    identity: Identity
    quota: dict[str, int]
    round: int
    base: dict[str, int] = field(default_factory=dict)
    done: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    used: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    usage: Usage = field(default_factory=Usage)
    begun: str = ""

    @property
    def full(self) -> bool:
        """Whether every row that was asked for is there."""
        return all(self.rows[label] >= count for label, count in self.quota.items())

    def ask(self, quota: Mapping[str, int], round: int) -> None:
        """Want another number of rows from now on.

        Raises:
            ConfigError: fewer of a class than there are.
        """
        if dict(quota) == self.quota:
            return
        for label, count in quota.items():
            if count < self.rows[label]:
                raise ConfigError(
                    f"there are {self.rows[label]:,} rows of {label} already, asked for are "
                    f"{count:,}",
                    "ask for at least as many, or give a new folder with -o: rows are not taken "
                    "away",
                )
        self.quota, self.round = dict(quota), round
        self.base, self.done = dict(self.rows), 0

    def save(self, folder: Path) -> None:
        """Let these rows count from now on.

        Raises:
            StorageError: it could not be written; what counted before does so still.
        """
        own = {item.name: getattr(self, item.name) for item in fields(self)}
        own |= {"identity": asdict(self.identity), "usage": asdict(self.usage)}
        text = json.dumps({"format": FORMAT, **own}, indent=2, ensure_ascii=False)
        with writing(folder), replacing(folder / FILE) as draft:
            draft.write_text(text + "\n", encoding="utf-8")


def read_book(folder: Path) -> Book | None:
    """What a folder says of itself; None of one that is new or empty.

    Raises:
        StorageError: it is no folder, holds files of something else, or cannot be read.
    """
    path = folder / FILE
    try:
        if path.exists():
            return _book(json.loads(path.read_text(encoding="utf-8")))
        own = {LOCK, f".{FILE}.draft"}
        if folder.exists() and (
            not folder.is_dir() or any(item.name not in own for item in folder.iterdir())
        ):
            raise StorageError(
                f"{folder} is there already, and is no delivery of synthlab",
                "give a new folder with -o",
            )
    except OSError as exc:
        raise StorageError(f"cannot read {folder}: {exc}", "give another folder with -o") from exc
    except (ValueError, TypeError, KeyError, AttributeError) as exc:
        raise StorageError(
            f"{path} cannot be read: {exc}",
            "give a new folder with -o: answers that were paid are in the journal",
        ) from exc
    return None


@contextmanager
def opened(
    folder: Path, identity: Identity, quota: Mapping[str, int], round: int, today: str
) -> Iterator[Book]:
    """The book of a folder, which belongs to this process alone until the end.

    Raises:
        StorageError: the folder is not ours, is in use, or cannot be written.
        ConfigError: another generator, seed or format wrote it, or it has more rows already.
    """
    read_book(folder)  # before a lock file is put into somebody else's folder
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout as exc:
            raise StorageError(
                f"another process writes {folder} right now",
                "wait for it, or give another folder with -o",
            ) from exc
    try:
        book = read_book(folder)
        if book is None:
            book = Book(identity, dict(quota), round, begun=today)
        else:
            _refuse_others(folder, book.identity, identity)
            book.ask(quota, round)
        book.save(folder)
        yield book
    finally:
        lock.release()  # the file stays: who has it open already must not lock another one


def _refuse_others(folder: Path, there: Identity, asked: Identity) -> None:
    if there.generator != asked.generator:
        said = there.source or f"generator {there.generator[:8]}"
        again = f"go on with that one (synthlab generate {there.ref} ...)" if there.ref else ""
        raise ConfigError(
            f"{folder} holds rows of {said}, asked for is "
            f"{asked.source or f'generator {asked.generator[:8]}'}",
            f"{f'{again}, or ' if again else ''}give a new folder with -o",
        )
    for name, flag in (("seed", "--seed"), ("form", "--format")):
        before, now = getattr(there, name), getattr(asked, name)
        if before != now:
            raise ConfigError(
                f"{folder} was written with {flag} {before}, asked for is {flag} {now}",
                f"give {flag} {before} to go on, or a new folder with -o",
            )


def _book(data: Mapping[str, Any]) -> Book:
    if data.get("format") != FORMAT:
        raise ValueError(f"format {data.get('format')}, this version reads {FORMAT}")
    rest = {key: value for key, value in data.items() if key not in ("format", "identity", "usage")}
    for name in ("rows", "used", "dropped"):
        rest[name] = Counter(rest[name])
    return Book(Identity(**data["identity"]), usage=Usage(**data["usage"]), **rest)
