"""What a promotion came to: in a terminal, and as the Markdown of a version and of its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.markup import escape
from rich.text import Text

from synthlab.report.layout import framed, hung

LONGEST = 4900
"""Characters of a version's description that every database keeps."""

_STYLES = {"passed": "green", "failed": "bold red", "not judged": "bold yellow", "no limit": "dim"}


def promotion(found: Mapping[str, Any]) -> Group:
    """One sentence, the gates, and what to know beside them.

    Args:
        found: ``Verdict.as_dict``.
    """
    parts: list[Any] = [Text(_top(found), style="bold")]
    if found["gates"]:
        parts.append(_table(found))
    if found["notes"]:
        parts.append(hung(found["notes"]))
    return Group(*parts)


def _table(found: Mapping[str, Any]) -> Any:
    columns = {"gate": "left", "figure": "right", "limit": "right", "verdict": "left"}
    table = framed("", columns)
    for gate in found["gates"]:
        style = _STYLES[gate["outcome"]]
        table.add_row(
            escape(gate["name"]),
            escape(gate["figure"]),
            escape(gate["limit"]),
            Text(_shown(gate["outcome"]), style=style),
        )
    return table


def _top(found: Mapping[str, Any]) -> str:
    return f"{found['headline']}. {found['reason']}"


def rolled_back(found: Mapping[str, Any]) -> str:
    """What a rollback did, in a sentence."""
    return (
        f"{found['outcome']}: {found['ref']} is version {found['version']} again, and "
        f"{found['ref'].partition('@')[0]}@previous is version {found['former']} ({found['why']})"
    )


def markdown(found: Mapping[str, Any]) -> str:
    """The report: what was decided, why, and each gate in words.

    Args:
        found: ``Verdict.as_dict``.
    """
    # No bold: lists show the beginning as it is written.
    lines = [f"{_opening(found)}. {found['reason']}", ""]
    head = ("gate", "figure", "limit", "verdict")
    lines += [_row(head), "|---" * len(head) + "|"]
    lines += [_line(gate) for gate in found["gates"]]
    said = [gate["said"] for gate in found["gates"] if gate["said"] not in found["reason"]]
    lines += ["", "&emsp;", "", *(f"- {text}" for text in said)]  # else the list clings to it
    if found["notes"]:
        lines += ["", "To know beside it:", "", *(f"- {note}" for note in found["notes"])]
    lines += ["", f"By {found['by']}, {found['at'].replace('T', ' ').replace('+00:00', ' UTC')}."]
    lines += [f"Run {found['parent'][:8]}, candidate {found['candidate']} ({found['run_id'][:8]})."]
    text = "\n".join(lines)
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit("\n", 1)[0] + "\n…"


def _line(gate: Mapping[str, Any]) -> str:
    cells = gate["name"], gate["figure"], gate["limit"], _bold(_shown(gate["outcome"]))
    return _row(cells)


def _row(cells: Sequence[str]) -> str:
    # MLflow draws tables without any space between columns; it strips all but an entity.
    return "| " + " | ".join(f"{cell}&emsp;" for cell in cells) + " |"


def _opening(found: Mapping[str, Any]) -> str:
    name = found["candidate"]
    judged = any(gate["outcome"] == "passed" for gate in found["gates"])
    return {
        "promoted": (
            f"{name} passed every gate and is promoted"
            if judged
            else f"{name} is promoted; no gate has a limit"
        ),
        "forced": f"{name} is promoted against the gates",
        "challenger": f"{name} did not pass; it is kept as the challenger",
        "refused": f"{name} did not pass and is not promoted",
        "unchanged": f"{name} is the champion already",
    }[found["outcome"]]


def _shown(outcome: str) -> str:
    return "-" if outcome == "no limit" else outcome


def _bold(outcome: str) -> str:
    return f"**{outcome}**" if outcome in ("failed", "not judged") else outcome
