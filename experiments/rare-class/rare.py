"""One class has 5, 10 or 20 real rows, the others 100 each: what helps it most?

    python experiments/rare-class/rare.py configs/bbc-news.yaml

Needs a finished run of that config with five fresh generations (finals.replicates=5), whose rows it
reads: no LM is called. Each class in turn is the rare one, ten draws of real rows each (none of
them a dev or test row), so that a figure is a mean over 50 sets; its interval is over draws, after
the mean over classes. All arms of a set have the same real rows. Real articles are cut to the
length of the synthetic ones. Test rows, which are opened, are weighted so that the rare class is 2%
of them. Prints the tables of README.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, precision_recall_fscore_support
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from synthlab.config.load import load
from synthlab.features.embeddings import Embeddings
from synthlab.records import Row
from synthlab.scoring.models import build
from synthlab.scoring.remedies import REMEDIES
from synthlab.scoring.score import Scorer
from synthlab.tasks.seal import finals
from synthlab.tracking.names import KIND, NAME
from synthlab.tracking.scores import log_score
from synthlab.workflow.compile import compile_plan
from synthlab.workflow.lab import open_store
from synthlab.workflow.plan import Plan

RARE, COMMON, DRAWS, SHARE, WORDS = (5, 10, 20), 100, 10, 0.02, 57
PROMPTS = ("attributes", "few_shot", "direct")
MEASURES = ("recall", "F1", "PR-AUC", "balanced accuracy")
OURS = f"`attributes` to {COMMON}"
WITHOUT = ("nothing", *(item.name for item in REMEDIES))
FIT = {item.name: item.fit for item in REMEDIES}

Table = dict[str, list[list[np.ndarray]]]
"""By arm, by draw, by rare class: ``MEASURES``."""


def main(config: str) -> None:
    plan = compile_plan(load(Path(config), ["task.split.seed_per_class=null"]))
    made = {name: written(plan, name) for name in PROMPTS}
    log = log_score(open_store(), ["rare class"], plan.splits.test.digest)
    with finals():
        test = cut(plan, plan.splits.test.open("rare class"))
    print(f"{len(test)} test articles, opened {log.reads} times")
    pool = cut(plan, plan.splits.seed)
    every = [*pool, *test, *(row for sets in made.values() for rows in sets for row in rows)]
    scorers = {"": plan.scorer, " on MiniLM vectors": minilm(plan, every)}
    for size in RARE:
        table: Table = {}
        for draw in range(DRAWS):
            for rare in plan.brief.labels:
                real = drawn(plan, pool, rare, size, draw)
                ceiling = drawn(plan, pool, rare, COMMON, draw)
                for name, scorer, model in arms(scorers, real, ceiling, rare, made, draw):
                    found = measured(scorer, model, test, rare)
                    table.setdefault(name, [[] for _ in range(DRAWS)])[draw].append(found)
        show(size, {name: [np.mean(one, axis=0) for one in by] for name, by in table.items()})
    log.store.client.set_terminated(log.run_id, "FINISHED")


def cut(plan: Plan, rows: Sequence[Row]) -> list[Row]:
    """As long as a synthetic row."""
    field = plan.splits.field
    short = (" ".join(str(row.values[field]).split()[:WORDS]) for row in rows)
    return [replace(row, values={field: text}) for row, text in zip(rows, short, strict=True)]


def minilm(plan: Plan, rows: Sequence[Row]) -> Scorer:
    """Logistic regression on MiniLM vectors, which are made once."""
    texts = list(dict.fromkeys(plan.scorer.texts(rows)))
    vectors = dict(zip(texts, Embeddings().transform(texts), strict=True))
    looked_up = FunctionTransformer(lambda own: np.array([vectors[text] for text in own]))
    model = make_pipeline(looked_up, LogisticRegression(C=10.0, max_iter=1000))
    return Scorer(model, plan.splits.field, plan.brief.labels)


def drawn(plan: Plan, pool: Sequence[Row], rare: str, size: int, draw: int) -> list[Row]:
    """Real rows: ``size`` of the rare class, ``COMMON`` of each other."""
    rng = np.random.default_rng([plan.config.seed, draw])
    rows = []
    for label in plan.brief.labels:
        own = [row for row in pool if row.label == label]
        order = rng.permutation(len(own))
        rows += [own[at] for at in order[: size if label == rare else COMMON]]
    return rows


def arms(
    scorers: Mapping[str, Scorer],
    real: Sequence[Row],
    ceiling: Sequence[Row],
    rare: str,
    made: Mapping[str, Sequence[Sequence[Row]]],
    draw: int,
) -> Iterator[tuple[str, Scorer, Any]]:
    """Every way to train: its name, and the fitted model."""
    words, vectors = scorers.values()
    lacking = COMMON - sum(row.label == rare for row in real)
    lsa = Scorer(build("lsa-logreg", {}), words.field, words.labels)

    def top(name: str, count: int) -> list[Row]:
        return [*real, *own_rows(made[name], rare, draw)[:count]]

    yield "nothing", words, words.fit(real)
    for name, fit in FIT.items():
        yield name, words, fit(words, real, {rare: lacking}, draw)
    for name in PROMPTS:
        yield f"`{name}` to {COMMON}", words, words.fit(top(name, lacking))
    yield "`attributes`, one generation of 40", words, words.fit(top("attributes", 40))
    yield "`attributes`, all 200", words, words.fit(top("attributes", 200))
    yield f"{OURS}, LSA vectors", lsa, lsa.fit(top("attributes", lacking))
    yield f"{COMMON} real rows (the ceiling)", words, words.fit(ceiling)
    yield "MiniLM: nothing", vectors, vectors.fit(real)
    for name in ("class weights", "threshold moving", "SMOTE"):
        yield f"MiniLM: {name}", vectors, FIT[name](vectors, real, {rare: lacking}, draw)
    yield f"MiniLM: {OURS}", vectors, vectors.fit(top("attributes", lacking))
    yield "MiniLM: the ceiling", vectors, vectors.fit(ceiling)


def own_rows(sets: Sequence[Sequence[Row]], rare: str, draw: int) -> list[Row]:
    """Rows of the class, those of the draw's own generation first."""
    turned = [sets[(draw + n) % len(sets)] for n in range(len(sets))]
    return [row for rows in turned for row in rows if row.label == rare]


def measured(scorer: Scorer, model: Any, test: Sequence[Row], rare: str) -> np.ndarray:
    """``MEASURES`` of the rare class, at its share of the test rows."""
    labels = np.array([row.label for row in test])
    proba = scorer.proba(model, test)
    called = np.array(model.predict(scorer.texts(test)))
    true = labels == rare
    weight = np.where(true, SHARE / true.sum(), (1 - SHARE) / (~true).sum())
    _, recall, f1, _ = precision_recall_fscore_support(
        true, called == rare, average="binary", sample_weight=weight, zero_division=0.0
    )
    sure = proba[:, scorer.labels.index(rare)]
    area = average_precision_score(true, sure, sample_weight=weight)
    each = [float((called[labels == one] == one).mean()) for one in scorer.labels]
    return np.array([recall, f1, area, fmean(each)])


def show(size: int, table: Mapping[str, Sequence[np.ndarray]]) -> None:
    """Means and half widths of their 95% intervals; then differences, paired by draw."""
    print(f"\n### {size} real rows of the rare class\n")
    print(f"| the rare class gets | {' | '.join(MEASURES)} |")
    print(f"|---|{'---|' * len(MEASURES)}")
    for name, by in table.items():
        print(f"| {name} | {cells(by, '.3f')} |")
    for name in WITHOUT:
        print(f"| {OURS} less {name} | {gaps(table, OURS, name)} |")
    for name in ("nothing", "class weights", "threshold moving", "SMOTE"):
        print(
            f"| MiniLM: {OURS} less {name} | {gaps(table, f'MiniLM: {OURS}', f'MiniLM: {name}')} |"
        )
    print(f"| {OURS} less MiniLM: nothing | {gaps(table, OURS, 'MiniLM: nothing')} |")


def gaps(table: Mapping[str, Sequence[np.ndarray]], a: str, b: str) -> str:
    return cells(np.array(table[a]) - np.array(table[b]), "+.3f")


def cells(by: Any, form: str) -> str:
    t = float(stats.t.ppf(0.975, DRAWS - 1)) / DRAWS**0.5
    return " | ".join(
        f"{fmean(one):{form}} ± {t * stdev(one):.3f}" for one in np.array(by).T.tolist()
    )


def written(plan: Plan, candidate: str) -> list[list[Row]]:
    """The rows of each fresh generation of a candidate, of the newest run that has them."""
    store, field = open_store(), plan.splits.field
    query = f"tags.`{KIND}` = 'final' and tags.`{NAME}` = '{candidate}'"
    runs: Any = store.client.search_runs([store.experiment(plan.config.name)], query)
    place = store.client.download_artifacts(runs[0].info.run_id, "rows/kept.parquet")
    table = pd.read_parquet(place)
    return [
        [
            Row(f"{number}-{n}", {field: text}, label)
            for n, (text, label) in enumerate(zip(own[field], own["label"], strict=True))
        ]
        for number, own in table.groupby("generation")
    ]


if __name__ == "__main__":
    main(sys.argv[1])
