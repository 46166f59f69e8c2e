"""A prompt may be a text or the path of a file; what is logged holds the text."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthlab.config.load import load, to_yaml
from synthlab.errors import ConfigError

BASE = "name: x\ntask: bbc-news\nlm: {model: fake/words}\n"
PLACES = [
    "generator: {use: direct, prompts: {row: row.txt}}\n",
    "sweep: {generator: [{use: direct, prompts: {row: row.txt}}]}\n",
    "sweep: {generator.prompts: [{row: row.txt}]}\n",
    "sweep: {generator.prompts.row: [row.txt]}\n",
]


def written(folder: Path, text: str) -> Path:
    path = folder / "x.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("place", PLACES)
def test_a_config_with_prompt_files_gives_the_same_in_a_folder_without_them(
    tmp_path, monkeypatch, place
):
    (tmp_path / "row.txt").write_text("Write about {label}.\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    first = load(written(tmp_path, BASE + place))
    assert [v.config.generator.prompts for v in first.variants] == [{"row": "Write about {label}."}]
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    again = load(written(Path(), to_yaml(first.config)))
    again.problems.raise_if_any()
    assert again.config == first.config
    assert [v.config for v in again.variants] == [v.config for v in first.variants]


def test_a_variant_is_named_by_the_file_that_its_prompt_came_from(tmp_path, monkeypatch):
    (tmp_path / "row.txt").write_text("Write about {label}.", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    [variant] = load(written(tmp_path, BASE + PLACES[3])).variants
    assert variant.name == "direct row=row.txt"


def test_a_prompt_that_ends_like_a_path_is_not_taken_for_one(tmp_path, monkeypatch):
    (tmp_path / "row.txt").write_text("Write {label}.txt", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    first = load(written(tmp_path, BASE + PLACES[0])).config
    again = load(written(tmp_path, to_yaml(first)))
    again.problems.raise_if_any()
    assert again.config == first


@pytest.mark.parametrize(
    ("content", "said"), [(None, "No such file"), (b"\xff\xfe\xff", "utf-8"), (b" \n", "is empty")]
)
@pytest.mark.parametrize("place", PLACES)
def test_a_prompt_file_that_cannot_be_used_is_told_with_its_line(
    tmp_path, monkeypatch, place, content, said
):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "row.txt").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, BASE + place)).problems.raise_if_any()
    [found] = caught.value.what.splitlines()
    assert ":4: " in found
    assert "prompts" in found
    assert said in found
