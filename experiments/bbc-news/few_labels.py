"""What synthetic rows are worth to someone with 2, 5, 10 or 20 labelled articles a class.

    python experiments/bbc-news/few_labels.py configs/bbc-news.yaml attributes

Takes a finished run's fresh generations of one candidate, draws real articles (5 draws of each
size, none of them a dev or test row), trains on either and on both, and scores the 1,000 test
articles, which it opens. The weight of a synthetic row beside a real one is chosen on dev, for each
size. No LM is called. Prints the table of README.md.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev

import pandas as pd

from synthlab.config.load import load
from synthlab.records import Row
from synthlab.scoring.baselines import RealRows
from synthlab.tasks.seal import finals
from synthlab.tracking.names import KIND, NAME
from synthlab.tracking.scores import log_score
from synthlab.workflow.compile import compile_plan
from synthlab.workflow.exam import mixed
from synthlab.workflow.lab import open_store

SIZES = (2, 5, 10, 20)
DRAWS = 5


def main(config: str, candidate: str) -> None:
    plan = compile_plan(load(Path(config), ["task.split.seed_per_class=null"]))
    sets = generations(plan.config.name, candidate, plan.splits.field)
    pooled = [row for rows in sets for row in rows]
    pool = RealRows(plan.splits.seed, plan.brief.labels, DRAWS, plan.config.seed)
    log = log_score(open_store(), ["few labels"], plan.splits.test.digest)
    with finals():
        test = plan.splits.test.open("few labels")

    def score(
        real: Sequence[Row], made: Sequence[Row], weight: float, rows: Sequence[Row]
    ) -> float:
        return mixed(plan.scorer, real, made, weight, rows).f1

    def both(draws: Sequence[Sequence[Row]], made: Sequence[Sequence[Row]]) -> str:
        pairs = list(zip(draws, made, strict=True))

        def on_dev(weight: float) -> float:
            return fmean(score(real, rows, weight, plan.splits.dev) for real, rows in pairs)

        weight = max(sorted(plan.config.finals.weights, reverse=True), key=on_dev)
        return f"{said([score(*pair, weight, test) for pair in pairs])} at {weight:g}"

    small, large = len(sets[0]), len(pooled)
    alone = [score([], rows, 1, test) for rows in sets]
    print(f"{len(test)} test articles, opened {log.reads} times; {len(sets)} generations")
    together = score([], pooled, 1, test)
    print(f"synthetic alone: {small} rows {said(alone)}; {large} rows {together:.3f}\n")
    print(f"| real articles a class | alone | + {small} synthetic | + {large:,} synthetic |")
    print("|---|---|---|---|")
    for size in SIZES:
        draws = pool.draws(size)
        cells = [
            said([score(real, [], 1, test) for real in draws]),
            both(draws, [sets[n % len(sets)] for n in range(len(draws))]),
            both(draws, [pooled] * len(draws)),
        ]
        print(f"| {size} | {' | '.join(cells)} |")
    log.store.client.set_terminated(log.run_id, "FINISHED")


def generations(experiment: str, candidate: str, field: str) -> list[list[Row]]:
    """The fresh generations of the newest run that has them."""
    store = open_store()
    query = f"tags.`{KIND}` = 'final' and tags.`{NAME}` = '{candidate}'"
    runs = store.client.search_runs([store.experiment(experiment)], query)
    done = [run for run in runs if run.info.status == "FINISHED"]
    if not done:
        sys.exit(f"no finals of '{candidate}' in '{experiment}': run its config first")
    place = store.client.download_artifacts(done[0].info.run_id, "rows/kept.parquet")
    frame = pd.read_parquet(place)
    return [
        [Row(item.id, {field: getattr(item, field)}, item.label) for item in part.itertuples()]
        for _, part in frame.groupby("generation")
    ]


def said(values: Sequence[float]) -> str:
    return f"{fmean(values):.3f} ({stdev(values):.3f})"


if __name__ == "__main__":
    main(*sys.argv[1:3])
