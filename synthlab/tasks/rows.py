"""From raw records to clean rows: the one place where real rows are made.

Every task ends here, so that cleaning, duplicates, labels and ids are the same for all of them. A
source that would mislead a score (missing labels, two spellings of one label) is refused; what can
safely be left out is dropped with a note.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from synthlab.errors import DataError
from synthlab.features.words import fold_key
from synthlab.records import Row, digest
from synthlab.tasks.base import Source

_SURROGATE = re.compile("[\ud800-\udfff]")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Record:
    """A row as a file gives it; ``place`` says where, such as ``line 7``, ``more`` what else."""

    text: Any
    label: Any
    place: str
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Item:
    text: str
    label: str
    place: str
    key: str
    more: Mapping[str, Any]


def build_source(records: Iterable[Record], field: str, where: str, origin: str) -> Source:
    """Clean ``records`` and make rows of them.

    Args:
        records: in file order.
        field: name of the text field of the rows.
        where: the file or data set, for messages.
        origin: ``Source.origin``.

    Raises:
        DataError: no rows, no texts, missing or clashing labels, or one class only.
    """
    given = list(records)
    if not given:
        raise DataError(f"{where}: no rows", "give a file with at least a few rows of each class")
    notes: list[str] = []
    filled = _with_text(given, where, notes)
    labels = _labels(filled, where, notes)
    items = [
        _Item(text, label, record.place, fold_key(text), record.more)
        for (record, text), label in zip(filled, labels, strict=True)
    ]
    items = _distinct(items, notes)
    _check_classes(items, where)
    rows = tuple(Row(digest([i.key, i.label]), {field: i.text, **i.more}, i.label) for i in items)
    return Source(rows, field, tuple(notes), origin)


def check_column(name: str, columns: Sequence[str], what: str, where: str) -> None:
    """Refuse a column that is not there once.

    Args:
        name: the column asked for.
        columns: those that ``where`` has.
        what: the setting that named it, such as ``text``.
        where: the file or data set, for messages.

    Raises:
        DataError: with the columns and the closest one.
    """
    if columns.count(name) == 1:
        return
    if name in columns:
        raise DataError(f"{where}: column '{name}' is there twice", "rename one of the two")
    close = difflib.get_close_matches(name, columns, n=1, cutoff=0.6)
    close = close or [column for column in columns if column.strip().lower() == name.lower()]
    hint = f", did you mean '{close[0]}'?" if close else ""
    names = ", ".join(f"'{column}'" for column in columns[:30]) or "none"
    raise DataError(
        f"{where}: no column '{name}'{hint} Columns: {names}"
        if hint
        else f"{where}: no column '{name}'. Columns: {names}",
        "correct the column in task.sensitive or `keep`"
        if what == "keep"
        else f"set `{what}` to one of the columns",
    )


def places(found: Sequence[str]) -> str:
    """The first few of ``found``, and how many more there are."""
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more


def _with_text(records: Sequence[Record], where: str, notes: list[str]) -> list[tuple[Record, str]]:
    texts = [(record, _text(record, where)) for record in records]
    filled = [(record, text) for record, text in texts if text]
    if not filled:
        raise DataError(
            f"{where}: every text is empty ({len(records)} rows)",
            "name the column that holds the texts in `text`",
        )
    empty = [record.place for record, text in texts if not text]
    if empty:
        notes.append(f"{_count(len(empty), 'row')} with an empty text dropped ({places(empty)})")
    return filled


def _text(record: Record, where: str) -> str:
    if _is_missing(record.text):
        return ""
    if isinstance(record.text, (list, tuple, Mapping, bytes, bytearray)):
        raise DataError(
            f"{where}: {record.place}: the text is a {type(record.text).__name__}, not a string",
            "give one string a row in the text column",
        )
    text = str(record.text).replace("\r\n", "\n").replace("\r", "\n")
    # Half characters from broken \u escapes cannot be written to any file or prompt.
    return _SURROGATE.sub("\ufffd", text).strip().strip("\ufeff").strip()


def _labels(filled: Sequence[tuple[Record, str]], where: str, notes: list[str]) -> list[str]:
    records = [record for record, _ in filled]
    missing = [record.place for record in records if _is_missing(record.label)]
    if missing:
        raise DataError(
            f"{where}: {_count(len(missing), 'row')} without a label ({places(missing)})",
            "label those rows or take them out: leaving them out silently could bias the scores",
        )
    raw = [_label(record, where) for record in records]
    _check_spelling(raw, where)
    if not all(isinstance(record.label, str) for record in records):
        notes.append("labels that are not text were read as text")
    return [label.strip() for label in raw]


def _label(record: Record, where: str) -> str:
    label = record.label
    if isinstance(label, (list, tuple, Mapping, bytes, bytearray)):
        raise DataError(
            f"{where}: {record.place}: the label is a {type(label).__name__}, not one value",
            "give each row one class; rows with several labels are not supported",
        )
    if isinstance(label, float) and label.is_integer():
        label = int(label)  # 1 becomes 1.0 wherever a column of numbers has a gap
    return _SURROGATE.sub("\ufffd", str(label))


def _check_spelling(labels: Sequence[str], where: str) -> None:
    spellings: dict[str, dict[str, int]] = {}
    for label in labels:
        counts = spellings.setdefault(label.strip().casefold(), {})
        counts[label] = counts.get(label, 0) + 1
    clashes = [
        " and ".join(f"'{label}' ({_count(n, 'row')})" for label, n in counts.items())
        for counts in spellings.values()
        if len(counts) > 1
    ]
    if clashes:
        raise DataError(
            f"{where}: labels that differ only in case or surrounding space: " + "; ".join(clashes),
            "write each class in one way",
        )


def _distinct(items: Sequence[_Item], notes: list[str]) -> list[_Item]:
    """One item a text; a text under two labels cannot be trusted, so no copy of it stays."""
    labels: dict[str, set[str]] = {}
    for item in items:
        labels.setdefault(item.key, set()).add(item.label)
    agreed = [item for item in items if len(labels[item.key]) == 1]
    clashing = [item.place for item in items if len(labels[item.key]) > 1]
    if clashing:
        notes.append(
            f"{_count(len(clashing), 'row')} dropped: the same text stands under two labels "
            f"({places(clashing)})"
        )
    kept = list({item.key: item for item in reversed(agreed)}.values())[::-1]
    if len(kept) < len(agreed):
        notes.append(
            f"{_count(len(agreed) - len(kept), 'duplicate row')} removed "
            "(same text, but for case and punctuation)"
        )
    return kept


def _check_classes(items: Sequence[_Item], where: str) -> None:
    labels = sorted({item.label for item in items})
    if not labels:
        raise DataError(
            f"{where}: no rows are left: every text stands under two labels",
            "check that `label` names the right column",
        )
    if len(labels) == 1:
        raise DataError(
            f"{where}: one class only ('{labels[0]}', {_count(len(items), 'row')})",
            "give rows of two classes or more, or check that `label` names the right column",
        )


def _is_missing(value: Any) -> bool:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    return isinstance(value, str) and not value.strip()


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
