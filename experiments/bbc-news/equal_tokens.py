"""What the same number of tokens buys: one prompt's rows, or a search and all of its rows.

    python experiments/bbc-news/equal_tokens.py

Needs finished runs of configs/bbc-news.yaml (with finals.replicates=5) and of
configs/bbc-news-search.yaml in the store. Takes the tokens of the search's candidates, and of each
prompt of the other run as many of its generations' rows, kept and dropped, as that many tokens
paid for; trains on what was kept, and on the pool of the search; and scores the test rows, which it
opens. No LM is called. Prints the table of README.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthlab.config.load import load
from synthlab.records import Row
from synthlab.statistics.paired import level
from synthlab.tasks.seal import finals
from synthlab.tracking.names import KIND, NAME, PARENT
from synthlab.tracking.scores import log_score
from synthlab.tracking.store import Store
from synthlab.workflow.compile import compile_plan
from synthlab.workflow.lab import open_store
from synthlab.workflow.plan import Plan

PROMPTS = ("direct", "attributes", "few_shot")


def main() -> None:
    plan = compile_plan(load(Path("configs/bbc-news.yaml"), []))
    store = open_store()
    log = log_score(store, ["equal tokens"], plan.splits.test.digest)
    with finals():
        test = plan.splits.test.open("equal tokens")
    search = newest(store, "bbc-news-search")
    tokens = sum(spent(run) for run in children(store, search, "candidate"))
    pool = frame(store, search.info.run_id, "pool")
    print(f"{tokens:,.0f} tokens each, {len(test)} test articles, opened {log.reads} times\n")
    print("| rows of | rows | macro-F1 on test (95%) |")
    print("|---|---|---|")
    for name in PROMPTS:
        rows = list(bought(store, newest(store, "bbc-news"), name, tokens, plan.splits.field))
        print(f"| `{name}` | {len(rows):,} | {said(plan, rows, None, test)} |")
    rows, weights = made(pool, plan.splits.field), ordered(pool)["weight"].tolist()
    print(f"| the search | {len(rows):,} | {said(plan, rows, weights, test)} |")
    store.client.set_terminated(log.run_id, "FINISHED")


def newest(store: Store, experiment: str) -> Any:
    """The newest finished run of an experiment."""
    found = store.client.search_runs([store.experiment(experiment)], f"tags.`{KIND}` = 'run'")
    return next(run for run in found if run.info.status == "FINISHED")


def children(store: Store, run: Any, kind: str, name: str = "") -> list[Any]:
    """Child runs of a kind, of one candidate if it is named."""
    query = f"tags.`{PARENT}` = '{run.info.run_id}' and tags.`{KIND}` = '{kind}'"
    query += f" and tags.`{NAME}` = '{name}'" if name else ""
    return list(store.client.search_runs([run.info.experiment_id], query))


def spent(run: Any) -> float:
    """Tokens of a child run."""
    return float(run.data.metrics["tokens_in"] + run.data.metrics["tokens_out"])


def frame(store: Store, run_id: str, name: str) -> pd.DataFrame:
    """A table of rows that a run logged."""
    return pd.read_parquet(store.client.download_artifacts(run_id, f"rows/{name}.parquet"))


def bought(store: Store, run: Any, name: str, tokens: float, field: str) -> Iterator[Row]:
    """Kept rows of a prompt in the order of its generations, as far as the tokens reach."""
    for kind in ("candidate", "final"):
        for child in children(store, run, kind, name):
            kept, dropped = (frame(store, child.info.run_id, part) for part in ("kept", "dropped"))
            # Dropped rows were paid along the way: each kept row carries its share of them.
            each = (kept["tokens"].sum() + dropped["tokens"].sum()) / len(kept)
            turns = kept["generation"] if "generation" in kept else pd.Series("1", kept.index)
            for _, part in kept.groupby(turns):
                for row in made(part, field):
                    tokens -= each
                    if tokens < 0:
                        return
                    yield row


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """A table's rows, one of each class in turn, so that what is cut off is no class."""
    return table.assign(place=table.groupby("label").cumcount()).sort_values(["place", "label"])


def made(table: pd.DataFrame, field: str) -> list[Row]:
    """The rows of a table, ``ordered``."""
    found = ordered(table).itertuples()
    return [Row(str(item.id), {field: getattr(item, field)}, item.label) for item in found]


def said(
    plan: Plan, rows: Sequence[Row], weights: Sequence[float] | None, test: Sequence[Row]
) -> str:
    score = plan.scorer.score(rows, test, weights)
    found = level(score.true, np.vstack([score.called]), len(score.labels))
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


if __name__ == "__main__":
    main()
