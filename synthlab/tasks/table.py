"""The user's own rows: a csv, tsv, jsonl or parquet file with a text and a label column.

How each format is read stands in ``readers.py``; this file finds the file and names what is wrong
with it.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from synthlab.errors import DataError
from synthlab.tasks.base import Source
from synthlab.tasks.readers import Format, read_csv, read_jsonl, read_parquet
from synthlab.tasks.rows import Record, build_source

_SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}


class Table:
    """Rows of a file: the text, and the other columns that are asked for."""

    class Params(BaseModel):
        """Which file, and which of its columns."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        path: str = Field(description="The file, relative to the working folder.")
        text: str = Field(default="text", description="Column that holds the texts.")
        label: str = Field(default="label", description="Column that holds the classes.")
        format: Literal["csv", "tsv", "jsonl", "parquet"] | None = Field(
            default=None, description="Format of the file; by its suffix when not given."
        )
        encoding: str = Field(default="utf-8", description="Text encoding of csv, tsv and jsonl.")
        keep: tuple[str, ...] = Field(
            default=(),
            description="Other columns that rows keep beside their text; no classifier or prompt "
            "reads them. Columns of task.sensitive are kept in any case.",
        )

    def __init__(self, params: Params) -> None:
        self.params = params

    def load(self) -> Source:
        """Read the file.

        Raises:
            DataError: the file is missing, cannot be read, or does not hold usable rows.
        """
        params = self.params
        origin = f"{Path(params.path).name} (columns '{params.text}' and '{params.label}')"
        # Not the column's own name: "label" or "document" would hide a prompt's inputs.
        return build_source(self.records(), "text", params.path, origin)

    def records(self) -> list[Record]:
        """The columns of each row, as the file gives them.

        Raises:
            DataError: the file is missing or cannot be read.
        """
        params = self.params
        if params.text == params.label:
            raise DataError(
                f"{params.path}: `text` and `label` both name the column '{params.text}'",
                "name two columns",
            )
        kind = params.format or _format(params.path)
        data = _bytes(params.path)
        if "text" in params.keep or params.text in params.keep:
            raise DataError(
                f"{params.path}: `keep` or a column of task.sensitive is that of the texts, or one "
                "called 'text'",
                "leave the column of the texts out, and rename another one that is called so",
            )
        columns = (params.text, params.label, *params.keep)
        if kind == "parquet":
            return read_parquet(data, params.path, columns)
        if kind == "jsonl":
            return read_jsonl(data, params.path, params.encoding, columns)
        return read_csv(data, params.path, params.encoding, columns, kind)


def _format(path: str) -> Format:
    suffix = Path(path).suffix.lower()
    if suffix not in _SUFFIXES:
        raise DataError(
            f"{path}: the suffix '{suffix}' does not say which format this is",
            "set `format` to csv, tsv, jsonl or parquet, or convert the file to one of them",
        )
    return _SUFFIXES[suffix]


def _bytes(path: str) -> bytes:
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError as exc:
        raise DataError(f"{path}: no such file", _nearby(Path(path))) from exc
    except IsADirectoryError as exc:
        raise DataError(f"{path}: this is a folder", "name a file in it") from exc
    except OSError as exc:
        raise DataError(f"{path}: cannot be read: {exc.strerror}", "check its rights") from exc
    except ValueError as exc:  # a NUL in the name
        raise DataError(f"{path!r}: not a file name", "correct `path`") from exc
    if not data.strip():
        raise DataError(f"{path}: the file is empty", "give a file with a header and rows")
    return data


def _nearby(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"there is no folder '{folder}' either: check `path` and the working folder"
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    close = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    close = close or [name for name in names if Path(name).suffix.lower() in _SUFFIXES][:3]
    if close:
        return "did you mean " + " or ".join(f"'{folder / name}'" for name in close) + "?"
    return f"there is no table in the folder '{folder}': check `path` and the working folder"
