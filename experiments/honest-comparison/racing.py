"""Does a race pick better prompts than the same number of rows given to all alike?

python experiments/honest-comparison/racing.py [--races 200] [--prompts-sd 0.02]

Candidates have learning curves; the luck of a generation is the mean of its rows' luck, so that it
falls with their number and is shared by nested sets. The real ``Racing`` runs against an objective
that looks its scores up here; the finals are five fresh generations of the best three.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import replace
from multiprocessing import Pool
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # two processes already fill two cores
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from latent import LIKE
from scipy.stats import norm

from synthlab.outcomes import Candidate, Score, Trial
from synthlab.records import Curated, Usage
from synthlab.search.racing import Racing

FULL = 40
FINALISTS, FRESH = 3, 5
LABELS = ("a", "b", "c", "d", "e")
TRUE = np.repeat(np.arange(5, dtype=np.int16), 80)  # 400 dev rows
SD_PROMPT = 0.02
LATE = 0.15  # share of late bloomers: far behind on few rows, level with the others at the end
# Parts of a row's margin: everybody's, the prompt's own, the generation's own. They give a paired
# standard error of 0.02 for one generation each, nearly all of it the generations' own.
ROW, WITH_PROMPT, WITH_GENERATION = 0.7, 0.03, 0.27


class Field:
    """Candidates with curves, dev rows and generations, drawn at random; an ``Objective``.

    Args:
        seed: of everything.
        count: candidates.
        sd: of the luck of a generation at the full number of rows.
    """

    def __init__(self, seed: int, count: int, sd: float) -> None:
        rng = self.rng = np.random.default_rng([seed, count])
        self.sd, self.count = sd, count
        self.start = [
            Candidate(f"p{k}", "p", {}, {}, "fake/x", f"p{k}", FULL) for k in range(count)
        ]
        self.truth = 0.75 + SD_PROMPT * rng.standard_normal(count)
        power = rng.uniform(0.3, 0.9, (count, 1))
        gain = rng.uniform(0.08, 0.16, (count, 1))  # from an eighth to the full number
        bloom = rng.random((count, 1)) < LATE
        gain = np.where(bloom, rng.uniform(0.20, 0.30, (count, 1)), gain)
        n = np.arange(1, FULL + 1)
        rise = (FULL / 8) ** -power - FULL**-power
        self.curves = self.truth[:, None] - gain * (n**-power - FULL**-power) / rise
        like = (rng.random(len(TRUE))[:, None] > LIKE[TRUE].cumsum(axis=1)).sum(axis=1)
        self.like = like.astype(np.int16)
        hard = rng.standard_normal(len(TRUE)) * np.sqrt(ROW)
        own = rng.standard_normal((count, len(TRUE))) * np.sqrt(WITH_PROMPT)
        self.hard = hard + own
        self.generations = [self.generation() for _ in range(3)]
        self.spent: dict[int, int] = {}
        self.last: dict[int, Trial] = {}

    def generation(self) -> tuple[np.ndarray, np.ndarray]:
        """Score over infinitely many rows by candidate and rows a class; margins of dev rows."""
        n = np.arange(1, FULL + 1)
        luck = self.rng.standard_normal((self.count, FULL)).cumsum(axis=1) / n
        scores = np.clip(self.curves + self.sd * np.sqrt(FULL) * luck, 0.2, 0.99)
        noise = self.rng.standard_normal(self.hard.shape) * np.sqrt(WITH_GENERATION)
        return norm.ppf(scores), self.hard + noise

    def calls(self, k: int, rows: int, number: int = 0) -> np.ndarray:
        level, margin = self.generations[number]
        return np.where(level[k, rows - 1] + margin[k] > 0, TRUE, self.like).astype(np.int16)

    def f1(self, k: int, rows: int, number: int = 0) -> float:
        called = self.calls(k, rows, number)
        table = np.bincount(TRUE * 5 + called, minlength=25).reshape(5, 5)
        return float((2 * np.diag(table) / (table.sum(axis=0) + table.sum(axis=1))).mean())

    def alike(self, rows: float) -> int:
        """Whom ``rows`` a class for every candidate would have picked: as whole generations."""
        count = max(1, round(rows / FULL))
        each = min(FULL, round(rows / count))
        numbers = range(min(count, len(self.generations)))
        seen = [np.mean([self.f1(k, each, g) for g in numbers]) for k in range(self.count)]
        return int(np.argmax(seen))

    def final(self, names: list[int]) -> int:
        """The best of these over fresh generations on dev."""
        means = dict.fromkeys(names, 0.0)
        for _ in range(FRESH):
            self.generations.append(self.generation())
            for k in names:
                means[k] += self.f1(k, FULL, -1)
        return max(names, key=lambda k: means[k])

    def __call__(self, candidate: Candidate, rows_per_class: int | None = None) -> Trial:
        k, rows = int(candidate.name[1:]), min(rows_per_class or FULL, FULL)
        self.spent[k] = rows
        points = sorted({max(1, rows // 4), max(1, rows // 2), rows})
        curve = tuple((n, self.f1(k, n)) for n in points)
        score = Score(curve[-1][1], 0.0, (), {}, (), 5 * rows, self.calls(k, rows), TRUE)
        score = replace(score, labels=LABELS)
        self.last[k] = _trial(candidate, score, rows, curve)
        return self.last[k]

    def drop(self, candidate: Candidate, reason: str) -> Trial:
        return replace(self.last[int(candidate.name[1:])], out=reason)


class _Whole(Trial):
    """A trial whose set is complete without building its rows."""

    short = {}  # type: ignore[assignment]


def _trial(candidate: Candidate, score: Score, rows: int, curve: tuple) -> Trial:
    usage = Usage()
    return _Whole(candidate, Curated(), score, None, usage, (), {}, "", 0.0, rows, "", "", curve)


def one(job: tuple[int, int, float, tuple[dict, ...]]) -> list[tuple[float, ...]]:
    """Per setting: regrets, optimism, share of the grid's rows, was the best among the whole."""
    seed, count, sd, settings = job
    out = []
    for params in settings:
        field = Field(seed, count, sd)
        trials = list(Racing(Racing.Params(**params)).run(field.start, field))
        whole = sorted((t for t in trials if not t.out), key=lambda t: -t.score.f1)
        names = [int(t.candidate.name[1:]) for t in whole]
        rows = sum(field.spent.values())
        finals = FINALISTS * FRESH * FULL
        even, even_all = field.alike(rows / count), field.alike((rows + finals) / count)
        grid = field.alike(FULL)
        picked = field.final(names[:FINALISTS])
        lost = field.truth.max() - field.truth
        optimism = whole[0].score.f1 - field.truth[names[0]]
        among = float(int(np.argmax(field.truth)) in names)
        share = rows / (count * FULL)
        out.append(
            (
                lost[names[0]],
                lost[even],
                lost[grid],
                lost[picked],
                lost[even_all],
                optimism,
                share,
                among,
            )
        )
    return out


HEAD = (
    "| K | sd | setting | race | uniform | race / uniform | +- | whole grid | race + finals "
    "| uniform, those rows | ratio | +- | rows of grid % | best goes whole % |"
)


def main(races: int, settings: dict[str, dict], cells: list[tuple[int, float]]) -> None:
    print(HEAD)
    print("|" + "---|" * (HEAD.count("|") - 1))
    with Pool(2) as pool:
        for count, sd in cells:
            jobs = [(seed, count, sd, tuple(settings.values())) for seed in range(races)]
            found = np.array(pool.map(one, jobs, chunksize=10))
            for place, name in enumerate(settings):
                _tell(count, sd, name, found[:, place])


def _tell(count: int, sd: float, name: str, r: np.ndarray) -> None:
    m = r.mean(axis=0)
    ratios = []
    for mine, other in ((0, 1), (3, 4)):
        ratio = m[mine] / m[other]
        error = 1.96 * (r[:, mine] - ratio * r[:, other]).std() / np.sqrt(len(r)) / m[other]
        ratios.append(f"{ratio:.2f} | {error:.2f}")
    points = [f"{100 * value:.2f}" for value in m]
    print(
        f"| {count} | {sd} | {name} | {points[0]} | {points[1]} | {ratios[0]} | {points[2]} "
        f"| {points[3]} | {points[4]} | {ratios[1]} | {100 * m[6]:.0f} | {100 * m[7]:.0f} |",
        flush=True,
    )


OTHERS: dict[str, dict] = {
    "eta 2": {"eta": 2},
    "eta 4": {"eta": 4},
    "keep 2": {"keep": 2},
    "rung 10": {"rungs": (10,)},
    "rungs 10 20": {"rungs": (10, 20)},
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--races", type=int, default=200)
    parser.add_argument("--prompts-sd", type=float, default=SD_PROMPT, help="of prompts' scores")
    parser.add_argument("--explore", action="store_true", help="other settings, at K = 16")
    args = parser.parse_args()
    SD_PROMPT = args.prompts_sd  # before the pool forks
    began = time.time()
    if args.explore:
        main(args.races, {"defaults": {}, **OTHERS}, [(16, 0.03)])
    else:
        main(args.races, {"defaults": {}}, [(k, sd) for k in (8, 16, 32) for sd in (0.03, 0.06)])
    print(f"{time.time() - began:.0f} s")
