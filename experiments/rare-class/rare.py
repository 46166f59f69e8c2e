"""One class has 5, 10 or 20 real rows, the others 100 each: what helps it most?

    python experiments/rare-class/rare.py configs/bbc-news.yaml

Needs a finished run of that config with five fresh generations (finals.replicates=5). Each class in
turn is the rare one, five draws of real rows each (none of them a dev or test row), so that a
figure is a mean over 25 sets; its interval is over draws, after the mean over classes. All arms
train the run's classifier on the same real rows; synthetic rows are added to the rare class only.
Test rows, which are opened, are weighted so that the rare class is 2% of them. No LM is called.
Prints the tables of README.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse, stats
from sklearn.base import clone
from sklearn.metrics import average_precision_score, precision_recall_fscore_support

from synthlab.config.load import load
from synthlab.records import Row
from synthlab.tasks.seal import finals
from synthlab.tracking.names import KIND, NAME
from synthlab.tracking.scores import log_score
from synthlab.workflow.compile import compile_plan
from synthlab.workflow.lab import open_store
from synthlab.workflow.plan import Plan

RARE, COMMON, DRAWS, SHARE = (5, 10, 20), 100, 5, 0.02
PROMPTS = ("attributes", "few_shot", "direct")
MEASURES = ("recall", "F1", "PR-AUC", "balanced accuracy")
NEIGHBOURS = 5

Fitted = Callable[[Sequence[str]], tuple[np.ndarray, np.ndarray]]
"""Texts -> calls of shape (rows,), and the probability of each class, (rows, classes)."""


def main(config: str) -> None:
    plan = compile_plan(load(Path(config), ["task.split.seed_per_class=null"]))
    made = {name: written(plan, name) for name in PROMPTS}
    log = log_score(open_store(), ["rare class"], plan.splits.test.digest)
    with finals():
        test = plan.splits.test.open("rare class")
    print(f"{len(test)} test articles, opened {log.reads} times")
    for size in RARE:
        table: dict[str, list[list[np.ndarray]]] = {}
        for draw in range(DRAWS):
            for rare in plan.brief.labels:
                real = drawn(plan, rare, size, draw)
                for name, fitted in arms(plan, real, rare, made, draw):
                    found = measured(plan, fitted, test, rare)
                    table.setdefault(name, [[] for _ in range(DRAWS)])[draw].append(found)
        show(size, {name: [np.mean(one, axis=0) for one in by] for name, by in table.items()})
    log.store.client.set_terminated(log.run_id, "FINISHED")


def drawn(plan: Plan, rare: str, size: int, draw: int) -> list[Row]:
    """Real rows: ``size`` of the rare class, ``COMMON`` of each other."""
    rng = np.random.default_rng([plan.config.seed, draw])
    rows = []
    for label in plan.brief.labels:
        own = [row for row in plan.splits.seed if row.label == label]
        order = rng.permutation(len(own))
        rows += [own[at] for at in order[: size if label == rare else COMMON]]
    return rows


def arms(
    plan: Plan, real: Sequence[Row], rare: str, made: Mapping[str, Sequence[Row]], draw: int
) -> Iterator[tuple[str, Fitted]]:
    """Every way to train, by name."""
    few = [row for row in real if row.label == rare]
    rng = np.random.default_rng([plan.config.seed, draw, 1])
    yield "nothing", fit(plan, real)
    weights = balanced(real)
    yield "class weights", fit(plan, real, weights)
    again = [few[at] for at in rng.integers(len(few), size=COMMON - len(few))]
    yield "random oversampling", fit(plan, [*real, *again])
    yield "SMOTE", smote(plan, real, rare, rng)
    for name, rows in made.items():
        own = [row for row in rows if row.label == rare]
        yield f"`{name}` to {COMMON}", fit(plan, [*real, *own[: COMMON - len(few)]])
    own = [row for row in made[PROMPTS[0]] if row.label == rare]
    topped = [*real, *own]
    half = [1.0] * len(real) + [0.5] * len(own)
    yield f"`{PROMPTS[0]}`, all {len(own)} at weight 0.5", fit(plan, topped, half)
    topped = [*real, *own[: COMMON - len(few)]]
    heavy = [
        w if row.label == rare and at < len(real) else 1.0
        for at, (row, w) in enumerate(zip(topped, balanced(topped, few), strict=True))
    ]
    yield f"`{PROMPTS[0]}` to {COMMON}, real ones at weight 5", fit(plan, topped, heavy)
    ceiling = drawn(plan, rare, COMMON, draw)
    yield f"{COMMON} real rows (the ceiling)", fit(plan, ceiling)


def balanced(rows: Sequence[Row], heavy: Sequence[Row] = ()) -> list[float]:
    """Each class counts the same in all; or rows of ``heavy`` count five times."""
    if heavy:
        ids = {row.id for row in heavy}
        return [5.0 if row.id in ids else 1.0 for row in rows]
    counts = pd.Series([row.label for row in rows]).value_counts()
    return [len(rows) / len(counts) / counts[row.label] for row in rows]


def fit(plan: Plan, rows: Sequence[Row], weights: Sequence[float] | None = None) -> Fitted:
    model = plan.scorer.fit(rows, weights)
    return lambda texts: (np.array(model.predict(texts)), np.asarray(model.predict_proba(texts)))


def smote(plan: Plan, real: Sequence[Row], rare: str, rng: np.random.Generator) -> Fitted:
    """SMOTE (Chawla et al. 2002) between the TF-IDF vectors of the rare rows, k = 5."""
    vectors, last = clone(plan.scorer.model[:-1]), clone(plan.scorer.model[-1])
    x = sparse.csr_matrix(vectors.fit_transform(plan.scorer.texts(real)))
    y = np.array([row.label for row in real])
    own = x[y == rare]
    near = np.argsort(-(own @ own.T).toarray(), axis=1)[:, 1 : NEIGHBOURS + 1]
    new = []
    for _ in range(COMMON - own.shape[0]):
        at = rng.integers(own.shape[0])
        other = rng.choice(near[at])
        new.append(own[at] + rng.random() * (own[other] - own[at]))
    last.fit(sparse.vstack([x, *new]), np.append(y, [rare] * len(new)))

    def called(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        found = vectors.transform(texts)
        return last.predict(found), last.predict_proba(found)

    return called


def measured(plan: Plan, fitted: Fitted, test: Sequence[Row], rare: str) -> np.ndarray:
    """``MEASURES`` of the rare class, at its share of the test rows."""
    true = np.array([row.label for row in test]) == rare
    called, proba = fitted(plan.scorer.texts(test))
    weight = np.where(true, SHARE / true.sum(), (1 - SHARE) / (~true).sum())
    _, _, f1, _ = precision_recall_fscore_support(
        true, called == rare, average="binary", sample_weight=weight, zero_division=0.0
    )
    place = sorted(plan.brief.labels).index(rare)
    area = average_precision_score(true, proba[:, place], sample_weight=weight)
    labels = np.array([row.label for row in test])
    each = [float((called[labels == one] == one).mean()) for one in plan.brief.labels]
    return np.array([(called[true] == rare).mean(), f1, area, fmean(each)])


def show(size: int, table: Mapping[str, Sequence[np.ndarray]]) -> None:
    """Mean and the half width of its 95% interval; then differences to the best without an LM."""
    t = float(stats.t.ppf(0.975, DRAWS - 1)) / DRAWS**0.5
    print(f"\n### {size} real rows of the rare class\n")
    print(f"| the rare class gets | {' | '.join(MEASURES)} |")
    print(f"|---|{'---|' * len(MEASURES)}")
    for name, by in table.items():
        cells = [f"{fmean(one):.3f} ± {t * stdev(one):.3f}" for one in np.array(by).T.tolist()]
        print(f"| {name} | {' | '.join(cells)} |")
    ours = np.array(table[f"`{PROMPTS[0]}` to {COMMON}"])
    for name in ("class weights", "random oversampling", "SMOTE"):
        gaps = (ours - np.array(table[name])).T.tolist()
        cells = [f"{fmean(gap):+.3f} ± {t * stdev(gap):.3f}" for gap in gaps]
        print(f"| `{PROMPTS[0]}` less {name} | {' | '.join(cells)} |")


def written(plan: Plan, candidate: str) -> list[Row]:
    """The rows of all fresh generations of a candidate, of the newest run that has them."""
    store, field = open_store(), plan.splits.field
    query = f"tags.`{KIND}` = 'final' and tags.`{NAME}` = '{candidate}'"
    runs: Any = store.client.search_runs([store.experiment(plan.config.name)], query)
    place = store.client.download_artifacts(runs[0].info.run_id, "rows/kept.parquet")
    table = pd.read_parquet(place)
    return [
        Row(f"{n}", {field: text}, label)
        for n, (text, label) in enumerate(zip(table[field], table["label"], strict=True))
    ]


if __name__ == "__main__":
    main(sys.argv[1])
