"""What doubtful labels cost, and what each way to treat them brings, on rows that are there.

    python experiments/quality/relabelling.py FOLDER [--floor 0.1]

FOLDER is a run of ``configs/bbc-news.yaml`` with five fresh generations, as ``synthlab`` kept it
(the folder ``mlruns``). No LM is asked. For each prompt, a classifier is trained on the 200 rows of
each generation as they are, and after a curation step; both are judged on the same real dev rows,
which the step has not seen. The step learns either from the 25 seed rows (judged on all 400 dev
rows), or from one half of dev (judged on the other half, the mean of both ways round).

Differences are paired by generation; intervals are Student's t over the five.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from scipy import stats

from synthlab.config.load import load
from synthlab.curation.base import Known, Step
from synthlab.curation.confirm import Confirm, Downweight, Relabel
from synthlab.curation.curator import Curator
from synthlab.records import Row
from synthlab.statistics.halves import halves
from synthlab.workflow.compile import Bench, compile_data

Rows = Sequence[Row]


def main() -> None:
    parser = argparse.ArgumentParser(description="Down-weight, drop or relabel rows of a run.")
    parser.add_argument("folder", type=Path, help="mlruns of a run of configs/bbc-news.yaml")
    parser.add_argument("--floor", type=float, default=Downweight.Params().floor)
    asked = parser.parse_args()
    bench = compile_data(load(Path("configs/bbc-news.yaml"), ()))
    finals = dict(sorted(_finals(asked.folder)))
    for title, pairs in _teachers(bench).items():
        print(f"the step learns from {title}")
        for name, sets in finals.items():
            _told(name, {way: _scores(bench, sets, pairs, way, asked.floor) for way in WAYS})


WAYS = ("as they are", "downweight", "confirm, no refill", "relabel, no refill")


def _step(way: str, known: Known, floor: float) -> Step | None:
    if way == "downweight":
        return Downweight(Downweight.Params(floor=floor), known)
    if way.startswith("confirm"):
        return Confirm(Confirm.Params(), known)
    return Relabel(Relabel.Params(), known) if way.startswith("relabel") else None


def _scores(
    bench: Bench, sets: Sequence[Rows], pairs: Sequence[tuple[Rows, Rows]], way: str, floor: float
) -> list[float]:
    """Macro-F1 of each generation, the mean over pairs of rows to learn from and to judge."""
    found: list[list[float]] = []
    for learn, judge in pairs:
        known = Known((), tuple((_text(row), row.label) for row in learn), bench.splits.labels)
        step = _step(way, known, floor)
        curated = [Curator([step] if step else [], "text").sift(rows).kept for rows in sets]
        found.append([bench.scorer.score(rows, judge).f1 for rows in curated])
    return [float(value) for value in np.mean(found, axis=0)]


def _teachers(bench: Bench) -> dict[str, list[tuple[Rows, Rows]]]:
    dev = list(bench.splits.dev)
    places = {label: place for place, label in enumerate(bench.splits.labels)}
    first, _ = halves(np.array([places[row.label] for row in dev]), 0)
    own = set(first.tolist())
    one = [row for place, row in enumerate(dev) if place in own]
    other = [row for place, row in enumerate(dev) if place not in own]
    return {
        "25 seed rows": [(bench.splits.seed, dev)],
        "200 dev rows": [(one, other), (other, one)],
    }


def _finals(folder: Path) -> Iterator[tuple[str, list[Rows]]]:
    """Prompt -> its fresh generations: the row files that have such a column."""
    for path in sorted(folder.glob("artifacts/**/rows/kept.parquet")):
        table = pq.read_table(path)
        if "generation" not in table.column_names:
            continue
        records = table.to_pylist()
        numbers = sorted({record["generation"] for record in records})
        sets = [[r for r in records if r["generation"] == number] for number in numbers]
        rows = [[Row(r["id"], {"text": r["text"]}, r["label"]) for r in own] for own in sets]
        drawn = records[0]["attributes"] not in (None, "", "{}")
        shown = records[0]["shown"] not in (None, "", "[]")
        yield "attributes" if drawn else "few_shot" if shown else "direct", rows


def _told(name: str, scores: dict[str, list[float]]) -> None:
    base = np.array(scores["as they are"])
    print(f"  {name}: macro-F1 {base.mean():.3f} as they are")
    for way in WAYS[1:]:
        gap = np.array(scores[way]) - base
        half = stats.t.ppf(0.975, len(gap) - 1) * gap.std(ddof=1) / np.sqrt(len(gap))
        low, high = gap.mean() - half, gap.mean() + half
        print(f"    {way:20} {gap.mean():+.3f}  95% {low:+.3f} to {high:+.3f}")


def _text(row: Row) -> str:
    return str(row.values["text"])


if __name__ == "__main__":
    main()
