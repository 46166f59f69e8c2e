"""Candidates side by side come to what they come to one after another, whatever ends them."""

from __future__ import annotations

import threading
from pathlib import Path

import pandas as pd
import pytest

from synthlab.curation.base import Known
from synthlab.curation.curator import Curator
from synthlab.curation.length import Length
from synthlab.errors import BudgetError, ContextError, EngineError
from synthlab.generators.direct import Direct
from synthlab.lm.base import LMSettings
from synthlab.lm.fake import FakeEngine
from synthlab.lm.session import Session
from synthlab.outcomes import RunResult
from synthlab.records import Brief
from synthlab.workflow.lab import calls_of, open_store, run_file
from synthlab.workflow.progress import Quiet, ranged
from synthlab.workflow.rows import Collector, Filling, Writer, fill_all
from tests.conftest import set_out

CONFIG = Path("tickets.yaml")
PROMPTS = ["A {document}: {label}.", "Some {label}, a {document}.", "Say {label}.", "{label}!"]
NAMES = ["p0", "p1", "p2", "p3"]


def sweep(*prompts: str, more: str = "") -> str:
    named = ", ".join(
        f"{{use: direct, name: p{n}, prompts: {{row: '{text}'}}}}" for n, text in enumerate(prompts)
    )
    return f"sweep={{generator: [{named}]{more}}}"


# A third of the texts are too short: every candidate needs refills.
FAST = [
    "curation=[{use: length, with: {min_words: 18}}]",
    "budget={rows_per_class: 4, tries: 5}",
    "scoring.real_sizes=[]",
]
FOUR = [sweep(*PROMPTS), *FAST]
WARM = [sweep(*PROMPTS[:3], more=", lm.temperature: [0.2, 0.9]"), *FAST]


def by(search: str, at_once: int, more: str = "") -> str:
    return f"search={{use: {search}, with: {{at_once: {at_once}{more}}}}}"


class Told(Quiet):
    """Keeps what began, how many rows were kept, and which trials ended."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int, str]] = []
        self.most = 0
        self.ended: list[str] = []

    def begin(self, name, rows, place, parts=()):
        self.begun.append((name, rows, place))

    def kept(self, rows, by=None):
        self.most = max(self.most, rows)

    def end(self, trial):
        self.ended.append(trial.candidate.name if trial else "")


def outcome(result: RunResult) -> list[tuple]:
    """Everything about the trials but wall times and run ids."""
    return [
        (
            t.candidate,
            [(row.id, row.values, row.label, call(row)) for row in t.curated.kept],
            [(item.row.id, item.reason, item.detail, call(item.row)) for item in t.curated.dropped],
            (t.score, t.score.called.tolist(), t.augmented, t.curve, t.out, t.rows_per_class),
            (t.shown, t.prompts, t.program, t.feedback, t.usage.calls, t.usage.tokens),
        )
        for t in result.trials
    ]


def call(row):
    return row.lineage.call, row.lineage.request


@pytest.fixture(scope="module")
def one_by_one(tmp_path_factory):
    """Runs with one candidate after another, each in a folder of its own, and each made once."""
    made: dict[tuple[str, ...], RunResult] = {}

    def of(*options: str) -> RunResult:
        if options not in made:
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(set_out(tmp_path_factory.mktemp("alone")))
                made[options] = run_file(CONFIG, options)[0]
        return made[options]

    return of


@pytest.mark.parametrize(
    ("search", "more", "options"),
    [
        ("grid", "", FOUR),
        pytest.param("grid", "", WARM, marks=pytest.mark.slow),
        ("racing", ", rungs: [2], keep: 1", FOUR),
    ],
    ids=["grid", "grid-of-two-settings", "racing"],
)
def test_trials_are_the_same_as_one_after_another(one_by_one, workplace, search, more, options):
    alone = one_by_one(*options, by(search, 1, more))
    beside, _ = run_file(CONFIG, [*options, by(search, 4, more)])
    assert outcome(beside) == outcome(alone)
    assert beside.paid.calls == alone.paid.calls
    assert sum(len(t.curated.dropped) for t in alone.trials) > len(alone.trials)
    assert any(t.out for t in alone.trials) == (search == "racing")


@pytest.mark.parametrize(
    ("name", "error", "status"),
    [("stop", EngineError, "FAILED"), ("interrupt", KeyboardInterrupt, "KILLED")],
)
def test_what_ends_them_all_leaves_the_rows_of_every_open_candidate(workplace, name, error, status):
    model = f"lm={{model: fake/{name}-after-53, max_tokens: 60, concurrency: 4}}"
    with pytest.raises(error):
        run_file(CONFIG, [*FOUR, model, by("grid", 4)])
    rows = saved()
    # The first round (48 rows) was judged, the second one was cut short.
    assert set(rows) == set(NAMES)
    assert {ended for ended, _ in rows.values()} == {status}
    assert all(counts["kept"] > 0 for _, counts in rows.values())
    assert sum(counts["kept"] + counts["dropped"] for _, counts in rows.values()) == 48
    if name == "stop":  # after Ctrl-C, calls in flight are not waited for
        assert sum(counts["unjudged"] for _, counts in rows.values()) == 5


def saved() -> dict[str, tuple[str, dict[str, int]]]:
    """Status and rows of each candidate's run by candidate."""
    store = open_store()
    runs = store.client.search_runs(
        [store.experiment("tickets")], "tags.`synthlab.kind` = 'candidate'"
    )
    return {
        run.data.tags["synthlab.name"]: (run.info.status, counted(store, run.info.run_id))
        for run in runs
    }


def counted(store, run_id: str) -> dict[str, int]:
    there = {item.path for item in store.client.list_artifacts(run_id, "rows")}
    return {
        part: len(pd.read_parquet(store.client.download_artifacts(run_id, path)))
        if (path := f"rows/{part}.parquet") in there
        else 0
        for part in ("kept", "dropped", "unjudged")
    }


def test_a_cap_is_kept_and_the_run_goes_on_to_the_same_result(one_by_one, workplace):
    alone = one_by_one(*FOUR, by("grid", 1))
    with pytest.raises(BudgetError, match="cap of 55 calls"):
        run_file(CONFIG, [*FOUR, by("grid", 4), "budget.calls=55"])
    assert {status for status, _ in saved().values()} == {"KILLED"}
    (sums,) = calls_of(open_store())[0].sums()
    assert sums["attempts"] == 55
    gone_on, _ = run_file(CONFIG, [*FOUR, by("grid", 4)])
    assert outcome(gone_on) == outcome(alone)
    assert gone_on.paid.calls == alone.paid.calls - 55


def test_a_cap_in_a_race_leaves_the_trials_of_its_rung(workplace):
    race = by("racing", 4, ", rungs: [2], keep: 3, noise: 1")
    stopped, _ = run_file(CONFIG, [*FOUR, race, "budget.calls=36"])
    assert stopped.stopped
    assert sorted(trial.candidate.name for trial in stopped.trials) == NAMES
    assert sum("stopped at 2 rows a class" in trial.out for trial in stopped.trials) == 3
    assert {status for status, _ in saved().values()} == {"FINISHED"}


def test_who_ended_before_a_cap_stopped_those_beside_it_is_in_the_result(one_by_one, workplace):
    """Candidates of other settings wait for their turn."""
    alone = one_by_one(*WARM, by("grid", 1))
    half = sum(len(t.curated.rows) for t in alone.trials if "0.2" in t.candidate.name)
    stopped, _ = run_file(CONFIG, [*WARM, by("grid", 6), f"budget.calls={half + 5}"])
    assert stopped.stopped
    names = [trial.candidate.name for trial in stopped.trials]
    assert len(names) == len(set(names)) == 3
    assert all("0.2" in name for name in names)


def test_one_that_cannot_keep_rows_is_out_alone(workplace):
    long = "[{use: length, with: {min_words: 500}}]"
    options = ["sweep={curation: [[format], " + long + ", [length]]}", *FAST[1:]]
    results = [run_file(CONFIG, [*options, by("grid", n)])[0] for n in (1, 3)]
    assert [len(result.trials) for result in results] == [2, 2]
    (first, second) = ([(f.name, f.reason, f.usage.tokens) for f in r.failed] for r in results)
    assert first == second
    assert len(first) == 1
    assert outcome(results[0]) == outcome(results[1])


def test_progress_is_told_of_all_of_them_together(workplace):
    told = Told()
    run_file(CONFIG, [*FOUR, by("grid", 3)], told)
    assert told.begun == [("3 candidates", 36, "1-3 of 4"), ("p3", 12, "4 of 4")]
    assert told.most == 36
    assert told.ended == NAMES


def test_places_are_told_as_ranges():
    assert ranged([3, 4, 5, 6]) == "3-6"
    assert ranged([7, 1, 3, 4]) == "1, 3-4, 7"
    assert ranged([2]) == "2"


BRIEF = Brief("message", ("a", "b"), {"a": "apples and pears", "b": "boats on rivers"})


def filling(session: Session, text: str, lone: bool = False) -> Filling:
    writer = Writer(Direct(Direct.Params(), BRIEF, (), 0, {"row": text}), session, text)
    step = Length(Length.Params(min_words=18), Known())
    return Filling(Collector(writer, Curator([step], "text"), 6, 64), {"a": 4, "b": 4}, 0, lone)


def test_calls_of_two_candidates_are_in_flight_at_the_same_time(monkeypatch):
    """A barrier that opens for no fewer calls than both candidates' first rounds have."""
    barrier, together = threading.Barrier(16), set()
    answered = FakeEngine.complete

    def complete(self, request):
        if not together:
            barrier.wait(20)
            together.add("opened")
        return answered(self, request)

    monkeypatch.setattr(FakeEngine, "complete", complete)
    with Session(LMSettings("fake/words", concurrency=64)) as session:
        parts = [filling(session, text) for text in PROMPTS[:2]]
        fill_all(parts, Quiet())
    assert together
    assert [part.collector.judged.counts.total() for part in parts] == [8, 8]


def test_a_prompt_that_is_too_long_ends_its_candidate_alone_where_that_is_wanted():
    long = "{label} " * 50
    with Session(LMSettings("fake/words", concurrency=4, context=40)) as session:
        alone = filling(session, PROMPTS[0])
        fill_all([alone], Quiet())
        parts = [filling(session, PROMPTS[0]), filling(session, long, lone=True)]
        fill_all(parts, Quiet())
        kept = [
            [(row.id, row.values, call(row)) for row in part.collector.judged.kept]
            for part in (alone, parts[0])
        ]
        assert kept[0] == kept[1]
        assert len(kept[0]) == 8
        assert isinstance(parts[1].error, ContextError)
        assert not parts[1].collector.judged.kept
        with pytest.raises(ContextError):
            fill_all([filling(session, PROMPTS[0]), filling(session, long)], Quiet())
