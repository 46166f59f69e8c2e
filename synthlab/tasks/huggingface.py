"""A data set of the ``datasets`` library: a local folder, or a name on the hub.

The library is an extra and is imported when a data set is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from synthlab.errors import DataError
from synthlab.tasks.base import Source
from synthlab.tasks.rows import Record, build_source, check_column

_SAVED = ("dataset_info.json", "state.json", "dataset_dict.json")


class HuggingFace:
    """Rows ``{text column: text}`` of one split; numbers of a ``ClassLabel`` become its names."""

    class Params(BaseModel):
        """Which data set, and which of its columns."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        path: str = Field(description="A folder with a data set, or a name on the hub.")
        text: str = Field(default="text", description="Column that holds the texts.")
        label: str = Field(default="label", description="Column that holds the classes.")
        split: str = Field(default="train", description="Which split of the data set to read.")
        name: str | None = Field(default=None, description="Configuration of the data set.")

    def __init__(self, params: Params) -> None:
        self.params = params

    def load(self) -> Source:
        """Read the split.

        Raises:
            DataError: ``datasets`` is not installed, or the data set cannot be used.
        """
        params = self.params
        if params.text == params.label:
            raise DataError(
                f"{params.path}: `text` and `label` both name the column '{params.text}'",
                "name two columns",
            )
        dataset = _load(params)
        for column, what in ((params.text, "text"), (params.label, "label")):
            check_column(column, list(dataset.column_names), what, params.path)
        records = _records(dataset, params)
        origin = f"data set {Path(params.path).name}, split {params.split}"
        # Not the column's own name: "label" or "document" would hide a prompt's inputs.
        return build_source(records, "text", params.path, origin)


def _load(params: HuggingFace.Params) -> Any:
    try:
        import datasets
    except ImportError as exc:
        raise DataError(
            f"{params.path}: the library `datasets` is not installed",
            "pip install 'synthlab-framework[huggingface]'",
        ) from exc
    folder = Path(params.path)
    if folder.is_dir() and not any(folder.iterdir()):
        raise DataError(f"{params.path}: the folder is empty", "name a folder with a data set")
    try:
        if any((folder / name).is_file() for name in _SAVED):
            found = datasets.load_from_disk(params.path)
        else:
            found = datasets.load_dataset(params.path, params.name, split=params.split)
    except Exception as exc:  # the library, its readers and the network raise many kinds
        raise DataError(
            f"{params.path}: `datasets` cannot load this: {_first_line(exc)}",
            "give a local folder of csv, jsonl or parquet files, or the name of a data set on "
            "the hub (this needs a network), with `name` where it has configurations",
        ) from exc
    return _split(found, params)


def _split(found: Any, params: HuggingFace.Params) -> Any:
    if not isinstance(found, dict):  # one split
        return found
    if params.split not in found:
        names = ", ".join(found)
        raise DataError(
            f"{params.path}: no split '{params.split}'. Splits: {names}",
            "set `split` to one of them",
        )
    return found[params.split]


def _records(dataset: Any, params: HuggingFace.Params) -> Iterator[Record]:
    names = getattr(dataset.features[params.label], "names", None)
    labels: list[Any] = list(dataset[params.label])
    if names is not None:  # -1 stands for "no label"
        labels = [names[n] if n is not None and n >= 0 else None for n in labels]
    pairs = zip(dataset[params.text], labels, strict=True)
    for number, (text, label) in enumerate(pairs, start=1):
        yield Record(text, label, f"row {number}")


def _first_line(exc: Exception) -> str:
    return (str(exc).splitlines() or [type(exc).__name__])[0][:200]
