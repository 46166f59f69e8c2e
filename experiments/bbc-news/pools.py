"""Are the rows of all proposals worth more than fresh rows of the winner? With repetitions.

    python experiments/bbc-news/pools.py

A search is run once, so its pool is a single draw. The finals give as many as there are
generations: generation r of every finalist that the search proposed, without near-duplicates, is
one pool; 40 rows a class of it, spread evenly over the finalists, are one of equal size. Both are
compared with generation r of the winner, on test, which is opened; intervals cover rows and
generations. Needs a run of configs/bbc-news-search.yaml with finals.replicates=5 and
finals.shortlist=3 in the store. No LM is called. Prints lines of README.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, zip_longest
from pathlib import Path

import numpy as np
from equal_tokens import children, frame, made, newest

from synthlab.config.load import load
from synthlab.features.near import NearIndex
from synthlab.records import Row
from synthlab.scoring.baselines import first_rows
from synthlab.statistics.many import holm
from synthlab.statistics.paired import contrast, level
from synthlab.tasks.seal import finals
from synthlab.tracking.names import NAME
from synthlab.tracking.scores import log_score
from synthlab.workflow.compile import compile_plan
from synthlab.workflow.lab import open_store

CONFIG = "configs/bbc-news-search.yaml"


def main() -> None:
    plan = compile_plan(load(Path(CONFIG), []))
    store, field = open_store(), plan.splits.field
    run = newest(store, plan.config.name)
    sets: dict[str, list[list[Row]]] = {}
    for child in children(store, run, "final"):
        table = frame(store, child.info.run_id, "kept")
        parts = [made(part, field) for _, part in table.groupby("generation")]
        sets[child.data.tags[NAME]] = parts
    direct, winner = sets.pop("direct"), sets[run.data.tags["synthlab.winner"]]
    pools = [apart(parts, field) for parts in zip(*sets.values(), strict=True)]
    same = [first_rows(pool, plan.config.budget.rows_per_class) for pool in pools]
    log = log_score(store, ["pools"], plan.splits.test.digest)
    with finals():
        test = plan.splits.test.open("pools")
    print(f"{', '.join(sets)}; {len(test)} test articles, opened {log.reads} times")
    named = {"winner": winner, "direct": direct, "pool, same size": same, "pool, all": pools}
    called = {}
    for name, rows in named.items():
        scores = [plan.scorer.score(part, test) for part in rows]
        true, classes = scores[0].true, len(scores[0].labels)
        called[name] = np.vstack([score.called for score in scores])
        found = level(true, called[name], classes)
        mean = sum(map(len, rows)) / len(rows)
        said = ", ".join(f"{score.f1:.3f}" for score in scores)
        print(f"| {name} | {mean:.0f} | {found.value:.3f} ({found.low:.3f} to {found.high:.3f}) |")
        print(f"    {said}")
    arms = ("pool, same size", "pool, all")
    asked = [contrast((a, "winner"), true, called[a], called["winner"], classes) for a in arms]
    for one in holm(asked):
        ends = f"{one.low:+.3f} to {one.high:+.3f}"
        print(f"| {one.a} - winner | {one.value:+.3f} ({ends}) | {one.p_holm:.3f} |")
    store.client.set_terminated(log.run_id, "FINISHED")


def apart(parts: Sequence[Sequence[Row]], field: str) -> list[Row]:
    """The rows of several sets in turn, without those that nearly equal one before."""
    index, rows = NearIndex(0.8), []
    for row in filter(None, chain.from_iterable(zip_longest(*parts))):
        text = str(row.values[field])
        if index.match(text) is None:
            index.add(str(len(rows)), text)
            rows.append(row)
    return rows


if __name__ == "__main__":
    main()
