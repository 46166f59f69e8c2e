"""What the dataset card says of groups of people: rows that were asked for and that came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthlab.deliveries import Delivery


def people(program: Mapping[str, Any], made: Delivery) -> list[str]:
    """A table for each sensitive attribute that rows were asked for by; nothing without one."""
    declared = {item["name"]: item for item in program["brief"].get("sensitive", ())}
    lines: list[str] = []
    for name, by_class in made.groups.items():
        groups = [group["name"] for group in declared[name]["groups"]]
        heads = [f"{group}: asked | delivered" for group in groups]
        lines += [f"## Groups: {_plain(name)}", "", f"{_told(declared[name], program)}", ""]
        lines += ["| class | " + " | ".join(map(_cell, heads)) + " | no group |"]
        lines += ["|---|" + "---|---|" * len(groups) + "---|"]
        for label, cells in by_class.items():
            pairs = [f"{cells[group][0]:,} | {cells[group][1]:,}" for group in groups]
            lines.append(f"| {_plain(label)} | " + " | ".join(pairs) + f" | {cells[''][1]:,} |")
        lines.append("")
    return lines


def _told(item: Mapping[str, Any], program: Mapping[str, Any]) -> str:
    words = item["groups"][0]["words"]
    how = "declared words in it" if words else "what was asked of it"
    checked = any(step["use"] == "group" for step in program["curation"])
    check = " Rows that told another group were dropped and asked for again." if checked else ""
    return (
        f"Rows were asked for by quotas in each class. The group of a row is told by {how}.{check} "
        "Equal numbers say nothing of how a group is portrayed."
    )


def _cell(head: str) -> str:
    return " | ".join(_plain(part) for part in head.split(" | "))


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
