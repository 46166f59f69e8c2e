"""What synthetic rows are worth to someone with 2, 5, 10 or 20 labelled articles a class.

    python experiments/bbc-news/few_labels.py configs/bbc-news.yaml attributes

Takes a finished run's fresh generations of one candidate, draws real articles (5 draws of each
size, none of them a dev or test row), trains on either and on both, and scores the 1,000 test
articles, which it opens. No LM is called. Prints the table of README.md.
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

    def score(real: Sequence[Row], made: Sequence[Row], weight: float = 1.0) -> float:
        return mixed(plan.scorer, real, made, weight, test).f1

    small, large = len(sets[0]), len(pooled)
    alone = [score([], rows) for rows in sets]
    print(f"{len(test)} test articles, opened {log.reads} times; {len(sets)} generations")
    print(f"synthetic alone: {small} rows {said(alone)}; {large} rows {score([], pooled):.3f}\n")
    print(f"| real articles a class | alone | + {small} synthetic | + {large:,} synthetic |")
    print("|---|---|---|---|")
    for size in SIZES:
        draws = pool.draws(size)
        with_small = [score(real, sets[n % len(sets)]) for n, real in enumerate(draws)]
        cells = [
            said([score(real, []) for real in draws]),
            said(with_small),
            said([score(real, pooled) for real in draws]),
        ]
        print(f"| {size} | {' | '.join(cells)} |")


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
