"""Rows from anywhere -> the same scores and statistics that the finals of a run give.

Any other tool's rows can be judged: files against a file of real rows, or against the sealed test
split of a config, whose opening is counted as that of a run is. One set is judged in ``judged.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, combinations, islice
from pathlib import Path
from typing import Any

from synthlab.comparisons import Contrast
from synthlab.config.load import Loaded, load
from synthlab.errors import ConfigError, StorageError
from synthlab.measures import Panel
from synthlab.records import Row
from synthlab.report.advice import advice
from synthlab.statistics.paired import NOISE
from synthlab.tasks.seal import finals
from synthlab.tracking.scores import ScoreLog, log_score
from synthlab.tracking.store import Store
from synthlab.workflow.compile import Bench, compile_data, compile_panel
from synthlab.workflow.ending import what
from synthlab.workflow.exam import difference, family_of
from synthlab.workflow.ground import Ground, config_ground, file_ground
from synthlab.workflow.judged import Judge, Judged
from synthlab.workflow.panel import anywhere, measure
from synthlab.workflow.progress import Progress, Quiet
from synthlab.workflow.rowcut import Cut, equal_rows
from synthlab.workflow.rowfiles import Reading, RowSet, read_sets
from synthlab.workflow.rowgroups import grouped, likely


@dataclass(frozen=True)
class Asked:
    """What ``synthlab score`` is told.

    Attributes:
        files: synthetic rows: ``FILE`` or a folder, or ``NAME=FILE`` for a generation of the set
            NAME.
        reading: the columns of all files.
        real_test: real rows to judge on; or ``task``.
        real_train: real rows that may be trained on.
        task: a config, whose data, classifiers, settings and sealed test rows are used.
        per_class: rows of each class that every set is cut to; None: as many as the smallest class
            of any set has; 0: no cut.
        model: the classifier, without ``task``.
        panel: whether the parts of the quality panel that ``task`` names measure the rows.
    """

    files: tuple[str, ...]
    reading: Reading = field(default_factory=Reading)
    real_test: Path | None = None
    real_train: Path | None = None
    task: Path | None = None
    per_class: int | None = None
    model: str = "tfidf-logreg"
    panel: bool = False


def score(asked: Asked, store: Store, progress: Progress | None = None) -> dict[str, Any]:
    """Score files of rows, compare them, and log it.

    Returns:
        ``{"test": {"rows", "digest", "reads"}, "rows_per_class", "real": points of the curve of
        real rows, "sets": [{"name", "files", "generations", "rows", "arms", "contrasts",
        "families", "curve", "said"}], "contrasts": [...], "notes": [...]}``; with ``panel``, a set
        has one, as ``Panel.as_dict`` gives it, of its first generation.

    Raises:
        ConfigError: neither or both of ``real_test`` and ``task``, ``panel`` without ``task``, or a
            config that is wrong.
        DataError: a file that cannot be used; the message says which, where and why.
        SynthlabError: a set that no classifier can be trained on.
        KeyboardInterrupt: Ctrl-C, after the log's end.
    """
    told = progress or Quiet()
    groups = grouped(asked.files)
    told.say("reading the real rows")
    ground = _ground(asked)
    told.say("reading the synthetic rows")
    reading = _reading(asked, ground)
    found = read_sets(groups, reading, ground.scorer.labels, ground.test)
    cut = equal_rows(found, ground.scorer.labels, asked.per_class, ground.seed)
    made = [*_grouping(found), *(note for item in found for note in item.notes)]
    # A file that cannot be read is no look at test; from here on, figures of it may be seen.
    with _logged(store, [item.name for item in found], ground.digest) as log:
        result = _result(ground, cut, told)
        result["test"]["reads"] = log.reads
        result["notes"] = [*made, *likely(groups), *cut.notes, *result["notes"], *ground.notes]
        log.finish(result)
    return result


def _reading(asked: Asked, ground: Ground) -> Reading:
    """How files are read; without weights where the classifier takes none.

    Raises:
        ConfigError: a column of weights was named all the same.
    """
    reading = replace(asked.reading, field=ground.scorer.field)
    if ground.scorer.takes_weights:
        return reading
    if reading.weight:
        raise ConfigError(
            f"--weight {reading.weight}: the classifier takes no weights of rows",
            "leave it out, or score with a model that takes weights, such as tfidf-logreg",
        )
    return replace(reading, weight="")


def _ground(asked: Asked) -> Ground:
    if asked.task is not None and asked.real_test is None:
        if asked.real_train is not None:
            raise ConfigError(
                "--real-train goes with --real-test only",
                "leave it out: the config has real rows that may be trained on",
            )
        loaded = load(asked.task, ())
        bench = compile_data(loaded)
        panel = _panel(loaded, bench) if asked.panel else None
        with finals():
            return replace(config_ground(bench, bench.splits.test.open("score")), panel=panel)
    if asked.panel:
        raise ConfigError(
            "--panel measures rows against the seed and dev rows of a config",
            "give --task CONFIG in place of --real-test",
        )
    if asked.task is None and asked.real_test is not None:
        return file_ground(asked.real_test, asked.real_train, asked.reading, asked.model)
    raise ConfigError(
        "real rows to judge on are needed once",
        "give --real-test FILE, or --task CONFIG for the sealed test rows of a config",
    )


def _panel(loaded: Loaded, bench: Bench) -> Callable[[Sequence[Row]], Panel]:
    brief, parts = compile_panel(loaded, bench.splits)
    return lambda rows: measure(
        parts, anywhere(brief, bench.splits, rows, bench.config, bench.scorer)
    )


@contextmanager
def _logged(store: Store, names: Sequence[str], digest: str) -> Iterator[ScoreLog]:
    """A run in the store that has an end, whatever happens in the block."""
    log = log_score(store, names, digest)
    try:
        yield log
    except BaseException as exc:
        killed = isinstance(exc, KeyboardInterrupt)
        with suppress(StorageError):  # the first failure is the one to tell
            log.stop("KILLED" if killed else "FAILED", "interrupted" if killed else what(exc))
        raise


def _result(ground: Ground, cut: Cut, told: Progress) -> dict[str, Any]:
    told.say("training on the real rows")
    judge = Judge(ground)
    judged = []
    for item in cut.sets:
        told.say(f"training on {item.name}")
        judged.append(judge.judge(item))
    rope = ground.rope
    asked = [[difference(a, b, rope) for a, b in one.questions] for one in judged]
    named = [replace(one.marks[0], name=one.item.name) for one in judged]
    # Generation 1 of one set and of another have no draw in common.
    between = [difference(a, b, rope, paired=False) for a, b in combinations(named, 2)]
    # All differences of a call corrected together: its reader picks from all of them.
    family = iter(family_of([*chain(*asked), *between]))
    own = [list(islice(family, len(found))) for found in asked]
    sets = [_told(one, found) for one, found in zip(judged, own, strict=True)]
    pairs = list(family)
    return {
        "test": {"rows": len(ground.test), "digest": ground.digest},
        "rows_per_class": cut.per_class,
        "real": [asdict(scores.point) for scores in judge.curve],
        "sets": sorted(sets, key=lambda one: -one["arms"][0]["estimate"]["value"]),
        "contrasts": [asdict(item) for item in pairs],
        "notes": _remarks(judged, [*chain(*own), *pairs]),
    }


def _told(one: Judged, found: Sequence[Contrast]) -> dict[str, Any]:
    arms = [mark.arm for mark in one.marks]
    return {
        "name": one.item.name,
        "files": list(dict.fromkeys(one.item.files)),
        "generations": len(one.item.sets),
        "rows": arms[0].rows,
        "arms": [asdict(arm) for arm in arms],
        "contrasts": [asdict(item) for item in found],
        "families": [asdict(family) for family in one.families],
        "curve": [asdict(scores.point) for scores in one.curve],
        "said": [*([advice(arms, found)] if found else []), *one.said],
        **({"panel": one.panel.as_dict()} if one.panel else {}),
    }


def _grouping(found: Sequence[RowSet]) -> list[str]:
    """Which files were taken as generations of which set."""
    notes = []
    for item in found:
        count, files = len(item.sets), list(dict.fromkeys(item.files))
        if count > 1:
            how = f"in {files[0]}, by its column" if len(files) == 1 else f"in {', '.join(files)}"
            notes.append(f"{item.name}: {count} generations, {how}")
    single = [f"{item.name} ({item.files[0]})" for item in found if len(item.sets) == 1]
    if single:
        notes.append(f"one generation each: {', '.join(single)}")
    return notes


def _remarks(judged: Sequence[Judged], every: Sequence[Contrast]) -> list[str]:
    notes = [note for one in judged for note in one.notes]
    if len(every) > 1:
        notes.append(
            f"p values are corrected over all {len(every)} differences of this call (Holm)"
        )
    if any(one.panel and len(one.item.sets) > 1 for one in judged):
        notes.append("the panel is that of a set's first generation")
    if any(item.generations == (1, 1) for item in every):
        notes.append(
            f"one generation each: a standard deviation of {NOISE:g} over generations is assumed "
            "for differences and for what rows are worth; the intervals of scores leave it out"
        )
    return notes
