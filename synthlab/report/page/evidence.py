"""What the sealed test rows say: each training set, their differences, other classifiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthlab.comparisons import BOTH, DIRECT, POOL_BEST, POOL_SAME, REAL, SYNTHETIC, TOPPED
from synthlab.report.ends import drawn, shown, sure
from synthlab.report.page.marks import Mark, axis, strip
from synthlab.report.page.numbers import sentence, text
from synthlab.report.page.scales import Scale, linear

KINDS = {
    SYNTHETIC: "syn",
    REAL: "real",
    BOTH: "both",
    DIRECT: "direct",
    POOL_SAME: "pool",
    POOL_BEST: "pool",
    TOPPED: "both",
}
MEANT = {
    SYNTHETIC: "the winner's rows, no real row",
    REAL: "every real row that the run may train on",
    BOTH: "real rows with the winner's rows added",
    DIRECT: "rows of the plain prompt, no real row",
    POOL_SAME: "as many rows, chosen from all candidates",
    POOL_BEST: "rows of all candidates",
}
TOPPED_MEANT = {
    TOPPED: "real rows, rare classes topped up with the winner's rows",
    REAL: "the same real rows as they are",
    DIRECT: "the same real rows, topped up with rows of the plain prompt",
}
REMEDY_MEANT = "the same real rows, and the best on dev of what needs no LM"

MEASURED = {
    "rare_recall": "recall of the rarest class",
    "rare_pr_auc": "PR-AUC of the rarest class",
    "bal_acc": "balanced accuracy",
}


def evidence(finals: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Arms, contrasts and other classifiers; None where test was not opened."""
    if finals is None:
        return None
    pool = finals.get("pool")
    arms = [*finals["arms"], *(pool["arms"] if pool else ())]
    topped = arms[0]["name"] == TOPPED
    contrasts = [*finals["contrasts"], *(pool["contrasts"] if pool else ())]
    return {
        "arms": _arms(arms, TOPPED_MEANT if topped else MEANT),
        "contrasts": _contrasts(contrasts) if contrasts else None,
        "families": _families(finals["families"], [item["name"] for item in finals["arms"]]),
        "resolves": next((item["resolves"] for item in finals["contrasts"] if item["se"]), None),
        "notes": [said for said in finals["said"][1:] if not _of_curves(said)],
        "pooled": bool(pool),
        "uneven": _uneven(finals.get("uneven") or {}),
        "reads": finals["reads"],
    }


def _uneven(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """The differences of a top-up in the measures of uneven classes."""
    return [
        {"measure": MEASURED[key], **item, **ruling(item)}
        for key in MEASURED
        for item in found.get(key, ())
    ]


def _of_curves(said: str) -> bool:
    """Whether a sentence belongs to the learning curves."""
    return said.startswith(("These ", "This row is", "With more rows"))


def curve_notes(finals: Mapping[str, Any]) -> list[str]:
    """What the learning curves come to, in sentences."""
    return [said for said in finals["said"][1:] if _of_curves(said)]


def _arms(arms: Sequence[Mapping[str, Any]], meant: Mapping[str, str]) -> dict[str, Any]:
    ends = [end for item in arms for end in shown(item["estimate"])]
    scale = linear(ends, bounds=(0, 1), least=0.1)
    rows = [_arm(item, scale, meant) for item in arms]
    return {"rows": rows, "axis": axis(scale, "macro-F1 on test")}


def _arm(item: Mapping[str, Any], scale: Scale, meant: Mapping[str, str]) -> dict[str, Any]:
    kind = KINDS.get(item["name"], "pool" if meant is TOPPED_MEANT else "syn")
    found = item["estimate"]
    return {
        **item,
        "kind": kind,
        "meant": meant.get(item["name"], REMEDY_MEANT if meant is TOPPED_MEANT else ""),
        "strip": strip(scale, [_mark(found, kind, item["name"])]),
    }


def _mark(found: Mapping[str, Any], kind: str, name: str) -> Mark:
    title = f"{name}: {text(found['value'])}, {sentence(sure(found))}"
    return Mark(found["value"], kind, title, *(drawn(found) or ()))


def _contrasts(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    scale = linear([0.0, *(end for item in items for end in shown(item))], 5, least=0.04)
    rope = items[0]["rope"]
    return {
        "rows": [difference(item, scale) for item in items],
        "axis": axis(scale, "difference in macro-F1"),
        "rope": rope,
    }


def difference(item: Mapping[str, Any], scale: Scale) -> dict[str, Any]:
    """A contrast with its drawing and what it comes to in a word or two."""
    value = text(item["value"], sign=True)
    title = f"{item['a']} less {item['b']}: {value}, {sentence(sure(item))}"
    mark = Mark(item["value"], "diff", title, *(drawn(item) or ()))
    band = (-item["rope"], item["rope"])
    return {**item, **ruling(item), "strip": strip(scale, [mark], [(0.0, "ink")], band)}


def ruling(item: Mapping[str, Any]) -> dict[str, str]:
    """``better``, ``worse``, ``equal`` or ``cannot be told``, and the badge that it wears."""
    if item["p_holm"] < 0.05:
        return (
            {"ruling": "better", "badge": "good"}
            if item["value"] > 0
            else {"ruling": "worse", "badge": "bad"}
        )
    if item["equal"] >= 0.95:
        return {"ruling": f"equal within {item['rope']:g}", "badge": "none"}
    return {"ruling": "cannot be told", "badge": "watch"}


def _families(items: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, Any] | None:
    if not items:
        return None
    rows = [
        {
            "model": item["model"],
            "against": item["against"],
            "arms": [
                next((arm for arm in item["arms"] if arm["name"] == name), None) for name in names
            ],
        }
        for item in items
    ]
    return {"names": names, "rows": rows}
