"""A folder of rows -> its data files: what ``synthlab generate`` wrote, or a data set's shards.

The shards of a folder (``data/train-00000-of-00003.parquet``) are one set of rows in parts, and
never generations of a set. Of a delivery that was interrupted, only the rows count that its book
counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from synthlab.errors import DataError
from synthlab.workflow.folder import FILE, read_book
from synthlab.workflow.shards import found

SHARD = re.compile(r"train-\d{5}-of-\d{5}\.(?P<form>parquet|jsonl|csv)")


def data_files(path: Path) -> tuple[tuple[Path, ...], int | None]:
    """The files that hold the rows, in order, and how many rows of them count; None: all.

    Args:
        path: a file, which is its own, or a folder.

    Raises:
        DataError: a folder that holds no set of rows.
        StorageError: a delivery whose book cannot be read.
    """
    if not path.is_dir():
        return (path,), None
    book = read_book(path) if (path / FILE).exists() else None
    if book is not None:
        shards = found(path, book.identity.form)
        return tuple(shard for _, shard in sorted(shards.items())), book.rows.total()
    for folder in (path / "data", path):
        if shards_of := _shards(folder):
            return shards_of, None
    raise DataError(
        f"{path}: a folder that holds no set of rows: neither a delivery of `synthlab generate` "
        "nor files such as data/train-00000-of-00001.parquet",
        "name the files in it",
    )


def whole(paths: Sequence[Path]) -> list[Path | None]:
    """What stands for each path: shards that are all of a folder's are that folder, once.

    A shard that is given alone stays a file, as a sample of its set.

    Raises:
        DataError: some of a set's shards, and not all of them.
    """
    given: dict[Path, list[Path]] = {}
    for path in dict.fromkeys(paths):
        if SHARD.fullmatch(path.name):
            given.setdefault(path.parent, []).append(path)
    instead: dict[Path, Path | None] = {}
    for folder, some in given.items():
        every = _shards(folder)
        if len(some) == 1:
            continue
        home = folder.parent if folder.name == "data" else folder
        if len(some) < len(every):
            raise DataError(
                f"{some[0]} and {some[1]}: {len(some)} of the {len(every)} files of one set",
                f"name its folder: {home}",
            )
        instead |= dict.fromkeys(some) | {some[0]: home}
    return [instead.get(path, path) for path in paths]


def _shards(folder: Path) -> tuple[Path, ...]:
    """Shards of the first form that there are any of, in order."""
    names = sorted(path for path in folder.glob("train-*") if SHARD.fullmatch(path.name))
    return tuple(path for path in names if path.suffix == names[0].suffix)
