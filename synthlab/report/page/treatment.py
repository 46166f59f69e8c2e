"""The audit page's tables of models: parity, odds and scores by group, and the swap test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthlab.report.page.delivered import own
from synthlab.report.page.numbers import DASH
from synthlab.report.page.panel import WORDS

ARMS = {
    "real alone": "real rows that may be trained on",
    "direct prompt": "rows of the direct prompt",
    "synthetic alone": "rows of the winner",
    "both": "real rows and the winner's",
}

Data = Mapping[str, Any]


def dev(candidate: Data, name: str) -> list[dict[str, Any]]:
    """A candidate's model on dev, and under it that of as many real rows."""
    parity, odds = candidate["measures"].get("parity_gap"), candidate["measures"].get("odds_gap")
    mine, groups = own(candidate, "parity_gap", name), own(candidate, "group_gap", name)
    if not mine or parity is None:
        return []
    lines = [
        {
            "title": candidate["name"],
            "kind": "syn",
            "parity": ranged(parity),
            "odds": ranged(odds) if odds else DASH,
            "groups": _scores(groups["groups"]),
        }
    ]
    if candidate["winner"]:
        real = own(candidate, "odds_gap", name).get("real", {}) if odds else {}
        lines.append(
            {
                "title": "as many real seed rows a class, as far as there are",
                "kind": "real",
                "parity": number(max(mine["real"].values())) if mine["real"] else DASH,
                "odds": number(max(real.values())) if real else DASH,
                "groups": _scores(groups["real"]),
            }
        )
        lines.append(
            {
                "title": "a model without errors",
                "kind": "real",
                "parity": number(mine["perfect"]) if mine["perfect"] is not None else DASH,
                "odds": "0",
                "groups": [],
            }
        )
    return lines


def test(arms: Data) -> list[dict[str, Any]]:
    """The arms of the finals on the sealed rows."""
    return [
        {
            "title": ARMS.get(arm, arm),
            "kind": "real" if arm == "real alone" else "syn",
            "parity": ranged(one["parity"]),
            "odds": ranged(one["odds"]) if one["odds"] else DASH,
            "groups": _scores(one["groups"]),
            "generations": one["generations"],
        }
        for arm, one in arms.items()
    ]


def _scores(groups: Data) -> list[str]:
    said = []
    for name, one in groups.items():
        line = f"{name} ({one['n']:,}): {_three(one['accuracy'])}"
        said.append(line + (f"; F1 {_three(one['f1'])}" if "f1" in one else ""))
    return said


def swap(candidate: Data, name: str) -> dict[str, Any]:
    """How many calls hang on the words for a group."""
    mine, item = own(candidate, "swap_flips", name), candidate["measures"]["swap_flips"]
    return {
        "title": candidate["name"],
        "value": f"{mine['value']:.1%}",
        "rows": f"{mine['flips']:,} of {mine['rows']:,}",
        "reference": DASH if item["reference"] is None else f"{item['reference']:.1%}",
        "verdict": WORDS[item["verdict"]],
        "badge": item["verdict"] or "none",
    }


def ranged(item: Data) -> str:
    """A figure with its interval, where it has one."""
    if item["low"] is None:
        return number(item["value"])
    return f"{number(item['value'])} ({number(item['low'])} to {number(item['high'])})"


def _three(values: Sequence[float]) -> str:
    return f"{values[0]:.2f} ({values[1]:.2f} to {values[2]:.2f})"


def number(value: float) -> str:
    """With two decimals."""
    return f"{value:.2f}" if value < 100 else f"{value:,.0f}"
