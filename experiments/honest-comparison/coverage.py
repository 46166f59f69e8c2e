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
    """Per trial: does the contrast, does the level hold the truth; half widths; value's error."""
    cell, trials, seed = job
    world = World(cell.sd, cell.shares, tied=0.3 if cell.paired else 0.0)
    gap = world.truth(SHIFT) - world.truth(0.0)
    out = []
    rng = np.random.default_rng(seed)
    for trial in range(trials):
        rows = world.rows(rng, cell.rows)
        a, b = world.calls(rng, rows, [SHIFT, 0.0], cell.generations)
        found = contrast(("a", "b"), rows[0], a, b, 5, cell.paired, draws=DRAWS, seed=trial)
        own = level(rows[0], a, 5, draws=DRAWS, seed=trial)
        out.append(
            (
                found.low <= gap <= found.high,
                own.low <= world.truth(SHIFT) <= own.high,
                found.high - found.low,
                own.high - own.low,
                found.value - gap,
                own.value - world.truth(SHIFT),
                found.se,
                own.se,
                found.df,
                own.df,
            )
        )
    return np.array(out, dtype=float)


def intervals(trials: int) -> None:
    cells = list(grid())
    with Pool(2) as pool:
        jobs = [
            (cell, trials if name == "paired" else trials // 2, seed)
            for seed, (name, cell) in enumerate(cells)
        ]
        results = pool.map(held, jobs, chunksize=1)
    print(
        "| block | rows | R | sd | contrast % | level % | width c | width l | bias c | bias l | se/sd c | se/sd l | df c | df l |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    for (name, cell), r in zip(cells, results, strict=True):
        m = r.mean(axis=0)
        print(
            f"| {name} | {cell.rows} | {cell.generations} | {cell.sd} | {100 * m[0]:.1f} | {100 * m[1]:.1f} "
            f"| {m[2]:.3f} | {m[3]:.3f} | {m[4]:+.4f} | {m[5]:+.4f} "
            f"| {np.sqrt((r[:, 6] ** 2).mean()) / r[:, 4].std():.2f} | {np.sqrt((r[:, 7] ** 2).mean()) / r[:, 5].std():.2f} "
            f"| {np.median(r[:, 8]):.0f} | {np.median(r[:, 9]):.0f} |"
        )
    for block in dict.fromkeys(name for name, _ in cells):
        parts = np.vstack([r for (name, _), r in zip(cells, results, strict=True) if name == block])
        share = parts[:, :2].mean(axis=0)
        error = 196 * np.sqrt(share * (1 - share) / len(parts))
        print(
            f"{block}: contrast {100 * share[0]:.1f} (+-{error[0]:.1f}), level {100 * share[1]:.1f} (+-{error[1]:.1f}) over {len(parts)} trials"
        )


def wrong(job: tuple[int, int, float, int, int]) -> np.ndarray:
    """Per trial at no difference: one contrast found; any of 3 after Holm; the same for a winner
    that was picked among 3 equal finalists by the same generations on dev."""
    rows_count, generations, sd, trials, seed = job
    world = World(sd)
    rng = np.random.default_rng(seed)
    out = []
    for trial in range(trials):
        test, dev = world.rows(rng, rows_count), world.rows(rng, 400)
        luck = world.luck(rng, 4, generations)
        calls = world.calls(rng, test, [0.0] * 4, generations, luck=luck)
        on_dev = world.calls(rng, dev, [0.0] * 4, generations, luck=luck)
        picked = max(range(3), key=lambda k: level(dev[0], on_dev[k], 5, draws=100, seed=trial).low)
        others = [k for k in range(4) if k != picked]
        fixed = holm(
            [
                contrast(("a", "b"), test[0], calls[0], calls[k], 5, draws=DRAWS, seed=trial)
                for k in (1, 2, 3)
            ]
        )
        after = holm(
            [
                contrast(("a", "b"), test[0], calls[picked], calls[k], 5, draws=DRAWS, seed=trial)
                for k in others
            ]
        )
        out.append((fixed[0].p < 0.05, any(c.found for c in fixed), any(c.found for c in after)))
    return np.array(out, dtype=float)


def equal(trials: int) -> None:
    cells = [(400, r, sd) for r in (3, 5) for sd in (0.01, 0.03, 0.06)] + [(1000, 5, 0.03)]
    with Pool(2) as pool:
        results = pool.map(
            wrong, [(*cell, trials, 1000 + seed) for seed, cell in enumerate(cells)], chunksize=1
        )
    print(
        "| rows | R | sd | one contrast % | any of 3, Holm % | any of 3, winner picked on the same generations % |"
    )
    print("|---|---|---|---|---|---|")
    for cell, r in zip(cells, results, strict=True):
        print(
            "| "
            + " | ".join(str(c) for c in cell)
            + " | "
            + " | ".join(f"{100 * m:.1f}" for m in r.mean(axis=0))
            + " |"
        )
    parts = np.vstack(results)
    print(
        "all: " + ", ".join(f"{100 * m:.2f}" for m in parts.mean(axis=0)),
        f"over {len(parts)} trials",
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["intervals", "equal"])
    parser.add_argument("--trials", type=int, default=80)
    args = parser.parse_args()
    began = time.time()
    {"intervals": intervals, "equal": equal}[args.what](args.trials)
    print(f"{time.time() - began:.0f} s")
