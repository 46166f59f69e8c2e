"""What a run's comparison could find, from its sizes alone: no LM, no score, no test row."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from synthlab.config.load import load
from synthlab.errors import UserError
from synthlab.statistics.power import (
    ALPHA,
    MOST_ROWS,
    Needs,
    Noise,
    efficiency,
    generations_needed,
    power_of,
    resolvable,
    rows_needed,
)
from synthlab.workflow.compile import compile_plan

ROWS = (100, 300, 1_000, 3_000)
GENERATIONS = (1, 2, 3, 5, 10)
COARSE = 0.05
"""A difference that would change anyone's choice of a prompt; what it takes is told in any case."""

CONTRASTS = 3
"""What the finals compare on test: the winner with two others, and those; Holm corrects for it."""


@dataclass(frozen=True)
class Sizes:
    """What a comparison is made on.

    Attributes:
        classes: rows of each class, or shares of them; equal numbers for equal classes.
    """

    test: int
    generations: int
    dev: int | None = None
    classes: tuple[int, ...] = ()
    contrasts: int = CONTRASTS
    name: str = ""


def power(
    config: Path | None = None,
    overrides: Sequence[str] = (),
    test_rows: int | None = None,
    replicates: int | None = None,
    classes: str = "",
    difference: float = 0.02,
    noise: Noise | None = None,
) -> dict[str, Any]:
    """Which difference is found 4 times of 5, and what finding ``difference`` would take.

    Args:
        config: gives the sizes that are not given beside it.
        overrides: of the config's keys.
        test_rows: real rows that score both prompts.
        replicates: fresh generations of each prompt.
        classes: how many, equal in rows; or rows of each, with commas between.
        difference: in macro-F1.
        noise: what blurs the comparison; its efficiency is that of the classes.

    Returns:
        A plain dict, ready for JSON; a difference that nothing finds is None. ``coarse`` says of
        ``COARSE`` what the dict says of ``difference``; None where they are one.

    Raises:
        UserError: on classes that are not numbers, and what the config raises.
    """
    sizes = _sizes(config, overrides)
    sizes = replace(
        sizes,
        test=test_rows or sizes.test,
        generations=replicates or sizes.generations,
        classes=_classes(classes) if classes else sizes.classes,
    )
    told = efficiency(sizes.classes) if sizes.classes else 1.0
    known = replace(noise or Noise(), efficiency=min(told, 1.0))
    hardest = resolvable(sizes.test, sizes.generations, known, ALPHA / sizes.contrasts)
    return {
        "name": sizes.name,
        "test_rows": sizes.test,
        "dev_rows": sizes.dev,
        "replicates": sizes.generations,
        "classes": list(sizes.classes),
        "noise": asdict(known),
        "resolves": _finite(resolvable(sizes.test, sizes.generations, known)),
        "contrasts": sizes.contrasts,
        "resolves_holm": _finite(hardest),
        **_takes(difference, sizes, known),
        "coarse": None if difference == COARSE else _takes(COARSE, sizes, known),
        "table": _table(sizes, known),
    }


def _sizes(config: Path | None, overrides: Sequence[str]) -> Sizes:
    if config is None:
        return Sizes(1_000, 5)
    plan = compile_plan(load(config, overrides))
    # The test rows stay sealed: dev rows were drawn with the same shares of classes.
    dev = Counter(row.label for row in plan.splits.dev)
    return Sizes(
        test=len(plan.splits.test),
        generations=max(1, plan.config.finals.replicates),  # at 0, the search's own one
        dev=len(plan.splits.dev),
        classes=tuple(dev[label] for label in plan.brief.labels),
        name=plan.config.name,
    )


def _classes(text: str) -> tuple[int, ...]:
    try:
        given = tuple(int(part) for part in text.split(","))
    except ValueError:
        given = ()
    if not given or min(given) < 1 or given == (1,):
        raise UserError(f"--classes {text}", "give a number of 2 or more, or rows: 400,250,150")
    return (1,) * given[0] if len(given) == 1 else given


def _takes(difference: float, sizes: Sizes, noise: Noise) -> dict[str, Any]:
    """How often a difference is found, and what finding it 4 times of 5 takes."""
    generations = generations_needed(difference, sizes.test, noise)
    return {
        "difference": difference,
        "found": power_of(difference, sizes.test, sizes.generations, noise),
        "rows_needed": _needs(rows_needed(difference, sizes.generations, noise)),
        "generations_needed": _needs(generations),
        "both_needed": _both(difference, sizes, noise, generations),
    }


def _table(sizes: Sizes, noise: Noise) -> list[dict[str, Any]]:
    """A cell for each number of generations and of rows, those of the run among them."""
    rows = sorted({*ROWS, sizes.test, *([sizes.dev] if sizes.dev else [])})
    return [
        {
            "generations": count,
            "rows": number,
            "resolves": _finite(resolvable(number, count, noise)),
            "asked": (count, number) == (sizes.generations, sizes.test),
        }
        for count in sorted({*GENERATIONS, sizes.generations})
        for number in rows
    ]


def _both(
    difference: float, sizes: Sizes, noise: Noise, generations: Needs
) -> dict[str, int] | None:
    """More rows with generations, where that takes at most half of the generations alone.

    Rows are doubled until they cost at most half as many generations again as if they were free.
    """
    least = generations_needed(difference, MOST_ROWS, noise).count
    if least is None or (generations.count is not None and generations.count < 2 * least):
        return None
    rows, count = sizes.test, generations.count
    while count is None or count > 1.5 * least:
        rows *= 2
        count = generations_needed(difference, rows, noise).count
    return {"rows": rows, "generations": count}


def _needs(needs: Needs) -> dict[str, Any]:
    return {"count": needs.count, "floor": _finite(needs.floor)}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
