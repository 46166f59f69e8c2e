"""Which files are generations of one set, and what sets are called."""

import pytest

from synthlab.errors import DataError
from synthlab.workflow.rowgroups import grouped, likely


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sets(*given):
    return {group.name: [str(path) for path in group.files] for group in grouped(given)}


@pytest.mark.parametrize(
    "names",
    [
        ("direct-seed1", "direct-seed2"),
        ("direct_gen2", "direct_gen3"),
        ("direct.run3", "direct.run10"),
        ("direct-s1", "direct-s2"),
        ("direct-g1", "direct-g2"),
        ("direct-r1", "direct-r2"),
        ("direct-generation-1", "direct-generation-2"),
        ("direct-Seed1", "direct-seed2"),
    ],
)
def test_a_marker_in_the_names_makes_generations_of_one_set(here, names):
    files = [f"{name}.jsonl" for name in names]
    assert sets(*files) == {"direct": files}


@pytest.mark.parametrize(
    "files",
    [
        ("v1.csv", "v2.csv"),
        ("gpt-4.csv", "gpt-5.csv"),
        ("rows200.csv", "rows1000.csv"),
        ("temp0.7.csv", "temp0.9.csv"),
        ("direct-1.csv", "direct-2.csv"),
        ("overrun1.csv", "overrun2.csv"),
        ("versions1.csv", "versions2.csv"),
        ("direct-seed1.csv", "direct-run2.csv"),
        ("direct-seed1.csv", "attr-seed2.csv"),
        ("direct-seed1.csv", "direct-seed2.jsonl"),
        ("x/direct-seed1.csv", "y/direct-seed2.csv"),
    ],
)
def test_files_without_a_marker_in_common_stay_apart(here, files):
    assert all(len(group.files) == 1 for group in grouped(files))
    assert len(grouped(files)) == 2


def test_a_lone_file_keeps_its_whole_name(here):
    assert sets("deepseek-r1.csv", "bbc-seed7.csv") == {
        "deepseek-r1": ["deepseek-r1.csv"],
        "bbc-seed7": ["bbc-seed7.csv"],
    }


def test_names_get_as_many_folders_as_tell_them_apart(here):
    paths = [f"{name}/artifacts/rows/kept.parquet" for name in ("aaa", "bbb")]
    assert list(sets(*paths)) == ["aaa/artifacts/rows/kept", "bbb/artifacts/rows/kept"]
    assert list(sets("x/rows.csv", "y/rows.csv", "z.csv")) == ["x/rows", "y/rows", "z"]


def test_names_in_one_folder_get_what_tells_them_apart(here):
    assert list(sets("a.csv", "a.jsonl")) == ["a.csv", "a.jsonl"]
    both = sets("direct-seed1.csv", "direct-seed2.csv", "direct.csv")
    assert {len(files) for files in both.values()} == {1, 2}
    assert list(both) == ["direct-seed*", "direct.csv"]


def test_a_set_can_be_named_on_the_command_line(here):
    assert sets("direct=a.jsonl", "b.csv", "direct=c/b.csv") == {
        "direct": ["a.jsonl", "c/b.csv"],
        "b": ["b.csv"],
    }


def test_a_name_that_was_given_is_never_taken_by_another_file(here):
    names = list(sets("direct=a.csv", "direct.csv"))
    assert names == ["direct", f"{here.name}/direct"]


def test_a_path_that_holds_an_equals_sign_is_a_path(here):
    (here / "lr=0.1.csv").touch()
    found = sets("lr=0.1.csv", "runs/lr=0.2/rows.csv")
    assert found == {"lr=0.1": ["lr=0.1.csv"], "rows": ["runs/lr=0.2/rows.csv"]}


@pytest.mark.parametrize("again", ["a.csv", "./a.csv", "x=a.csv", "link.csv"])
def test_a_file_that_is_given_twice_is_refused(here, again):
    (here / "a.csv").touch()
    (here / "link.csv").symlink_to("a.csv")
    with pytest.raises(DataError, match="given twice") as caught:
        grouped(["a.csv", "b.csv", again])
    assert again in str(caught.value)


def test_files_that_may_be_generations_are_told_with_the_way_to_say_so(here):
    (said,) = likely(grouped(["a-1.csv", "a-2.csv", "b.csv"]))
    assert "a-1.csv and a-2.csv were taken as sets of their own" in said
    assert "a=a-1.csv a=a-2.csv" in said
    assert likely(grouped(["a-1.csv", "b-2.csv"])) == []


def shards(folder, count, of=None):
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"train-{n:05d}-of-{of or count:05d}.parquet" for n in range(count)]
    for name in names:
        (folder / name).touch()
    return [str(folder / name) for name in names]


def test_a_folder_is_one_set_and_so_are_all_its_shards(here):
    files = shards(here / "out" / "data", 3)
    assert sets("out") == {"out": ["out"]}
    assert list(sets(*files)) == ["out"]
    assert len(sets(*files)["out"]) == 1
    assert list(sets(*shards(here / "flat", 2), *files, files[0][:-1] + "x")) == [
        "flat",
        "out",
        "train-00000-of-00003",
    ]


def test_folders_are_generations_where_someone_says_so(here):
    for name in ("out-seed1", "out-seed2", "v1.5", "v1.6"):
        shards(here / name / "data", 2)
    assert list(sets("out-seed1", "out-seed2", "v1.5", "v1.6")) == ["out", "v1.5", "v1.6"]
    assert sets("mine=v1.5", "mine=v1.6") == {"mine": ["v1.5", "v1.6"]}


def test_some_shards_of_a_set_are_refused_and_one_is_a_sample(here):
    files = shards(here / "out" / "data", 3)
    with pytest.raises(DataError, match="2 of the 3 files of one set") as caught:
        grouped(files[:2])
    assert f"name its folder: {here / 'out'}" in str(caught.value)
    assert sets(files[1]) == {"train-00001-of-00003": [files[1]]}


def test_a_file_and_the_folder_that_holds_it_are_the_same_rows(here):
    files = shards(here / "out" / "data", 2)
    with pytest.raises(DataError, match="given twice"):
        grouped(["out", files[1]])


def test_a_folder_without_a_set_says_what_it_may_hold(here):
    (here / "out").mkdir()
    (here / "out" / "rows.csv").touch()
    with pytest.raises(DataError, match="holds no set of rows") as caught:
        grouped(["out"])
    assert "name the files in it" in str(caught.value)
