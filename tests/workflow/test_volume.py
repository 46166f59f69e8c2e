"""A delivery that is killed, stopped or short of disk goes on as if nothing had happened."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from synthlab.curation.base import Known
from synthlab.errors import ConfigError, EngineError, GenerationError, StorageError
from synthlab.lm.journal.book import Journal
from synthlab.lm.journal.caps import Caps
from synthlab.workflow import bulk, shards
from synthlab.workflow.bulk import generate
from synthlab.workflow.folder import FILE
from synthlab.workflow.lab import compile_file
from synthlab.workflow.program import dump_program

ROOT = Path(__file__).parents[2]
CURATION = "curation=[{use: length, with: {min_words: 14}}, duplicates, near_duplicates]"
COUNT, ROUND, SIZE = 120, 30, 50


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """Of a generator of which about a tenth of the rows is dropped."""
    from tests.conftest import set_out

    folder = set_out(tmp_path_factory.mktemp("volume"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        plan = compile_file(Path("tickets.yaml"), ["sweep={}", CURATION])
        [member] = plan.members
        steps = [step.made(step.params, Known()) for step in member.steps]
        return json.loads(dump_program(member, member.make(), steps))


@pytest.fixture
def small(monkeypatch):
    """Rounds and files of few rows."""
    monkeypatch.setattr(bulk, "ROUND", ROUND)
    monkeypatch.setattr(shards, "SIZE", SIZE)


def journal(folder: Path, **caps) -> Journal:
    return Journal(f"sqlite:///{folder}/calls.db", "volume", Caps(**caps), run="volume")


def data(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "data").iterdir())}


def book(folder: Path) -> dict:
    found = json.loads((folder / FILE).read_text("utf-8"))
    del found["usage"]["seconds"], found["begun"]
    return found


def calls(folder: Path) -> tuple[int, int]:
    """Answered calls, and requests that were sent or may have been."""
    asked = "SELECT sum(CASE WHEN state = 'done' THEN 1 ELSE 0 END), sum(attempts) FROM "
    with create_engine(f"sqlite:///{folder}/calls.db").connect() as connection:
        done, sent = connection.execute(text(f"{asked} synthlab_calls")).one()
    return done, sent


def killed(folder: Path, program, form: str, kills) -> list[int]:
    """How the children of a worker ended."""
    plan = {
        "program": program,
        "out": str(folder / "out"),
        "journal": f"sqlite:///{folder}/calls.db",
        "count": COUNT,
        "form": form,
        "round": ROUND,
        "size": SIZE,
        "kills": kills,
    }
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    command = [sys.executable, str(Path(__file__).parent / "volume_worker.py"), "plan.json"]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Error" not in done.stderr, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def whole(folder: Path, program, form: str) -> Path:
    """A delivery that nothing disturbs."""
    folder.mkdir()
    with_journal = journal(folder)
    generate(program, COUNT, folder / "out", form, journal=with_journal)
    with_journal.close()
    return folder


def check_same(folder: Path, plain: Path, kills: int, workers: int) -> None:
    assert data(folder / "out") == data(plain / "out")
    assert book(folder / "out") == book(plain / "out")
    done, sent = calls(folder)
    assert done == calls(plain)[0]
    # Nothing that was answered is asked again; what was under way may have been paid.
    assert sent <= done + kills * workers
    assert not list((folder / "out").rglob("*.draft"))


@pytest.mark.skipif(sys.platform == "win32", reason="fork and kill -9")
@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("form", ["parquet", pytest.param("jsonl", marks=pytest.mark.slow)])
def test_a_delivery_killed_before_each_of_its_writes_ends_with_the_same_rows(
    program, tmp_path, form
):
    plain = whole(tmp_path / "plain", program, form)
    folder = tmp_path / "killed"
    folder.mkdir()
    ends = killed(folder, program, form, [{"before": place} for place in range(1, 200)])
    assert ends[-1] == 0
    assert set(ends[:-1]) == {-9}
    assert len(ends) > 12
    check_same(folder, plain, len(ends), program["lm"]["concurrency"])


@pytest.mark.skipif(sys.platform == "win32", reason="fork and kill -9")
@pytest.mark.usefixtures("small")
def test_a_delivery_killed_at_random_moments_ends_with_the_same_rows(program, tmp_path):
    plain = whole(tmp_path / "plain", program, "parquet")
    folder = tmp_path / "killed"
    folder.mkdir()
    draw = random.Random(1)
    ends = killed(
        folder, program, "parquet", [{"after": draw.uniform(0.01, 0.6)} for _ in range(6)]
    )
    assert ends[-1] == 0
    check_same(folder, plain, len(ends), program["lm"]["concurrency"])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="fork and kill -9")
@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("number", range(30))
def test_thirty_deliveries_killed_at_random_moments(program, tmp_path, number):
    plain = whole(tmp_path / "plain", program, "jsonl")
    folder = tmp_path / "killed"
    folder.mkdir()
    draw = random.Random(number)
    kills = [
        {"after": draw.uniform(0.01, 0.8)}
        if draw.random() < 0.5
        else {"before": draw.randint(1, 40)}
        for _ in range(12)
    ]
    ends = killed(folder, program, "jsonl", kills)
    assert ends[-1] == 0
    check_same(folder, plain, len(ends), program["lm"]["concurrency"])


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_a_delivery_stopped_by_a_cap_shows_all_it_paid_for_and_goes_on_with_the_same_rows(
    program, tmp_path, form
):
    plain = whole(tmp_path / "plain", program, form)
    folder = tmp_path / "stopped"
    folder.mkdir()
    capped = journal(folder, calls=47)
    made = generate(program, COUNT, folder / "out", form, journal=capped)
    capped.close()
    assert "run the same command again" in made.stopped
    # 47 calls gave rows or drops, those of the round that was cut short among them.
    assert made.total + sum(made.dropped.values()) == 47
    assert "**Unfinished**" in (folder / "out" / "README.md").read_text("utf-8")
    free = journal(folder)
    made = generate(program, COUNT, folder / "out", form, journal=free)
    free.close()
    assert not made.stopped
    assert made.paid.calls == made.usage.calls - 47
    check_same(folder, plain, 0, 0)


@pytest.mark.usefixtures("small")
def test_ctrl_c_keeps_what_there_is_and_the_same_command_goes_on(program, tmp_path):
    plain = whole(tmp_path / "plain", program, "parquet")
    folder = tmp_path / "stopped"
    folder.mkdir()
    own = journal(folder)

    class Impatient(bulk.Quiet):
        def row(self, usage, key=""):
            self.rows = getattr(self, "rows", 0) + 1
            if self.rows == 70:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(program, COUNT, folder / "out", progress=Impatient(), journal=own)
    card = (folder / "out" / "README.md").read_text("utf-8")
    assert "**Unfinished**: 120 rows were asked for; interrupted" in card
    generate(program, COUNT, folder / "out", journal=own)
    own.close()
    check_same(folder, plain, 1, 2 * program["lm"]["concurrency"])


FULL = """
import json, resource, sys
from pathlib import Path
from synthlab.errors import StorageError
from synthlab.workflow import bulk
program = json.loads(Path("program.json").read_text("utf-8"))
bulk.ROUND = 30
def go(): bulk.generate(program, 120, Path("out"), sys.argv[1])
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), hard))
try:
    go()
except StorageError as exc:
    print(exc)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
go()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of a file")
@pytest.mark.parametrize(("form", "room"), [("parquet", 6_000), ("jsonl", 12_000)])
def test_a_delivery_that_found_no_room_goes_on_when_there_is_some(program, tmp_path, form, room):
    (tmp_path / "program.json").write_text(json.dumps(program), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", FULL, form, str(room)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cannot write out: File too large" in done.stdout
    assert "it goes on from there" in done.stdout
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "ROUND", 30)
        generate(program, COUNT, tmp_path / "plain", form)
    assert data(tmp_path / "out") == data(tmp_path / "plain")


@pytest.mark.usefixtures("small")
def test_a_finished_folder_is_topped_up_and_keeps_what_it_had(program, tmp_path):
    first = generate(program, 60, tmp_path / "out", "jsonl")
    had = b"".join(data(tmp_path / "out").values())
    assert generate(program, 60, tmp_path / "out", "jsonl").added == 0
    more = generate(program, 150, tmp_path / "out", "jsonl")
    assert first.total == 60
    assert (more.total, more.added) == (150, 90)
    files = data(tmp_path / "out")
    assert list(files) == [f"train-{n:05d}-of-00003.jsonl" for n in range(3)]
    rows = b"".join(files.values())
    assert rows.startswith(had)
    texts = [json.loads(line)["text"] for line in rows.splitlines()]
    assert len(set(texts)) == 150


def test_rows_of_an_earlier_command_are_not_written_again_nearly(program, tmp_path):
    narrow = {**program, "lm": {**program["lm"], "model": "fake/refuse"}, "tries": 2}
    narrow["curation"] = [step for step in program["curation"] if step["use"] != "length"]
    # It always says the same: one row is kept, whatever the command.
    with pytest.raises(GenerationError, match="duplicate"):
        generate(narrow, 6, tmp_path / "out")
    with pytest.raises(GenerationError, match="0 of 3"):
        generate(narrow, 9, tmp_path / "out", tries=4)
    assert sum(book(tmp_path / "out")["rows"].values()) == 1


def test_a_class_that_stayed_short_goes_on_when_more_tries_are_allowed(program, tmp_path):
    strict = {**program, "tries": 1}
    with pytest.raises(GenerationError, match="--tries"):
        generate(strict, 60, tmp_path / "out")
    made = generate(strict, 60, tmp_path / "out", tries=3)
    assert set(made.rows.values()) == {20}


def test_quotas_of_a_folder_cannot_shrink(program, tmp_path):
    generate(program, {"refund": 6, "delivery": 0, "account": 3}, tmp_path / "out")
    with pytest.raises(ConfigError, match="there are 6 rows of refund already"):
        generate(program, 9, tmp_path / "out")


def test_another_generator_seed_or_format_is_refused_in_a_folder(program, tmp_path):
    generate(program, 9, tmp_path / "out")
    with pytest.raises(ConfigError, match=r"holds rows of generator \w+, asked for is"):
        generate({**program, "tries": 9}, 12, tmp_path / "out")
    with pytest.raises(ConfigError, match="--seed 0 to go on, or a new folder"):
        generate(program, 12, tmp_path / "out", seed=1)
    with pytest.raises(ConfigError, match="--format parquet to go on"):
        generate(program, 12, tmp_path / "out", "jsonl")
    assert book(tmp_path / "out")["quota"] == {"account": 3, "delivery": 3, "refund": 3}


def test_a_folder_of_something_else_is_refused_and_left_as_it_is(program, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(StorageError, match="is no delivery of synthlab"):
        generate(program, 9, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(StorageError, match="is no delivery of synthlab"):
        generate(program, 9, tmp_path / "thesis.txt")


def test_a_book_that_was_tampered_with_and_rows_that_were_lost_are_told(program, tmp_path):
    generate(program, 9, tmp_path / "a")
    (tmp_path / "a" / FILE).write_text('{"format": 1, "rows": 3}')
    with pytest.raises(StorageError, match=r"synthlab.json cannot be read"):
        generate(program, 12, tmp_path / "a")
    generate(program, 9, tmp_path / "b")
    next((tmp_path / "b" / "data").iterdir()).unlink()
    with pytest.raises(StorageError, match="has lost rows that were written"):
        generate(program, 12, tmp_path / "b")


def test_two_processes_cannot_write_one_folder(program, tmp_path):
    class Second(bulk.Quiet):
        said = ""

        def begin(self, name, rows, place):
            with pytest.raises(StorageError, match="another process writes") as caught:
                generate(program, 9, tmp_path / "out")
            self.said = str(caught.value)

    second = Second()
    generate(program, 9, tmp_path / "out", progress=second)
    assert "another folder" in second.said


def test_an_lm_that_goes_away_leaves_a_card_that_says_so(program, tmp_path):
    gone = {**program, "lm": {**program["lm"], "model": "fake/stop-after-40", "concurrency": 1}}
    with pytest.raises(EngineError, match="went away"):
        generate(gone, 60, tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "server went away" in card
