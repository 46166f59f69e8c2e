"""Users' own files, and everything that can be wrong with them."""

import json
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from pydantic import ValidationError

from synthlab.errors import DataError
from synthlab.tasks.base import Source
from synthlab.tasks.table import Table

CSV = "text,label\nthe first good text,good\nthe second bad text,bad\n"


def load(path: Path, **params: Any) -> Source:
    return Table(Table.Params(path=str(path), **params)).load()


def write(folder: Path, content: str | bytes, name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(path: Path, **params: Any) -> DataError:
    with pytest.raises(DataError) as caught:
        load(path, **params)
    assert path.name in caught.value.what
    assert caught.value.fix
    assert caught.value.exit_code == 2
    return caught.value


def texts(source: Source) -> list[tuple[str, str]]:
    return [(row.values[source.field], row.label) for row in source.rows]


PAIRS = [("one, with a comma", "good"), ('two "quoted"\nlines', "bad"), ("zwölf 十二 😀", "bad")]


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet"])
def test_each_format_gives_the_same_rows(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"rows.{kind}"
    if kind == "parquet":
        columns = {"t": [p[0] for p in PAIRS], "y": [p[1] for p in PAIRS], "other": [1, 2, 3]}
        pyarrow.parquet.write_table(pyarrow.table(columns), path)
    elif kind == "jsonl":
        path.write_text("\n".join(json.dumps({"t": t, "y": y, "other": 1}) for t, y in PAIRS))
    else:
        cut = "," if kind == "csv" else "\t"
        quoted = [(t.replace('"', '""'), y) for t, y in PAIRS]
        path.write_text(f"y{cut}t{cut}o\n" + "".join(f'{y}{cut}"{t}"{cut}1\n' for t, y in quoted))
    source = load(path, text="t", label="y")
    assert texts(source) == PAIRS
    assert source.field == "text"  # whatever the column is called
    assert str(tmp_path) not in source.origin


def test_a_row_has_the_same_id_in_every_format_and_order(tmp_path: Path) -> None:
    first = load(write(tmp_path, CSV))
    lines = [{"label": "bad", "text": "The second bad text!"}, {"label": "good"}]
    lines[1]["text"] = "  the first  good text"
    second = load(write(tmp_path, "\n".join(map(json.dumps, lines)), "rows.jsonl"))
    assert {row.id for row in first.rows} == {row.id for row in second.rows}


def test_windows_files_with_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + CSV.replace("\n", "\r\n").encode()
    assert len(load(write(tmp_path, content)).rows) == 2


def test_a_format_can_be_named(tmp_path: Path) -> None:
    assert len(load(write(tmp_path, CSV, "rows.txt"), format="csv").rows) == 2


def test_very_long_fields_are_read(tmp_path: Path) -> None:
    assert len(load(write(tmp_path, CSV + "word " * 100_000 + ",bad\n")).rows) == 3


def test_a_missing_file_is_named_with_its_neighbours(tmp_path: Path) -> None:
    write(tmp_path, CSV, "reviews.csv")
    assert "reviews.csv" in refusal(tmp_path / "review.csv").fix
    assert "no folder" in refusal(tmp_path / "nowhere" / "rows.csv").fix


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").mkdir()
    assert "folder" in refusal(tmp_path / "rows.csv").what


def test_an_unknown_suffix_asks_for_the_format(tmp_path: Path) -> None:
    assert "format" in refusal(write(tmp_path, CSV, "rows.xlsx")).fix


def test_a_missing_column_lists_the_columns(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, CSV), text="texts")
    assert "did you mean 'text'?" in error.what
    assert "'label'" in error.what
    lines = '{"body": "a", "label": "x"}\n'
    assert "'body'" in refusal(write(tmp_path, lines, "rows.jsonl")).what


def test_a_missing_parquet_column_lists_the_columns(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"body": ["a"], "label": ["b"]}), path)
    assert "'body'" in refusal(path).what


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    assert "twice" in refusal(write(tmp_path, "text,text,label\na,b,c\n")).what


def test_text_and_label_must_be_two_columns(tmp_path: Path) -> None:
    assert "both name" in refusal(write(tmp_path, CSV), label="text").what


def test_other_separators_are_recognised(tmp_path: Path) -> None:
    assert "semicolons" in refusal(write(tmp_path, CSV.replace(",", ";"))).what
    assert "tsv" in refusal(write(tmp_path, CSV.replace(",", "\t"))).fix


@pytest.mark.parametrize("content", ["", "  \n \n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: str) -> None:
    assert "empty" in refusal(write(tmp_path, content)).what


def test_a_header_alone_is_no_rows(tmp_path: Path) -> None:
    assert "no rows" in refusal(write(tmp_path, "text,label\n")).what


def test_bytes_that_are_not_utf8_are_located(tmp_path: Path) -> None:
    path = write(tmp_path, CSV.encode() + "café,good\n".encode("latin-1"))
    error = refusal(path)
    assert f"byte {len(CSV) + 3} (line 4)" in error.what
    assert "encoding" in error.fix
    assert "iconv" in error.fix
    assert texts(load(path, encoding="latin-1"))[2] == ("café", "good")


def test_a_utf16_file_is_recognised(tmp_path: Path) -> None:
    path = write(tmp_path, CSV.encode("utf-16"))
    assert "utf-16" in refusal(path).fix
    assert len(load(path, encoding="utf-16").rows) == 2


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    assert "utf-9" in refusal(write(tmp_path, CSV), encoding="utf-9").what


def test_a_csv_line_with_too_many_fields_is_located(tmp_path: Path) -> None:
    assert "line 4: 3 fields" in refusal(write(tmp_path, CSV + "a, b,good\n")).what


def test_an_open_quote_is_located_where_it_begins(tmp_path: Path) -> None:
    assert "line 4" in refusal(write(tmp_path, CSV + '"never closed,good\nnext,bad\n')).what


@pytest.mark.parametrize("line", ['{"text": "a", ', "[1, 2]", "NaN", "[" * 100_000])
def test_a_broken_json_line_is_located(tmp_path: Path, line: str) -> None:
    content = '{"text": "a", "label": "x"}\n\n' + line + "\n"
    assert "line 3" in refusal(write(tmp_path, content, "rows.jsonl")).what


def test_a_file_that_is_not_parquet_is_refused(tmp_path: Path) -> None:
    assert "parquet" in refusal(write(tmp_path, CSV, "rows.parquet")).what


def test_empty_texts_are_dropped_and_told(tmp_path: Path) -> None:
    source = load(write(tmp_path, CSV + " ,good\n,bad\n"))
    assert len(source.rows) == 2
    assert any("2 rows with an empty text" in n and "line 4" in n for n in source.notes)


def test_only_empty_texts_are_refused(tmp_path: Path) -> None:
    assert "every text is empty" in refusal(write(tmp_path, "text,label\n ,a\n ,b\n")).what


def test_missing_labels_are_refused_with_their_lines(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, CSV + "no label here,\nnor here, \n"))
    assert "2 rows without a label (line 4, line 5)" in error.what


def test_a_missing_label_in_json_is_located(tmp_path: Path) -> None:
    content = '{"text": "a", "label": "x"}\n{"text": "b", "label": null}\n{"text": "c"}\n'
    assert "(line 2, line 3)" in refusal(write(tmp_path, content, "rows.jsonl")).what


def test_numbers_as_labels_are_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    columns = {"text": ["a", "b", "c"], "label": [0.0, 1.0, 1.0]}
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    source = load(path)
    assert [row.label for row in source.rows] == ["0", "1", "1"]
    assert any("read as text" in note for note in source.notes)


def test_several_labels_in_a_row_are_refused(tmp_path: Path) -> None:
    content = '{"text": "a", "label": ["x", "y"]}\n'
    assert "line 1: the label is a list" in refusal(write(tmp_path, content, "rows.jsonl")).what


def test_a_text_that_is_an_object_is_refused(tmp_path: Path) -> None:
    content = '{"text": {"a": 1}, "label": "x"}\n'
    assert "line 1: the text is a dict" in refusal(write(tmp_path, content, "rows.jsonl")).what


def test_one_class_alone_is_refused(tmp_path: Path) -> None:
    assert "one class only ('good'" in refusal(write(tmp_path, "text,label\na,good\nb,good\n")).what


def test_labels_that_differ_in_case_or_space_are_listed(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, CSV + "third,Good\nfourth,bad \n"))
    assert "'good' (1 row) and 'Good' (1 row)" in error.what
    assert "'bad' (1 row) and 'bad ' (1 row)" in error.what


def test_duplicates_are_removed_and_told(tmp_path: Path) -> None:
    source = load(write(tmp_path, CSV + "The FIRST good text!,good\n"))
    assert len(source.rows) == 2
    assert any("1 duplicate row removed" in note for note in source.notes)


def test_a_text_under_two_labels_is_dropped_whole(tmp_path: Path) -> None:
    source = load(write(tmp_path, CSV + "unsure,good\nUnsure.,bad\n"))
    assert len(source.rows) == 2
    assert any("2 rows dropped" in n and "line 4, line 5" in n for n in source.notes)


def test_nothing_but_contradictions_is_refused(tmp_path: Path) -> None:
    assert "two labels" in refusal(write(tmp_path, "text,label\na,good\na,bad\n")).what


def test_texts_of_symbols_only_stay_apart(tmp_path: Path) -> None:
    assert len(load(write(tmp_path, "text,label\n:),good\n:(,bad\n😀,good\n😡,bad\n")).rows) == 4


def test_broken_escapes_do_not_break_the_row(tmp_path: Path) -> None:
    content = '{"text": "half \\ud83d", "label": "x"}\n{"text": "b", "label": "y"}\n'
    assert load(write(tmp_path, content, "rows.jsonl")).rows[0].values["text"] == "half \ufffd"


def test_unknown_parameters_are_refused() -> None:
    with pytest.raises(ValidationError):
        Table.Params(path="a.csv", column="text")  # type: ignore[call-arg]
