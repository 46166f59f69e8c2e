"""Local data sets of the ``datasets`` library."""

import sys
from pathlib import Path
from typing import Any

import datasets
import pytest

from synthlab.errors import DataError
from synthlab.tasks.base import Source
from synthlab.tasks.huggingface import HuggingFace

ROWS: dict[str, list[Any]] = {"body": ["a good day", "a bad day", "a good night"], "y": [1, 0, 1]}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)


@pytest.fixture
def table() -> datasets.Dataset:
    features = datasets.Features(
        {"body": datasets.Value("string"), "y": datasets.ClassLabel(names=["bad", "good"])}
    )
    return datasets.Dataset.from_dict(ROWS, features=features)


def load(path: Path, **params: Any) -> Source:
    given = {"text": "body", "label": "y"} | params
    return HuggingFace(HuggingFace.Params(path=str(path), **given)).load()


def labels(source: Source) -> list[str]:
    return [row.label for row in source.rows]


def test_a_saved_split_is_read_with_its_class_names(
    tmp_path: Path, table: datasets.Dataset
) -> None:
    table.save_to_disk(tmp_path / "saved")
    source = load(tmp_path / "saved")
    assert labels(source) == ["good", "bad", "good"]
    assert source.rows[0].values == {"text": "a good day"}
    assert str(tmp_path) not in source.origin


def test_a_saved_dictionary_of_splits_is_read(tmp_path: Path, table: datasets.Dataset) -> None:
    datasets.DatasetDict({"train": table, "rest": table}).save_to_disk(tmp_path / "saved")
    assert labels(load(tmp_path / "saved", split="rest")) == ["good", "bad", "good"]
    with pytest.raises(DataError, match="Splits: train, rest"):
        load(tmp_path / "saved", split="test")


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_folder_of_files_is_read(tmp_path: Path, table: datasets.Dataset, kind: str) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    getattr(table, f"to_{kind}")(folder / f"train.{kind}")
    expected = ["good", "bad", "good"] if kind == "parquet" else ["1", "0", "1"]
    assert labels(load(folder)) == expected


def test_an_unknown_split_of_a_folder_names_the_splits(
    tmp_path: Path, table: datasets.Dataset
) -> None:
    (tmp_path / "files").mkdir()
    table.to_parquet(tmp_path / "files" / "train.parquet")
    with pytest.raises(DataError, match="train"):
        load(tmp_path / "files", split="dev")


def test_a_missing_column_lists_the_columns(tmp_path: Path, table: datasets.Dataset) -> None:
    table.save_to_disk(tmp_path / "saved")
    with pytest.raises(DataError, match="Columns: 'body', 'y'"):
        load(tmp_path / "saved", text="text")


def test_unlabelled_rows_are_refused(tmp_path: Path, table: datasets.Dataset) -> None:
    features = table.features
    rows = ROWS | {"y": [1, 0, -1]}
    datasets.Dataset.from_dict(rows, features=features).save_to_disk(tmp_path / "saved")
    with pytest.raises(DataError, match="without a label \\(row 3\\)"):
        load(tmp_path / "saved")


def test_a_broken_or_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty"):
        load(tmp_path / "empty")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "state.json").write_text("{}")
    with pytest.raises(DataError, match="cannot load"):
        load(tmp_path / "broken")


def test_a_name_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match="cannot load"):
        load(Path("no-such-folder-and-no-such-name"))


def test_a_missing_library_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(DataError, match=r"pip install 'synthlab-framework\[huggingface\]'"):
        load(Path("anything"))
