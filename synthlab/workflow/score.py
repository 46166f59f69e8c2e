"""Rows from anywhere -> the same scores and statistics that the finals of a run give.

Any other tool's rows can be judged: files against a file of real rows, or against the sealed test
split of a config, whose opening is counted as that of a run is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from synthlab.comparisons import Contrast
from synthlab.config.load import load
from synthlab.errors import ConfigError, DataError
from synthlab.records import Row, digest
from synthlab.report.advice import advice
from synthlab.scoring.baselines import RealRows
from synthlab.scoring.models import build
from synthlab.scoring.score import Scorer
from synthlab.statistics.many import holm
from synthlab.statistics.paired import ROPE
from synthlab.tasks.seal import finals
from synthlab.tasks.table import Table
from synthlab.tracking.scores import log_score
from synthlab.tracking.store import Store
from synthlab.workflow.compile import compile_plan
from synthlab.workflow.curves import real_curve
from synthlab.workflow.exam import BOTH, REAL, Exam, Marks, choose_weight, difference
from synthlab.workflow.progress import Progress, Quiet
from synthlab.workflow.rowfiles import Reading, RowSet, equal_rows, read_sets
from synthlab.workflow.verdict import allowed, worth_of

OTHERS = ("lsa-logreg",)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)
WEIGHTS = (1.0, 0.5, 0.25)


@dataclass(frozen=True)
class Ground:
    """What rows are judged on.

    Attributes:
        scorer: the main classifier.
        others: other kinds, by name.
        real: real rows that may be trained on; empty for none.
        test: digest and rows.
        notes: what was done to the real rows.
    """

    scorer: Scorer
    others: dict[str, Scorer]
    test: tuple[Row, ...]
    digest: str
    real: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
    draws: int = 5
    seed: int = 0


@dataclass(frozen=True)
class Asked:
    """What ``synthlab score`` is told.

    Attributes:
        files: synthetic rows.
        real_test: real rows to judge on; or ``task``.
        real_train: real rows that may be trained on.
        task: a config, whose data, classifier and sealed test rows are used.
        per_class: rows of each class that every set is cut to; None: as many as the smallest class
            of any set has; 0: no cut.
        model: the classifier, without ``task``.
    """

    files: tuple[Path, ...]
    reading: Reading = field(default_factory=Reading)
    real_test: Path | None = None
    real_train: Path | None = None
    task: Path | None = None
    per_class: int | None = None
    model: str = "tfidf-logreg"
    rope: float = ROPE


def score(asked: Asked, store: Store, progress: Progress | None = None) -> dict[str, Any]:
    """Score files of rows, compare them, and log it.

    Returns:
        ``{"test": {"rows", "digest", "reads"}, "rows_per_class", "sets": [{"name", "files",
        "generations", "arms", "families", "said", ...}], "contrasts": [...], "notes": [...]}``.

    Raises:
        ConfigError: neither or both of ``real_test`` and ``task``.
        DataError: a file that cannot be used; the message says which, where and why.
    """
    told = progress or Quiet()
    told.say("reading the real rows")
    ground = _ground(asked)
    found = read_sets(asked.files, asked.reading, ground.scorer.labels, ground.test)
    per_class = asked.per_class
    if per_class is None:
        per_class = min(item.smallest for item in found)
    found = equal_rows(found, per_class)
    log = log_score(store, [item.name for item in found], ground.digest)
    marks: dict[str, list[Marks]] = {}
    sets = []
    for item in found:
        told.say(f"training on {item.name}")
        exam = _exam(ground, item, asked.rope)
        marks[item.name] = exam.marks(item.sets)
        sets.append(_said(ground, exam, item, marks[item.name]))
    result = {
        "test": {"rows": len(ground.test), "digest": ground.digest, "reads": log.reads},
        "rows_per_class": per_class,
        "sets": sorted(sets, key=lambda one: -one["arms"][0]["estimate"]["value"]),
        "contrasts": [asdict(item) for item in _contrasts(marks, asked.rope)],
        "notes": [*ground.notes, *(note for item in found for note in _notes(item, ground))],
    }
    log.finish(result)
    return result


def _ground(asked: Asked) -> Ground:
    if (asked.task is None) == (asked.real_test is None):
        raise ConfigError(
            "real rows to judge on are needed once",
            "give --real-test FILE, or --task CONFIG for the sealed test rows of a config",
        )
    if asked.task is not None:
        return _task_ground(asked.task)
    reading = asked.reading
    test, notes = _real(asked.real_test, reading)
    labels = tuple(sorted({row.label for row in test}))
    real, more = _real(asked.real_train, reading) if asked.real_train else ((), ())
    strange = sorted({row.label for row in real} - set(labels))
    if strange:
        raise DataError(
            f"{asked.real_train}: the class '{strange[0]}' is not in {asked.real_test}",
            f"the test rows' classes are: {', '.join(labels)}",
        )
    known = {row.id for row in test}
    twice = sum(row.id in known for row in real)
    if twice:
        more = (*more, f"{twice:,} training rows left out, as they are test rows too")
    real = tuple(row for row in real if row.id not in known)
    main = Scorer(build(asked.model, {}), "text", labels)
    others = {name: Scorer(build(name, {}), "text", labels) for name in OTHERS}
    others.pop(asked.model, None)
    return Ground(main, others, test, _digest(test), real, (*notes, *more))


def _task_ground(path: Path) -> Ground:
    plan = compile_plan(load(path, ()))
    with finals():
        test = plan.splits.test.open("score")
    return Ground(
        plan.scorer,
        dict(plan.others),
        test,
        plan.splits.test.digest,
        tuple(allowed(plan)),
        plan.splits.notes,
        plan.config.scoring.draws,
        plan.config.seed,
    )


def _real(path: Path | None, reading: Reading) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    params = Table.Params(path=str(path), text=reading.text, label=reading.label)
    source = Table(params).load()
    return source.rows, tuple(f"{path}: {note}" for note in source.notes)


def _digest(rows: Sequence[Row]) -> str:
    return digest(sorted(row.id for row in rows))


def _exam(ground: Ground, item: RowSet, rope: float) -> Exam:
    weight = 1.0
    half = _halves(ground)
    if half is not None:
        weight = choose_weight(ground.scorer, WEIGHTS, half[0], item.sets, half[1])
    return Exam(ground.scorer, ground.others, ground.test, ground.real, weight, rope)


def _halves(ground: Ground) -> tuple[list[Row], list[Row]] | None:
    """Real rows to train on and to judge a weight on; None where a class has fewer than two."""
    if not ground.real:
        return None
    pool = RealRows(ground.real, ground.scorer.labels, 1, ground.seed)
    if pool.smallest < 2:
        return None
    first = pool.draw(0, pool.smallest // 2)
    known = {row.id for row in first}
    return first, [row for row in ground.real if row.id not in known]


def _said(ground: Ground, exam: Exam, item: RowSet, marks: Sequence[Marks]) -> dict[str, Any]:
    arms = [mark.arm for mark in marks]
    by_name = {mark.name: mark for mark in marks}
    pairs = [(marks[0], by_name[REAL]), (by_name[BOTH], by_name[REAL])] if REAL in by_name else []
    found = holm([difference(a, b, exam.rope) for a, b in pairs])
    said = [advice(arms, found)] if pairs else []
    if pairs:
        pool = RealRows(ground.real, ground.scorer.labels, ground.draws, ground.seed)
        curve = real_curve(ground.scorer, pool, SIZES, ground.test)
        rows = arms[0].rows
        said += worth_of(curve, marks[0].scores, rows)
    return {
        "name": item.name,
        "files": list(item.files),
        "generations": len(item.sets),
        "rows": arms[0].rows,
        "arms": [asdict(arm) for arm in arms],
        "contrasts": [asdict(one) for one in found],
        "families": [asdict(one) for one in exam.families(item.sets, None, found)],
        "said": said,
    }


def _contrasts(marks: dict[str, list[Marks]], rope: float) -> list[Contrast]:
    """Every pair of files; generations of different files are not paired."""
    return holm(
        [
            difference(_named(marks[a][0], a), _named(marks[b][0], b), rope, paired=False)
            for a, b in combinations(marks, 2)
        ]
    )


def _named(mark: Marks, name: str) -> Marks:
    return Marks(name, mark.scores, mark.real, mark.weight, mark.fixed)


def _notes(item: RowSet, ground: Ground) -> list[str]:
    there = {row.label for rows in item.sets for row in rows}
    missing = [label for label in ground.scorer.labels if label not in there]
    notes = list(item.notes)
    if missing:
        notes.append(f"{item.name}: no row of {', '.join(missing)}, whose F1 is 0")
    return notes
