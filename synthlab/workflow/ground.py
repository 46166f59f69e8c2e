"""What rows from anywhere are judged on: real rows of files, or the data of a config.

Test rows come in from ``workflow/score.py``, the only place beside a run that opens them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthlab.config.models import FinalsConfig
from synthlab.errors import DataError
from synthlab.measures import Panel
from synthlab.records import Row, digest
from synthlab.scoring.models import build
from synthlab.scoring.score import Scorer
from synthlab.statistics.paired import ROPE
from synthlab.tasks.table import Table
from synthlab.workflow.compile import Bench
from synthlab.workflow.realrows import Apart, allowed, apart, halves
from synthlab.workflow.rowfiles import Reading

OTHERS = ("lsa-logreg",)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True)
class Ground:
    """What rows are judged on.

    Attributes:
        scorer: the main classifier.
        others: other kinds, by name.
        test: the real rows to judge on.
        digest: of ``test``.
        real: real rows that may be trained on; empty for none.
        yardstick: real rows that a learning curve is drawn through, to say what rows are worth.
        apart: real rows to train on and others to judge on, for the weight of a synthetic row
            beside a real one; None where there are too few, and the weight is 1.
        sizes: real rows a class of the points of that curve.
        weights: to choose from.
        rope: half the region of practical equivalence.
        draws: of real rows, for each size.
        seed: of the draws.
        notes: what was done to the real rows, a sentence each.
        panel: measures rows beside their score; None where that is not asked for.
    """

    scorer: Scorer
    others: dict[str, Scorer]
    test: tuple[Row, ...]
    digest: str
    real: tuple[Row, ...] = ()
    yardstick: tuple[Row, ...] = ()
    apart: Apart | None = None
    sizes: tuple[int, ...] = SIZES
    weights: tuple[float, ...] = FinalsConfig().weights
    rope: float = ROPE
    draws: int = 5
    seed: int = 0
    notes: tuple[str, ...] = ()
    panel: Callable[[Sequence[Row]], Panel] | None = None


def config_ground(bench: Bench, test: tuple[Row, ...]) -> Ground:
    """The data, classifiers and settings of a config, as the finals of its run use them."""
    config, splits = bench.config, bench.splits
    return Ground(
        scorer=bench.scorer,
        others=bench.others,
        test=test,
        digest=splits.test.digest,
        real=tuple(allowed(bench)),
        yardstick=(*splits.seed, *splits.dev),
        apart=apart(bench),
        sizes=(*config.scoring.real_sizes, *config.finals.real_sizes),
        weights=config.finals.weights,
        rope=config.finals.rope,
        draws=config.scoring.draws,
        seed=config.seed,
        notes=splits.notes,
    )


def file_ground(test_file: Path, train_file: Path | None, reading: Reading, model: str) -> Ground:
    """Real rows of files; those of ``train_file`` that are test rows too are left out.

    Raises:
        DataError: a file that cannot be used, or a class of the training rows that test lacks.
        ConfigError: no classifier is called ``model``.
    """
    test, notes = _rows(test_file, reading)
    labels = tuple(sorted({row.label for row in test}))
    real, more = _rows(train_file, reading) if train_file else ((), ())
    strange = sorted({row.label for row in real} - set(labels))
    if strange:
        raise DataError(
            f"{train_file}: the class '{strange[0]}' is not in {test_file}",
            f"the test rows' classes are: {', '.join(labels)}",
        )
    known = {row.id for row in test}
    left = tuple(row for row in real if row.id not in known)
    if twice := len(real) - len(left):
        more = (*more, f"{twice:,} training rows left out, as they are test rows too")
    others = {name: Scorer(build(name, {}), "text", labels) for name in OTHERS if name != model}
    return Ground(
        scorer=Scorer(build(model, {}), "text", labels),
        others=others,
        test=test,
        digest=digest(sorted(row.id for row in test)),
        real=left,
        yardstick=left,
        apart=halves(left, labels),
        notes=(*notes, *more),
    )


def _rows(path: Path, reading: Reading) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    params = Table.Params(path=str(path), text=reading.text, label=reading.label)
    source = Table(params).load()
    return source.rows, tuple(f"{path}: {note}" for note in source.notes)
