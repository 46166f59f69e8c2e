"""Files of rows -> sets: which files are generations of one set, and what each set is called.

Files stand together only where someone said so: by a marker in their names (``direct-seed1``,
``direct-seed2``) or on the command line (``direct=a.jsonl direct=b.jsonl``). A trailing number says
nothing: ``gpt-4`` and ``gpt-5`` are two models, not two generations of one. A folder's shards are
one generation (``rowfolders.py``).
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from synthlab.errors import DataError
from synthlab.workflow.rowfolders import data_files, whole

_MARKED = re.compile(
    r"^(?P<base>.*[^\W_])[\W_]*[-_. ](?P<word>(?:seed|generation|gen|run)[-_.= ]?|[sgr])\d+$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^(?P<base>.*?[^\W_])[-_. ]?\d+$")


@dataclass(frozen=True)
class Group:
    """The files of one set.

    Attributes:
        name: of the set; no other set of the call has it.
        files: one or more, each with a generation or more; a folder is one, with all its shards.
    """

    name: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class _Label:
    """What a set may be called: the first of ``forms`` that tells it apart in its folder."""

    forms: tuple[str, ...]
    folders: tuple[str, ...] = ()
    form: int = 0
    depth: int = 0

    @property
    def short(self) -> str:
        return self.forms[min(self.form, len(self.forms) - 1)]

    @property
    def name(self) -> str:
        return "/".join((*self.folders[len(self.folders) - self.depth :], self.short))


def grouped(given: Sequence[str]) -> list[Group]:
    """The sets that arguments name, in the order of their first files.

    Args:
        given: ``FILE`` or ``NAME=FILE`` each, or folders; what exists as a path is a path.

    Raises:
        DataError: a file is given twice, some shards of a folder lack, a folder holds no rows, or
            two sets cannot be told apart by name.
    """
    parsed = [_parsed(text) for text in given]
    _refuse_twice(given, [path for _, path in parsed])
    sets: dict[tuple[str, ...], list[Path]] = {}
    for (name, _), path in zip(parsed, whole([path for _, path in parsed]), strict=True):
        if path is not None:
            sets.setdefault(("=", name) if name else _key(path), []).append(path)
    names = _names([_label(key, paths) for key, paths in sets.items()])
    return [Group(name, tuple(paths)) for name, paths in zip(names, sets.values(), strict=True)]


def likely(groups: Sequence[Group]) -> list[str]:
    """Sentences on files that look like generations, as only a trailing number differs."""
    alike: dict[tuple[Path, str, str], list[Path]] = {}
    for path in (group.files[0] for group in groups if len(group.files) == 1):
        if found := _NUMBERED.match(path.stem):
            alike.setdefault((path.parent, found["base"], path.suffix), []).append(path)
    return [
        f"{' and '.join(path.name for path in paths)} were taken as sets of their own; if they are "
        f"generations of one: {' '.join(f'{base}={path}' for path in paths)}"
        for (_, base, _), paths in alike.items()
        if len(paths) > 1
    ]


def _refuse_twice(given: Sequence[str], paths: Sequence[Path]) -> None:
    seen: dict[str, str] = {}
    for text, path in zip(given, paths, strict=True):
        for file in data_files(path)[0]:
            real = os.path.realpath(file)
            if real in seen:
                also = "" if seen[real] == text else f" and as {seen[real]}"
                raise DataError(
                    f"{text}: this file is given twice{also}",
                    "give each file once: a copy is no other generation",
                )
            seen[real] = text


def _parsed(text: str) -> tuple[str, Path]:
    name, equals, file = text.partition("=")
    # A folder may hold "=", as those of parameters do (lr=0.1/rows.csv); a set's name holds no "/".
    if not equals or not name.strip() or not file or "/" in name or Path(text).exists():
        return "", Path(text)
    return name.strip(), Path(file)


def _key(path: Path) -> tuple[str, ...]:
    marked = _MARKED.match(_stem(path))
    if marked is None:
        return (str(path.parent.resolve() / path.name),)
    folder, word = str(path.parent.resolve()), marked["word"].rstrip("-_.= ").lower()
    return folder, marked["base"], word, "" if path.is_dir() else path.suffix.lower()


def _stem(path: Path) -> str:
    """A name without its suffix; a folder has none, whatever dots are in its name."""
    return path.resolve().name if path.is_dir() else path.stem


def _label(key: tuple[str, ...], paths: Sequence[Path]) -> _Label:
    if key[0] == "=":
        return _Label((key[1],))
    path = paths[0]
    folders = path.parent.resolve().parts[1:]
    forms: tuple[str, ...] = (_stem(path), path.name)
    if len(paths) > 1:
        _, base, word, suffix = key
        forms = (base, f"{base}-{word}*", f"{base}-{word}*{suffix}")
    return _Label(forms, folders)


def _names(labels: list[_Label]) -> list[str]:
    """A name each: with its marker and suffix within a folder, with as many folders as needed."""
    for _ in range(2):
        counts = Counter((label.folders, label.short) for label in labels)
        labels = [
            _Label(label.forms, label.folders, label.form + 1)
            if label.folders and counts[label.folders, label.short] > 1
            else label
            for label in labels
        ]
    while clashing := _clashes(labels):
        longer = [
            _Label(label.forms, label.folders, label.form, label.depth + 1)
            if label.name in clashing and label.depth < len(label.folders)
            else label
            for label in labels
        ]
        if longer == labels:
            raise DataError(f"two sets are called '{min(clashing)}'", "name one of them: NAME=FILE")
        labels = longer
    return [label.name for label in labels]


def _clashes(labels: Sequence[_Label]) -> set[str]:
    return {name for name, count in Counter(x.name for x in labels).items() if count > 1}
