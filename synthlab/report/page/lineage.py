"""How the winner came about: the steps from the baseline, and the tree of all candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synthlab.report.ends import shown
from synthlab.report.page.differences import changed
from synthlab.report.page.evidence import difference
from synthlab.report.page.material import Material
from synthlab.report.page.scales import linear


def steps(found: Material) -> list[dict[str, Any]]:
    """Each step with its gain and what was changed; empty where the winner is the baseline."""
    pairs = [step.pair["contrast"] for step in found.steps if step.pair]
    ends = [0.0, *(end for pair in pairs for end in shown(pair))]
    scale = linear(ends, 5, least=0.04)
    made = []
    for number, step in enumerate(found.steps, 1):
        old, new = found.entry(step.before.name), found.entry(step.after.name)
        made.append(
            {
                "number": number,
                "before": step.before.name,
                "after": step.after.name,
                "why": step.why,
                "from": old.get("f1"),
                "to": new.get("f1"),
                "gain": new["f1"] - old["f1"] if old and new else None,
                "pair": difference(step.pair["contrast"], scale) if step.pair else None,
                "fresh": _fresh(step.pair) if step.pair else "",
                "ticks": scale,
                **changed(step.before, step.after),
            }
        )
    return made


def _fresh(pair: Mapping[str, Any]) -> str:
    sides = (pair["a"], pair["b"])
    if all(side["fresh"] for side in sides):
        return f"{sides[0]['generations']} fresh generations of each"
    if not any(side["fresh"] for side in sides):
        return "one generation of each, a sd of 0.03 over generations assumed"
    names = [side["name"] for side in sides if side["fresh"]]
    return f"fresh generations of {names[0]} only"


def tree(found: Material) -> list[dict[str, Any]]:
    """The roots, each with its children under ``made``; empty where none was made of another."""
    entries = {item["name"]: item for item in found.board["candidates"]}
    origins = {
        name: found.origins.get(name, (item.get("parent", ""), item.get("why", "")))
        for name, item in entries.items()
    }
    if not any(parent in entries for parent, _ in origins.values()):
        return []
    path = {step.after.name for step in found.steps} | {found.winner}
    roots = [name for name, (parent, _) in origins.items() if parent not in entries]
    return [_node(name, entries, origins, path, ()) for name in roots]


def _node(
    name: str,
    entries: Mapping[str, Mapping[str, Any]],
    origins: Mapping[str, tuple[str, str]],
    path: set[str],
    above: Sequence[str],
) -> dict[str, Any]:
    item, (parent, why) = entries[name], origins[name]
    older = entries.get(parent)
    own = [child for child, (of, _) in origins.items() if of == name and child not in above]
    return {
        **item,
        "why": why,
        "gain": item["f1"] - older["f1"] if older else None,
        "on_path": name in path or any(_leads(child, origins, path) for child in own),
        "made": [_node(child, entries, origins, path, (*above, name)) for child in own],
    }


def _leads(name: str, origins: Mapping[str, tuple[str, str]], path: set[str]) -> bool:
    return name in path
