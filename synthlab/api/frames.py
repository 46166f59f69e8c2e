"""Plain objects that were logged -> DataFrames with the same columns whatever is in them.

Scores are macro-F1 in 0..1, costs USD; what is not known is NaN or None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

BOARD = (
    "candidate",
    "f1",
    "f1_with_real",
    "accuracy",
    "bal_acc",
    "pr_auc",
    "rare_recall",
    "rare_pr_auc",
    "rows",
    "dropped",
    "cost_usd",
    "tokens",
    "seconds",
    "generator",
    "lm",
    "parent",
    "why",
    "out",
    "run_id",
)
FINALS = (
    "candidate",
    "f1",
    "low",
    "high",
    "generations",
    "rows",
    "search_f1",
    "shrunken_f1",
    "usd_per_1000",
    "tokens_per_row",
    "run_id",
)
TEST = ("trained_on", "f1", "low", "high", "rows", "real", "weight")
CONTRASTS = ("a", "b", "difference", "low", "high", "p", "better", "equal", "worse", "resolves")
UNEVEN = ("bal_acc", "pr_auc", "rare_recall", "rare_pr_auc")
BASELINES = ("trained_on", "f1", "sd", "rows", "draws", *UNEVEN)
CURVES = ("trained_on", "per_class", "rows", "f1", "sd", "draws")
CLASSES = ("candidate", "label", "f1", "precision", "recall", "pr_auc", "support", "rows")
FINDINGS = ("candidate", "place", "finding")
PANEL = ("candidate", "name", "value", "reference", "unit", "verdict", "said", "part")
CALLS = ("model", "purpose", "calls", "failed", "input_tokens", "output_tokens", "cost_usd")


def leaderboard(board: Mapping[str, Any]) -> pd.DataFrame:
    """Candidates, best first, as ``Run.leaderboard`` says."""
    names = {"candidate": "name", "f1_with_real": "f1_aug"}
    return _frame(
        ([item.get(names.get(key, key)) for key in BOARD] for item in board["candidates"]), BOARD
    )


def finals(board: Mapping[str, Any]) -> pd.DataFrame:
    """Fresh generations of the finalists on dev."""
    found = (board.get("finals") or {}).get("finalists", ())
    return _frame(
        (
            [
                item["name"],
                *(item["dev"][key] for key in ("value", "low", "high", "generations")),
                *(item[key] for key in ("rows", "search", "shrunken", "usd_per_1000")),
                item["tokens_per_row"],
                item["run_id"],
            ]
            for item in found
        ),
        FINALS,
    )


def test(board: Mapping[str, Any]) -> pd.DataFrame:
    """What each kind of training set reaches on the sealed test rows."""
    found = board.get("finals") or {}
    arms = [*found.get("arms", ()), *(found.get("pool") or {}).get("arms", ())]
    return _frame(
        (
            [
                item["name"],
                *(item["estimate"][key] for key in ("value", "low", "high")),
                *(item[key] for key in ("rows", "real", "weight")),
            ]
            for item in arms
        ),
        TEST,
    )


def contrasts(items: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Differences, with p after Holm's correction."""
    names = {"difference": "value", "p": "p_holm"}
    return _frame(([item[names.get(key, key)] for key in CONTRASTS] for item in items), CONTRASTS)


def baselines(board: Mapping[str, Any]) -> pd.DataFrame:
    """The same model without synthetic rows."""
    names = {"trained_on": "name"}
    found = board["baselines"]
    return _frame(
        ([item.get(names.get(key, key)) for key in BASELINES] for item in found), BASELINES
    )


def curves(board: Mapping[str, Any]) -> pd.DataFrame:
    """Learning curves on test, a line for each point."""
    found = (board.get("finals") or {}).get("curves", {})
    return _frame(
        (
            [kind, *(point[key] for key in CURVES[1:])]
            for kind, points in found.items()
            for point in points
        ),
        CURVES,
    )


def per_class(board: Mapping[str, Any]) -> pd.DataFrame:
    """Each candidate's classes on dev."""
    return _frame(
        (
            [item["name"], label, *(found.get(key) for key in CLASSES[2:])]
            for item in board["candidates"]
            for label, found in item["per_class"].items()
        ),
        CLASSES,
    )


def findings(board: Mapping[str, Any]) -> pd.DataFrame:
    """What would make each candidate's rows better, the most useful first."""
    return _frame(
        (
            [item["name"], place, said]
            for item in board["candidates"]
            for place, said in enumerate(item.get("feedback", ()), 1)
        ),
        FINDINGS,
    )


def panel(board: Mapping[str, Any]) -> pd.DataFrame:
    """The measures of each candidate's rows beside its score; empty where none were taken."""
    return _frame(
        (
            [item["name"], *(measure.get(key) for key in PANEL[1:])]
            for item in board["candidates"]
            for measure in (item.get("panel") or {}).get("measures", ())
        ),
        PANEL,
    )


def calls(sums: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """LM calls by model and purpose."""
    return _frame(([item[key] for key in CALLS] for item in sums), CALLS)


def runs(items: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Runs of a store."""
    names = ("name", "run_id", "experiment", "started", "status", "winner", "f1", "cost_usd")
    columns = (*names, "candidates")
    found = _frame(([item[key] for key in columns] for item in items), columns)
    found["started"] = pd.to_datetime(found["started"], unit="s", utc=True)
    return found


def _frame(lines: Iterable[Sequence[Any]], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(list(lines), columns=list(columns))
