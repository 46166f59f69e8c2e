"""Candidate and champion scored anew, alike: from the rows that their runs logged, without an LM.

Both sets are cut to equal rows a class and train the classifier of the candidate's run, which calls
the dev rows of that run. Test stays sealed. What this cannot mend is said in the notes: the
candidate was chosen on these dev rows, the champion was not.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from synthlab.config.load import load
from synthlab.errors import ConfigError, DataError, NotFoundError
from synthlab.outcomes import Score
from synthlab.tracking.evidence import CONFIG, KEPT, fetch
from synthlab.tracking.predictions import Predictions
from synthlab.workflow.compile import Bench, compile_data
from synthlab.workflow.duel import Bout
from synthlab.workflow.rowcut import equal_rows
from synthlab.workflow.rowfiles import Reading, RowSet, read_sets
from synthlab.workflow.rowgroups import Group
from synthlab.workflow.standing import Standing

ROWS = "dev rows, scored again"
GENERATION = "generation"
FLATTERED = (
    "Both were scored again on the dev rows of the candidate's run, which chose the candidate and "
    "not the champion: that flatters the candidate. --margin can ask for more."
)


@dataclass(frozen=True)
class Again:
    """Both sides on the same real rows.

    Attributes:
        scores: the classifiers' scores by side, ``candidate`` and ``champion``.
        notes: what was done to the rows, a sentence each.
    """

    bout: Bout
    scores: Mapping[str, Sequence[Score]]
    notes: tuple[str, ...]


def rescored(mine: Standing, other: Standing) -> Again:
    """Score the logged rows of both on the dev rows of the candidate's run.

    Raises:
        DataError: the real rows cannot be read here, or are not those of the run any more; or
            logged rows cannot be used.
        NotFoundError: a run has no rows.
    """
    with tempfile.TemporaryDirectory() as folder:
        bench = _bench(mine, Path(folder))
        found = [
            _rows(side, name, bench, Path(folder))
            for name, side in (("candidate", mine), ("champion", other))
        ]
    dev = bench.splits.dev
    cut = equal_rows(found, bench.scorer.labels, None, bench.config.seed)
    scores = {item.name: [bench.scorer.score(rows, dev) for rows in item.sets] for item in cut.sets}
    own, others = (_calls(scores[item.name]) for item in cut.sets)
    paired = bool(mine.fresh_run) and mine.params.get("seed") == other.params.get("seed")
    notes = [FLATTERED, *(note for item in found for note in item.notes), *cut.notes]
    if missing := sorted({*bench.scorer.labels} - {row.label for row in cut.sets[1].sets[0]}):
        notes.append(f"The champion writes no rows of {', '.join(missing)}.")
    sides = Bout(ROWS, mine.digest("dev"), own, others, paired and bool(other.fresh_run))
    return Again(sides, scores, tuple(_sentence(note) for note in notes))


def _bench(mine: Standing, folder: Path) -> Bench:
    path = fetch(mine.store, mine.parent, CONFIG, folder)
    if path is None:
        raise NotFoundError(f"run {mine.parent[:8]} has no {CONFIG}", "run it again")
    try:
        bench = compile_data(load(path))
    except ConfigError as exc:
        what = exc.what.replace(str(path), f"config of run {mine.parent[:8]}")
        raise DataError(
            f"cannot read the real rows of the run: {what}",
            "promote in the folder that the run was started in, where its data is",
        ) from exc
    if bench.config.balance is not None:
        raise DataError(
            "a run that tops up rare classes is scored with its real rows, not on rows alone",
            "run the other experiment again with the same balance section",
        )
    here = bench.splits.digests["dev"]
    if here != mine.digest("dev"):
        raise DataError(
            f"the dev rows are not those of run {mine.parent[:8]} any more (digest {here}, the "
            f"run's {mine.digest('dev')})",
            "bring the data back as it was, or run the experiment again on what there is now",
        )
    return bench


def _rows(side: Standing, name: str, bench: Bench, folder: Path) -> RowSet:
    place = side.fresh_run or side.run_id
    own = folder / name
    own.mkdir()
    path = fetch(side.store, place, KEPT, own)
    if path is None:
        raise NotFoundError(f"run {place[:8]} has no rows ({KEPT})", "promote with --force REASON")
    columns = pq.read_schema(path).names
    field = bench.scorer.field
    text = f"field.{field}" if f"field.{field}" in columns else field
    generation = GENERATION if GENERATION in columns else ""
    reading = Reading(field, text, "label", generation)
    found = read_sets([Group(name, (path,))], reading, bench.scorer.labels, bench.splits.dev)[0]
    notes = tuple(note.replace(str(path), f"the {name}'s rows") for note in found.notes)
    return RowSet(name, (f"the {name}",) * len(found.sets), found.sets, notes)


def _calls(scores: Sequence[Score]) -> Predictions:
    called = np.vstack([score.called for score in scores])
    return Predictions(scores[0].labels, scores[0].true, called)


def _sentence(note: str) -> str:
    return f"{note[0].upper()}{note[1:]}{'' if note.endswith('.') else '.'}"
