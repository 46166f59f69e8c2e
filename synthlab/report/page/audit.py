"""The audit page: what was declared, what was delivered, and what trained models do with groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthlab.report.page.account import when
from synthlab.report.page.delivered import apart, by_class, cells, dropped, own, rates, shares
from synthlab.report.page.numbers import DASH
from synthlab.report.page.panel import BETTER, WORDS
from synthlab.report.page.render import templates
from synthlab.report.page.treatment import dev, number, swap, test

Data = Mapping[str, Any]


def audit_page(found: Data) -> str:
    """One HTML text that needs nothing else; the same data gives the same text.

    Args:
        found: what ``workflow.audit.audit`` returns.
    """
    chosen = _chosen(found["candidates"])
    return (
        templates()
        .get_template("audit.html")
        .render(
            found=found,
            started=when(found["started"]),
            attributes=[_attribute(item, found, chosen) for item in found["declared"]],
            dropped=[dropped(item) for item in chosen],
            privacy=[_measure(item) for item in found["privacy"]],
        )
    )


def _chosen(candidates: Sequence[Data]) -> list[Data]:
    """At most six, the winner among them; they stand in the leaderboard's order."""
    names = [item["name"] for item in candidates]
    first = sorted(
        candidates, key=lambda c: (not c["winner"], not c["direct"], names.index(c["name"]))
    )
    return sorted(first[:6], key=lambda c: names.index(c["name"]))


def _attribute(item: Data, found: Data, chosen: Sequence[Data]) -> dict[str, Any]:
    name = item["name"]
    groups = [group["name"] for group in item["groups"]]
    winner = next((c for c in chosen if c["winner"]), None)
    before = next((c for c in chosen if not c["asked"]), None)
    asked = next((c for c in chosen if c["asked"]), None)
    three = (winner, asked, before)
    shown = [c for c in three if c is not None and "quota_gap" in c["measures"]]
    return {
        "name": name,
        "item": item,
        "groups": groups,
        "told": "the column " + item["column"] if item["column"] else "words in its text",
        "right": found["told"].get(name),
        "target": _target(item, found["labels"]),
        "headline": _headline(winner, name),
        "keys": _keys(winner, before, name),
        "cells": [cells(c, name, groups, found["labels"]) for c in apart(shown)],
        "shares": shares(found, chosen, name, groups),
        "rates": rates(found, shown, name, groups),
        "dev": [row for c in chosen for row in dev(c, name)],
        "test": test(found["test"].get(name, {})),
        "swap": [swap(c, name) for c in chosen if own(c, "swap_flips", name)],
        "rows": by_class(found["real"], name, groups, found["labels"]),
    }


def _headline(winner: Data | None, name: str) -> str:
    if winner is None:
        return f"{name}: no candidate was measured."
    filled = own(winner, "quota_gap", name).get("filled", 0.0)
    if not winner["asked"]:
        return f"{name}: the winner's rows were not asked for by group."
    return f"{name}: {filled:.0%} of the winner's rows are in the cell that was asked for."


def _keys(winner: Data | None, before: Data | None, name: str) -> list[dict[str, str]]:
    titles = {
        "quota_gap": "largest gap to a quota",
        "represented": "off the declared shares",
        "odds_gap": "equalized odds difference, dev",
        "swap_flips": "calls that change when words are swapped",
    }
    keys = []
    for measure, title in titles.items():
        mine = own(winner, measure, name) if winner else {}
        if not mine or winner is None:
            continue
        notes = []
        base = own(before, measure, name) if before and before is not winner else {}
        if base and before is not None:
            notes.append(f"{before['name']}: {number(base['value'])}")
        if (real := winner["measures"][measure]["reference"]) is not None:
            notes.append(f"real rows: {number(real)}")
        keys.append({"name": title, "value": number(mine["value"]), "note": "; ".join(notes)})
    return keys


def _target(item: Data, labels: Sequence[str]) -> str:
    if not item["target"]:
        return "equal shares in every class"
    said = []
    for label, wanted in item["target"].items():
        parts = ", ".join(f"{group} {share:g}" for group, share in wanted.items())
        said.append(f"{label or 'every other class'}: {parts}")
    if "" not in item["target"] and len(item["target"]) < len(labels):
        said.append("equal shares in the other classes")
    return "; ".join(said) if len(said) > 1 else said[0].replace("every other", "every")


def _measure(item: Data) -> dict[str, Any]:
    return {
        "name": item["name"],
        "part": item["part"],
        "said": item["said"],
        "value": number(item["value"]),
        "reference": DASH if item["reference"] is None else number(item["reference"]),
        "better": BETTER.get(item["direction"], ""),
        "verdict": WORDS[item["verdict"]],
        "badge": item["verdict"] or "none",
    }
