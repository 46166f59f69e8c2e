"""Do nominal 95% intervals hold the truth in 95% of trials, and how often is nothing "found"?

python experiments/honest-comparison/coverage.py [intervals|equal] [--trials 600]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # two processes already fill two cores
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from latent import BALANCED, UNBALANCED, World

from synthlab.comparisons import Contrast
from synthlab.statistics.many import holm
from synthlab.statistics.paired import contrast, level

DRAWS = 200
SHIFT = 0.1  # about 3 points of macro-F1


class Cell(NamedTuple):
    rows: int
    generations: int
    sd: float
    shares: tuple[float, ...] = BALANCED
    paired: bool = True


def grid() -> Iterator[tuple[str, Cell]]:
    blocks = (
        ("paired", BALANCED, True),
        ("unbalanced", UNBALANCED, True),
        ("unpaired", BALANCED, False),
    )
    for name, shares, paired in blocks:
        for rows in (200, 400, 1000):
            for generations in (3, 5, 10):
                for sd in (0.01, 0.03, 0.06):
                    yield name, Cell(rows, generations, sd, shares, paired)


def held(job: tuple[Cell, int, int]) -> np.ndarray:
    """Per trial: does the contrast, does the level hold the truth; and the intervals' widths."""
    cell, trials, seed = job
    world = World(cell.sd, cell.shares, tied=0.3 if cell.paired else 0.0)
    high, low = world.truth(SHIFT), world.truth(0.0)
    out = []
    rng = np.random.default_rng(seed)
    for trial in range(trials):
        rows = world.rows(rng, cell.rows)
        a, b = world.calls(rng, rows, [SHIFT, 0.0], cell.generations)
        found = contrast(("a", "b"), rows[0], a, b, 5, cell.paired, draws=DRAWS, seed=trial)
        own = level(rows[0], a, 5, draws=DRAWS, seed=trial)
        held_gap = found.low <= high - low <= found.high
        held_own = own.low <= high <= own.high
        out.append((held_gap, held_own, found.high - found.low, own.high - own.low))
    return np.array(out, dtype=float)


def intervals(trials: int) -> None:
    cells = list(grid())
    jobs = [
        (cell, trials if name == "paired" else trials // 2, seed)
        for seed, (name, cell) in enumerate(cells)
    ]
    with Pool(2) as pool:
        results = pool.map(held, jobs, chunksize=1)
    print("| block | rows | R | sd | contrast % | level % | width of contrast | of level |")
    print("|---|---|---|---|---|---|---|---|")
    for (name, cell), found in zip(cells, results, strict=True):
        gap, own, wide, wide_own = found.mean(axis=0)
        print(
            f"| {name} | {cell.rows} | {cell.generations} | {cell.sd} "
            f"| {100 * gap:.1f} | {100 * own:.1f} | {wide:.3f} | {wide_own:.3f} |"
        )
    for generations in (3, 5, 10):
        for block in ("paired", "unbalanced", "unpaired"):
            parts = [
                found
                for (name, cell), found in zip(cells, results, strict=True)
                if name == block and cell.generations == generations
            ]
            _pooled(f"{block}, R = {generations}", np.vstack(parts))
    _pooled("all", np.vstack(results))


def _pooled(name: str, found: np.ndarray) -> None:
    share = found[:, :2].mean(axis=0)
    error = 1.96 * np.sqrt(share * (1 - share) / len(found))
    told = [f"{100 * s:.1f} +- {100 * e:.1f}" for s, e in zip(share, error, strict=True)]
    print(f"{name}: contrast {told[0]}, level {told[1]} over {len(found)} trials")


def wrong(job: tuple[int, int, float, int, int]) -> np.ndarray:
    """What is found per trial among four equal prompts.

    One contrast of two; any of one prompt's three after Holm; any of the winner's three, when the
    winner is picked among three by the same generations on dev.
    """
    count, generations, sd, trials, seed = job
    world = World(sd)
    rng = np.random.default_rng(seed)
    out = []
    for trial in range(trials):
        test, dev = world.rows(rng, count), world.rows(rng, 400)
        luck = world.luck(rng, 4, generations)
        calls = world.calls(rng, test, [0.0] * 4, generations, luck=luck)
        on_dev = world.calls(rng, dev, [0.0] * 4, generations, luck=luck)
        lows = [level(dev[0], each, 5, draws=100, seed=trial).low for each in on_dev[:3]]
        fixed = _against_all(0, test[0], calls, trial)
        after = _against_all(int(np.argmax(lows)), test[0], calls, trial)
        out.append((fixed[0].p < 0.05, any(c.found for c in fixed), any(c.found for c in after)))
    return np.array(out, dtype=float)


def _against_all(one: int, true: np.ndarray, calls: list[np.ndarray], seed: int) -> list[Contrast]:
    return holm(
        [
            contrast(("a", "b"), true, calls[one], each, 5, draws=DRAWS, seed=seed)
            for place, each in enumerate(calls)
            if place != one
        ]
    )


def equal(trials: int) -> None:
    cells = [(400, r, sd) for r in (3, 5) for sd in (0.01, 0.03, 0.06)] + [(1000, 5, 0.03)]
    jobs = [(*cell, trials, 1000 + seed) for seed, cell in enumerate(cells)]
    with Pool(2) as pool:
        results = pool.map(wrong, jobs, chunksize=1)
    print("| rows | R | sd | one contrast % | any of 3 % | any of 3 of a picked winner % |")
    print("|---|---|---|---|---|---|")
    for cell, found in zip([*cells, ("all", "", "")], [*results, np.vstack(results)], strict=True):
        shares = " | ".join(f"{100 * share:.1f}" for share in found.mean(axis=0))
        print(f"| {cell[0]} | {cell[1]} | {cell[2]} | {shares} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["intervals", "equal"])
    parser.add_argument("--trials", type=int, default=0, help="a cell")
    args = parser.parse_args()
    began = time.time()
    if args.what == "intervals":
        intervals(args.trials or 80)
    else:
        equal(args.trials or 300)
    print(f"{time.time() - began:.0f} s")
