"""Does a top-up lose to threshold moving because its rows are shorter than the real ones?

    python experiments/rare-class/lengths.py configs/bbc-news-rare.yaml

Needs a finished run of that config with fresh generations, whose rows it reads: no LM is called.
The arms of the run are scored on its test rows, which are opened, twice: with whole real articles,
and with real articles, train and test, cut to the length of the synthetic ones. Prints the table
of README.md.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import numpy as np
from rare import COMMON, FIT, cut, written

from synthlab.config.load import load
from synthlab.outcomes import Score
from synthlab.records import Row
from synthlab.scoring.score import Scorer
from synthlab.scoring.topup import TopUp
from synthlab.tasks.seal import finals
from synthlab.tracking.scores import log_score
from synthlab.workflow.compile import compile_plan
from synthlab.workflow.lab import open_store

DRAWS = 10


def main(config: str) -> None:
    plan = compile_plan(load(Path(config)))
    made = {name: written(plan, name) for name in ("attributes", "direct")}
    log = log_score(open_store(), ["rare class, lengths"], plan.splits.test.digest)
    with finals():
        test = plan.splits.test.open("rare class, lengths")
    sizes = {
        "whole": (list(plan.splits.seed), list(test)),
        "cut": (cut(plan, plan.splits.seed), cut(plan, test)),
    }
    for how, (real, judged) in sizes.items():
        print(
            f"\n| real articles {how}: trained on | macro-F1 | recall | PR-AUC |\n|---|---|---|---|"
        )
        scorer = plan.scorer
        show("real alone", [scorer.score(real, judged)])
        for name in ("class weights", "threshold moving", "SMOTE"):
            model = FIT[name](scorer, real, plan.data.quota, 0)
            show(name, [scorer.judge(model, judged, len(real))])
        show("undersampling", undersampled(scorer, real, judged))
        for name, sets in made.items():
            student = TopUp(scorer, real)
            show(f"`{name}` to {COMMON}", [student.score(rows, judged) for rows in sets])
    log.store.client.set_terminated(log.run_id, "FINISHED")


def undersampled(scorer: Scorer, real: Sequence[Row], test: Sequence[Row]) -> list[Score]:
    """As many rows of each class as the rarest one has, drawn ten times."""
    by = {label: [row for row in real if row.label == label] for label in scorer.labels}
    fewest = min(len(rows) for rows in by.values())
    found = []
    for draw in range(DRAWS):
        rng = np.random.default_rng(draw)
        rows = [own[at] for own in by.values() for at in rng.permutation(len(own))[:fewest]]
        found.append(scorer.score(rows, test))
    return found


def show(name: str, scores: Sequence[Score]) -> None:
    keys = ("rare_recall", "rare_pr_auc")
    values = [fmean(one.f1 for one in scores)]
    values += [fmean(float(one.uneven[key] or 0) for one in scores) for key in keys]
    print(f"| {name} | {' | '.join(f'{value:.3f}' for value in values)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
