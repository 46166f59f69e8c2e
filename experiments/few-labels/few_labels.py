"""What a whole search is worth beside the few labelled rows that it may use.

    C=experiments/few-labels/bbc-news-5.yaml
    python experiments/few-labels/few_labels.py $C
    python experiments/few-labels/few_labels.py $C bbc-news attributes

Takes the newest finished run of the config, trains on the real rows that it was allowed to use
(seed and dev together), on all rows that it ever wrote, and on both, and scores the test rows,
which it opens. With the name of another experiment and of a candidate, that candidate's rows take
the place of the search's. The weight of a synthetic row is chosen by cross-validation over the
real rows alone. No LM is called. Prints lines of README.md.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from synthlab.config.load import load
from synthlab.records import Row
from synthlab.statistics.paired import level
from synthlab.tasks.seal import finals
from synthlab.tracking.names import KIND, NAME, PARENT
from synthlab.tracking.scores import log_score
from synthlab.workflow.compile import compile_plan
from synthlab.workflow.exam import mixed
from synthlab.workflow.lab import open_store
from synthlab.workflow.plan import Plan
from synthlab.workflow.realrows import allowed

WEIGHTS = (1.0, 0.5, 0.25, 0.1, 0.05)


def main(config: str, experiment: str = "", candidate: str = "") -> None:
    plan = compile_plan(load(Path(config), []))
    real, made = allowed(plan), written(plan, experiment or plan.config.name, candidate)
    log = log_score(open_store(), ["few labels"], plan.splits.test.digest)
    with finals():
        test = plan.splits.test.open("few labels")
    weight = max(sorted(WEIGHTS), key=lambda w: crossed(plan, real, made, w))
    print(
        f"{len(real)} real rows, {len(made)} synthetic ones of {config}, test opened {log.reads}x"
    )
    for name, own, rows in (("real alone", real, []), ("synthetic alone", [], made)):
        print(f"| {name} | {said(plan, own, rows, 1.0, test)} |")
    print(f"| both, synthetic at {weight:g} | {said(plan, real, made, weight, test)} |")
    log.store.client.set_terminated(log.run_id, "FINISHED")


def written(plan: Plan, experiment: str, candidate: str) -> list[Row]:
    """All kept rows of the newest finished run, of its search and of its finals.

    Only those of ``candidate`` where one is named.
    """
    store, field = open_store(), plan.splits.field
    where = [store.experiment(experiment)]
    runs = store.client.search_runs(where, f"tags.`{KIND}` = 'run'")
    newest = next(run for run in runs if run.info.status == "FINISHED").info.run_id
    only = f" and tags.`{NAME}` = '{candidate}'" if candidate else ""
    children = store.client.search_runs(where, f"tags.`{PARENT}` = '{newest}'{only}")
    texts: dict[str, Row] = {}
    for child in children:
        place = store.client.download_artifacts(child.info.run_id, "rows/kept.parquet")
        for item in pd.read_parquet(place).itertuples():
            text = getattr(item, field)
            texts.setdefault(
                text, Row(f"{child.info.run_id}-{item.Index}", {field: text}, item.label)
            )
    return list(texts.values())


def crossed(plan: Plan, real: Sequence[Row], made: Sequence[Row], weight: float) -> float:
    """Macro-F1 over the real rows, each called by a model that did not see it."""
    labels = [row.label for row in real]
    least = min(Counter(labels).values())
    folds = StratifiedKFold(max(2, min(5, least)), shuffle=True, random_state=0)
    found = []
    for train, test in folds.split(real, labels):
        own, other = [real[at] for at in train], [real[at] for at in test]
        score = mixed(plan.scorer, own, made, weight, other)
        found.append(score.accuracy)  # a fold of five rows has no F1 to speak of
    return fmean(found)


def said(
    plan: Plan, real: Sequence[Row], made: Sequence[Row], weight: float, test: Sequence[Row]
) -> str:
    score = mixed(plan.scorer, real, made, weight, test)
    found = level(score.true, np.vstack([score.called]), len(score.labels))
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


if __name__ == "__main__":
    main(*sys.argv[1:4])
