"""How much better than it is does the best of K prompts look, and do the corrected figures hold?

python experiments/honest-comparison/optimism.py [--trials 400]

Naive: the winner's score on dev in the search, one generation. Shrunk: the same after
``statistics.many.shrink``. Finals: the three best meet five fresh generations, one is picked by
the lower end of its interval on dev, and its mean on sealed test rows is the estimate; crossed is
``statistics.many.crossed``. All are compared with the truth of the prompt that is reported.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from multiprocessing import Pool
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # two processes already fill two cores
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from latent import World

from synthlab.statistics.macro import Patterns
from synthlab.statistics.many import crossed, shrink
from synthlab.statistics.paired import level

SD_PROMPT = 0.07  # of the margin: about 2 points of macro-F1
GRID = np.linspace(-0.35, 0.35, 29)


def truths(world: World, shifts: np.ndarray) -> np.ndarray:
    """The truth at each shift, from a fine grid of them."""
    return np.interp(shifts, GRID, [world.truth(float(shift)) for shift in GRID])


def scores(true: np.ndarray, called: list[np.ndarray]) -> np.ndarray:
    """Macro-F1; shape (prompts, generations)."""
    return np.array([Patterns.of(true, each, 5).scores() for each in called])


def own_ses(true: np.ndarray, called: list[np.ndarray], sd: float, seed: int) -> np.ndarray:
    """Standard errors without what all prompts share: the rows' common part is taken out."""
    booted = Patterns.of(true, np.vstack(called), 5).draws(200, seed)
    return np.sqrt((booted - booted.mean(axis=0)).var(axis=1, ddof=1) + sd**2)


def once(job: tuple[int, int, float, float]) -> tuple[float, ...]:
    """Reported minus true, by way of reporting."""
    seed, count, sd, spread = job
    world = WORLDS[sd]
    rng = np.random.default_rng([seed, count])
    dev, test = world.rows(rng, 400), world.rows(rng, 1000)
    shifts = np.clip(spread * rng.standard_normal(count), -0.35, 0.35)
    truth = truths(world, shifts)
    hard = [rng.standard_normal(len(dev[0])) * np.sqrt(0.2) for _ in shifts]
    search = world.calls(rng, dev, list(shifts), 1, with_prompt=hard)
    seen = scores(dev[0], search)[:, 0]
    shrunk = np.array(shrink(list(seen), list(own_ses(dev[0], search, sd, seed))))
    winner, calm = int(seen.argmax()), int(shrunk.argmax())
    top = [int(k) for k in np.argsort(-seen)[:3]]
    luck = world.luck(rng, len(top), 5)
    some = [float(shifts[k]) for k in top]
    fresh = world.calls(rng, dev, some, 5, with_prompt=[hard[k] for k in top], luck=luck)
    lows = [level(dev[0], each, 5, draws=100, seed=seed).low for each in fresh]
    picked = int(np.argmax(lows))
    tested = scores(test[0], world.calls(rng, test, some, 5, luck=luck))
    final = tested[picked].mean()
    honest = crossed(scores(dev[0], fresh), tested)
    return (
        seen[winner] - truth[winner],
        shrunk[calm] - truth[calm],
        final - truth[top[picked]],
        honest - truth[top[picked]],
        truth.max() - truth[top[picked]],
        truth.max() - truth[top[0]],
    )


WORLDS = {sd: World(sd, tied=0.0) for sd in (0.03, 0.06)}
HEAD = (
    "| K | sd | prompts' sd | naive | shrunk | finals, picked on them | finals, crossed | +- "
    "| regret picked | regret search's |"
)


def main(trials: int) -> None:
    print(HEAD)
    print("|" + "---|" * (HEAD.count("|") - 1))
    for world in WORLDS.values():
        truths(world, GRID)  # before the fork, so that it is done once
    with Pool(2) as pool:
        for count in (4, 8, 16, 32):
            for sd, spread in ((0.03, SD_PROMPT), (0.03, 0.0), (0.06, SD_PROMPT)):
                jobs = [(seed, count, sd, spread) for seed in range(trials)]
                found = 100 * np.array(pool.map(once, jobs, chunksize=10))
                m, error = found.mean(axis=0), 196 * found.std(axis=0) / 100 / np.sqrt(trials)
                print(
                    f"| {count} | {sd} | {100 * spread * 0.29:.0f} | {m[0]:+.1f} | {m[1]:+.2f} "
                    f"| {m[2]:+.2f} | {m[3]:+.2f} | {error[2]:.2f} | {m[4]:.2f} | {m[5]:.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=400)
    args = parser.parse_args()
    began = time.time()
    main(args.trials)
    print(f"{time.time() - began:.0f} s")
