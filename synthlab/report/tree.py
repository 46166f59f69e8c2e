"""Which candidate was made from which, with their scores: the path of a search, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from synthlab.outcomes import Trial


def tree(candidates: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each candidate, under the one it was made from; empty where none was made.

    Args:
        candidates: entries of a leaderboard, with ``name``, ``f1``, ``parent`` and ``why``.
    """
    if not any(item.get("parent") for item in candidates):
        return []
    names = {item["name"] for item in candidates}
    roots = [item for item in candidates if item.get("parent") not in names]
    return [line for root in roots for line in _lines(root, candidates, "", "")]


def branches(lines: Sequence[str]) -> Table:
    """What ``tree`` returns, for a terminal: long reasons go on below themselves."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for line in lines:
        head, _, why = line.partition("  ") if not line.startswith(" ") else _parted(line)
        grid.add_row(Text(f"  {head}"), Text(why))
    return grid


def _parted(line: str) -> tuple[str, str, str]:
    text = line.lstrip(" ")
    indent = line[: len(line) - len(text)]
    head, gap, why = text.partition("  ")
    return f"{indent}{head}", gap, why


def tree_of(trials: Sequence[Trial]) -> list[str]:
    """The same, of a run's trials."""
    return tree(
        [
            {
                "name": trial.candidate.name,
                "f1": trial.score.f1,
                "parent": trial.candidate.parent,
                "why": trial.candidate.why,
            }
            for trial in trials
        ]
    )


def _lines(
    item: Mapping[str, Any], all_: Sequence[Mapping[str, Any]], first: str, rest: str
) -> Iterator[str]:
    why = f"  {item['why']}" if item.get("why") else ""
    yield f"{first}{item['name']} {item['f1']:.3f}{why}"
    children = [other for other in all_ if other.get("parent") == item["name"]]
    for place, child in enumerate(children, 1):
        last = place == len(children)
        yield from _lines(
            child, all_, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  ")
        )
