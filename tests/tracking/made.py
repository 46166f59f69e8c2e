"""A small, realistic run made of records: three ways to write BBC-like articles."""

import json

import numpy as np

from synthlab.comparisons import Arm, Contrast, Estimate, Finalist, Finals, Point
from synthlab.outcomes import Baseline, Candidate, ClassScore, RunResult, Score, Trial
from synthlab.records import Curated, Dropped, Lineage, Request, Row, Usage
from synthlab.tracking.runs import Holdout

LABELS = ("business", "entertainment", "politics", "sport", "tech")
HOLDOUT = Holdout("bbc-news dev", 400, "3f0c1d2b4a596877")
CLASS_F1 = {
    "direct": (0.58, 0.49, 0.66, 0.81, 0.61),
    "attributes": (0.74, 0.78, 0.71, 0.93, 0.79),
    "few_shot": (0.83, 0.86, 0.80, 0.95, 0.81),
}


def row(number: int, label: str = "sport", candidate: str = "c0ffee", lm: str = "fake/x") -> Row:
    request = Request(label, number, 7 + number, {"subtopic": "cricket"}, ("real-3",))
    lineage = Lineage(candidate, lm, f"call-{number}", request, Usage(1, 60, 70, 0.0, 0.5))
    return Row(f"{candidate}-{number}", {"text": f"{label} article {number}"}, label, lineage)


def candidate(name: str) -> Candidate:
    params = {"style": "newswire", "axes": {"length": ["short", "long"]}, "temperature": 0.9}
    lm = "embedded/smollm2-135m-instruct"
    return Candidate(name, name, params, {}, lm, f"{name[:4]}0123456789ab")


def score(per_class: tuple[float, ...], rows: int) -> Score:
    classes = {
        label: ClassScore(f1 - 0.02, f1 + 0.02, f1, 80)
        for label, f1 in zip(LABELS, per_class, strict=True)
    }
    confusion = tuple(tuple(80 if i == j else 0 for j in range(5)) for i in range(5))
    mean = sum(per_class) / len(per_class)
    return Score(
        mean,
        mean + 0.01,
        LABELS,
        classes,
        confusion,
        rows,
        np.repeat(np.arange(5, dtype=np.int16), 80),
        np.repeat(np.arange(5, dtype=np.int16), 80),
    )


def finals(name: str) -> Finals:
    """What the finals of a winner of that name found."""
    dev = Estimate(0.83, 0.79, 0.87, 0.014, 5.1, 5)
    arms = (
        Arm("synthetic alone", Estimate(0.845, 0.81, 0.88, 0.012, 5.6, 5), 200),
        Arm("real alone", Estimate(0.82, 0.79, 0.85, 0.014, 1e9), 25, 25),
        Arm("both", Estimate(0.89, 0.87, 0.91, 0.009, 6.0, 5), 225, 25, 0.5),
    )
    gain = Contrast(
        "both", "real alone", 0.07, 0.04, 0.1, 0.012, 6.0, 0.001, 0.99, 0.01, 0.0, 0.01, 0.04
    )
    return Finals(
        finalists=(Finalist(name, name, 200, 0.85, 0.84, dev, 0.0, 110.0, "final-run"),),
        chosen="it has the highest lower end",
        dev=(),
        arms=arms,
        contrasts=(gain,),
        real_rows="score",
        families=(),
        crossed=0.84,
        optimism=0.005,
        optimism_fresh=-0.015,
        reads=1,
        curves={"real": (Point(5, 25, 0.82, 0.02, 5),)},
        said=("Synthetic alone 0.85, your 25 real rows alone 0.82, both 0.89: train on both.",),
    )


def trial(name: str, run_id: str = "", cost: float | None = 0.0, missing: int = 0) -> Trial:
    """A scored candidate; ``missing`` rows of tech are not there."""
    what = candidate(name)
    kept = tuple(
        row(40 * i + n, label, what.digest, what.lm)
        for i, label in enumerate(LABELS)
        for n in range(40 - missing * (label == "tech"))
    )
    bad = tuple(
        Dropped(row(1000 + n, "tech", what.digest, what.lm), why, f"detail {n}")
        for n, why in enumerate(["near duplicate"] * 9 + ["too short"] * 4 + ["refusal"])
    )
    f1 = CLASS_F1[name]
    return Trial(
        candidate=what,
        curated=Curated(kept, bad),
        score=score(f1, len(kept)),
        augmented=Baseline("5 real + synthetic", min(0.9, sum(f1) / 5 + 0.08), 225, 0.02, 5),
        usage=Usage(214, 12_840 + 30 * len(name), 14_980 + 400 * len(name), cost, 96.5),
        shown=("real-3",),
        prompts={"write": f"Write a {name} news article about sport."},
        program=json.dumps({"write": {"demos": []}}),
        seconds=61.0 + 5 * len(name),
        rows_per_class=40,
        run_id=run_id,
    )


def result(run_id: str, trials: list[Trial]) -> RunResult:
    best_first = sorted(trials, key=lambda item: (bool(item.short), -item.score.f1))
    return RunResult(
        name="bbc-news",
        run_id=run_id,
        trials=best_first,
        baselines=[Baseline("label names only", 0.262, 5), Baseline("5 real", 0.84, 25, 0.03, 5)],
        finals=finals(best_first[0].candidate.name),
        digests={"dev": HOLDOUT.digest, "test": "9a8b7c6d5e4f3021"},
        seconds=312.0,
    )
