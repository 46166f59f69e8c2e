"""Synthetic rows as a parquet file: their fields, and where each one comes from.

One column a field, then the lineage. Real rows have no lineage and do not belong here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from synthlab.records import Dropped, Row

WEIGHT = "weight"

LINEAGE: dict[str, pa.DataType] = {
    "attributes": pa.string(),
    "shown": pa.string(),
    "call": pa.string(),
    "lm": pa.string(),
    "candidate": pa.string(),
    "cost_usd": pa.float64(),
    "tokens": pa.int64(),
}


def write_rows(
    path: Path, rows: Sequence[Row], about: Mapping[str, Sequence[Any]] | None = None
) -> None:
    """Write ``rows``; ``about`` adds columns of a text or a number for each row.

    Columns: id, label, those of ``about``, weight where it is not 1 throughout, the fields,
    attributes and shown (JSON), call, lm, candidate, cost_usd (USD, null when not known), tokens. A
    field with the name of another column is written as ``field.NAME``.
    """
    columns: dict[str, pa.Array] = {
        "id": pa.array([_text(row.id) for row in rows], pa.string()),
        "label": pa.array([_text(row.label) for row in rows], pa.string()),
    }
    for name, values in (about or {}).items():
        columns[name] = _field(list(values))
    if WEIGHT not in columns and any(row.weight != 1 for row in rows):
        columns[WEIGHT] = pa.array([row.weight for row in rows], pa.float64())
    for name in dict.fromkeys(name for row in rows for name in row.values):
        clash = name in columns or name in LINEAGE
        column = f"field.{name}" if clash else _text(name)
        columns[column] = _field([row.values.get(name) for row in rows])
    lineage = [_lineage(row) for row in rows]
    for name, kind in LINEAGE.items():
        columns[name] = pa.array([item[name] for item in lineage], kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def write_dropped(
    path: Path, dropped: Sequence[Dropped], about: Mapping[str, Sequence[Any]] | None = None
) -> None:
    """The same for dropped rows, each with its reason and the detail of it."""
    reasons, details = [item.reason for item in dropped], [item.detail for item in dropped]
    why = {"reason": reasons, "detail": details}
    write_rows(path, [item.row for item in dropped], {**why, **(about or {})})


def _lineage(row: Row) -> dict[str, Any]:
    line = row.lineage
    if line is None:
        return dict.fromkeys(LINEAGE)
    return {
        "attributes": _json(dict(line.request.attributes)),
        "shown": _json(list(line.request.shown)),
        "call": _text(line.call),
        "lm": _text(line.lm),
        "candidate": _text(line.candidate),
        "cost_usd": line.usage.cost_usd,
        "tokens": line.usage.tokens,
    }


def _field(values: list[Any]) -> pa.Array:
    """A column of the values' own type, or of their JSON when they are of several or nested."""
    if all(value is None or isinstance(value, str) for value in values):
        return pa.array([None if value is None else _text(value) for value in values], pa.string())
    if all(value is None or isinstance(value, (bool, int, float)) for value in values):
        try:
            return pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            pass
    return pa.array([None if value is None else _json(value) for value in values], pa.string())


def _json(value: Any) -> str:
    return _text(json.dumps(value, ensure_ascii=False, default=str))


def _text(value: str) -> str:
    # An LM can write half a surrogate pair, which UTF-8 and so parquet cannot hold.
    return value.encode("utf-8", "replace").decode("utf-8")
