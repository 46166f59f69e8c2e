"""Bytes of a table file to records: csv, tsv, jsonl and parquet.

A file that is broken is refused with its line; whether the rows make a usable source is decided in
``rows.py``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from synthlab.errors import DataError
from synthlab.tasks.rows import Record, check_column

Format = Literal["csv", "tsv", "jsonl", "parquet"]
Columns = tuple[str, ...]  # text, label, and those to keep
_LONGEST_FIELD = 1 << 30


def read_csv(
    data: bytes, where: str, encoding: str, columns: Columns, kind: Literal["csv", "tsv"]
) -> list[Record]:
    """Records of a csv or tsv file with a header.

    Raises:
        DataError: encoding, header, or a line with another number of fields than the header.
    """
    text = _decode(data, where, encoding)
    lines = _csv_lines(text, where, "\t" if kind == "tsv" else ",")
    header = next(lines, (1, []))[1]
    _check_separator(header, columns, where)
    _check(columns, header, where)
    places = [header.index(name) for name in columns]
    records = []
    for number, fields in lines:
        if len(fields) != len(header):
            raise DataError(
                f"{where}: line {number}: {len(fields)} fields, but the header has {len(header)}",
                'put fields that hold a separator or a line break in double quotes ("...")',
            )
        records.append(_record(columns, [fields[at] for at in places], f"line {number}"))
    return records


def read_jsonl(data: bytes, where: str, encoding: str, columns: Columns) -> list[Record]:
    """Records of a file with one JSON object a line.

    Raises:
        DataError: encoding, a line that is not a JSON object, or a column that no line has.
    """
    objects: list[tuple[int, dict[str, Any]]] = []
    for number, line in enumerate(_decode(data, where, encoding).split("\n"), start=1):
        if line.strip():
            objects.append((number, _object(line, number, where)))
    seen = list(dict.fromkeys(key for _, item in objects for key in item))
    _check(columns, seen, where)
    return [
        _record(columns, [item.get(name) for name in columns], f"line {number}")
        for number, item in objects
    ]


def read_parquet(data: bytes, where: str, columns: Columns) -> list[Record]:
    """Records of a parquet file.

    Raises:
        DataError: not parquet, or a missing column.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(data))
        _check(columns, list(file.schema_arrow.names), where)
        table = file.read(columns=list(columns))
    except (pyarrow.ArrowException, OSError) as exc:
        raise DataError(
            f"{where}: not a readable parquet file: {str(exc).splitlines()[0]}",
            "write it again, or set `format` if it is another kind of table",
        ) from exc
    rows = zip(*(table.column(name).to_pylist() for name in columns), strict=True)
    return [_record(columns, values, f"row {number}") for number, values in enumerate(rows, 1)]


def _check(columns: Columns, there: Sequence[str], where: str) -> None:
    for place, name in enumerate(columns):
        check_column(name, there, ("text", "label", "keep")[min(place, 2)], where)


def _record(columns: Columns, values: Sequence[Any], place: str) -> Record:
    more = dict(zip(columns[2:], values[2:], strict=True))
    return Record(values[0], values[1], place, more)


def _decode(data: bytes, where: str, encoding: str) -> str:
    try:
        if encoding.lower().replace("_", "-") in {"utf-8", "utf8"}:
            encoding = "utf-8-sig"  # a byte order mark is not part of the first column's name
        return data.decode(encoding)
    except LookupError as exc:
        raise DataError(
            f"{where}: no text encoding is called '{encoding}'", "try utf-8, cp1252 or latin-1"
        ) from exc
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise DataError(
            f"{where}: not {encoding.removesuffix('-sig')}: byte {exc.start} (line {line}) "
            f"is 0x{data[exc.start]:02x}",
            _other_encoding(data),
        ) from exc
    except UnicodeError as exc:
        raise DataError(f"{where}: cannot be read as {encoding}", _other_encoding(data)) from exc


def _other_encoding(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "set `encoding: utf-16`"
    return (
        "set `encoding` (often cp1252 or latin-1), or convert the file: "
        "iconv -f cp1252 -t utf-8 OLD > NEW"
    )


def _csv_lines(text: str, where: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Fields with the number of the line on which they start; blank lines are passed over."""
    before = csv.field_size_limit(_LONGEST_FIELD)  # 128 KiB is too short for whole documents
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        rows = []
        start = 1
        for fields in reader:
            if any(field.strip() for field in fields):
                rows.append((start, fields))
            start = reader.line_num + 1
    except csv.Error as exc:
        raise DataError(
            f"{where}: line {start}: {exc}",
            'close every double quote, and write a quote within a quoted field as ""',
        ) from exc
    finally:
        csv.field_size_limit(before)
    return iter(rows)


def _check_separator(header: list[str], columns: Columns, where: str) -> None:
    if len(header) != 1 or header[0] in columns:
        return
    for separator, name in ((";", "semicolons"), ("\t", "tabs"), (",", "commas")):
        if separator in header[0]:
            fix = {
                "\t": "set `format: tsv`",
                ",": "set `format: csv`",
                ";": "save the file with commas as separators",
            }[separator]
            raise DataError(f"{where}: line 1: the columns are separated by {name}", fix)


def _object(line: str, number: int, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as exc:
        cause = exc.msg if isinstance(exc, json.JSONDecodeError) else "too deep or too long"
        raise DataError(
            f"{where}: line {number}: not JSON: {cause}",
            "write one whole JSON object on each line",
        ) from exc
    if not isinstance(value, dict):
        raise DataError(
            f"{where}: line {number}: a JSON {type(value).__name__}, not an object",
            'write each row as {"text": ..., "label": ...} on a line of its own',
        )
    return value
