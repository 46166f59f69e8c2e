"""What a comparison can find: a table of rows and generations, then the answer in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from synthlab.report.layout import framed


def power_view(view: Mapping[str, Any]) -> Group:
    """The table with the cell that was asked for marked, and what follows from it.

    Args:
        view: what ``workflow.power.power`` returns.
    """
    return Group(_table(view), Text(in_words(view)), Text(_assumed(view), style="dim"))


def _table(view: Mapping[str, Any]) -> Table:
    cells = view["table"]
    rows = list(dict.fromkeys(cell["rows"] for cell in cells))
    title = "the smallest difference in macro-F1 that is found 4 times of 5"
    heads = {_head(count, view): "right" for count in rows}
    table = framed(title, {"generations of each prompt": "left", **heads})
    for count in dict.fromkeys(cell["generations"] for cell in cells):
        mine = [cell for cell in cells if cell["generations"] == count]
        table.add_row(str(count), *(_cell(cell) for cell in mine))
    return table


def _head(rows: int, view: Mapping[str, Any]) -> str:
    names = {view["test_rows"]: " (test)", view["dev_rows"]: " (dev)"}
    return f"{rows:,} rows{names.get(rows, '')}"


def _cell(cell: Mapping[str, Any]) -> Text:
    found = "none" if cell["resolves"] is None else gap(cell["resolves"])
    return Text(f"> {found}", style="bold") if cell["asked"] else Text(found)


def in_words(view: Mapping[str, Any]) -> str:
    """``1,000 test rows and 5 generations of each prompt resolve 0.076. To see 0.05 you need ...``.

    Args:
        view: what ``workflow.power.power`` returns.
    """
    said = [_resolved(view)]
    if view["coarse"]:
        said.append(_needed({**view, **view["coarse"]}))
    said.append(_needed(view))
    return " ".join([*said, *_hidden(view)])


def _resolved(view: Mapping[str, Any]) -> str:
    sizes = f"{_test_rows(view['test_rows'])} and {_generations(view['replicates'])} of each prompt"
    if view["replicates"] == 1:
        return f"{sizes} resolve nothing: luck and skill cannot be told apart."
    if view["resolves"] is None:
        return f"{sizes} resolve nothing: no difference is large enough."
    hardest = view["resolves_holm"]
    said = f"{sizes} resolve {gap(view['resolves'])}"
    if view["contrasts"] > 1 and hardest is not None:
        said += f", and {gap(hardest)} in the hardest of {view['contrasts']} contrasts (Holm)"
    return f"{said}."


def _needed(view: Mapping[str, Any]) -> str:
    goal, found = f"{view['difference']:g}", view["found"]
    if found >= 0.8:
        often = "over 99%" if found > 0.99 else f"{found:.0%}"
        return f"A true difference of {goal} is found {often} of the time."
    rows, generations = view["rows_needed"], view["generations_needed"]
    here, turns = _test_rows(view["test_rows"]), _generations(view["replicates"])
    ways = []
    if generations["count"] is not None:
        ways.append(f"{_generations(generations['count'])} of each prompt on these {here}")
    if rows["count"] is not None:
        ways.append(f"{_test_rows(rows['count'])} with these {turns}")
    if view["both_needed"]:
        both = view["both_needed"]
        ways.append(f"{_test_rows(both['rows'])} and {_generations(both['generations'])}")
    return f"To see {goal} you need {', or '.join(ways)}." if ways else f"{goal} is out of reach."


def _hidden(view: Mapping[str, Any]) -> list[str]:
    """Why more of one thing alone does not do."""
    said: list[str] = []
    if view["found"] >= 0.8:
        return said
    rows, generations = view["rows_needed"], view["generations_needed"]
    if rows["count"] is None:
        turns = _generations(view["replicates"])
        least = f" below {gap(rows['floor'])}" if rows["floor"] is not None else ""
        said.append(
            f"Not reachable by test rows alone: with {turns} the generation noise alone hides "
            f"differences{least}."
        )
    if generations["count"] is None:
        least = f" below {gap(generations['floor'])}" if generations["floor"] is not None else ""
        said.append(
            f"Not reachable by generations alone: {_test_rows(view['test_rows'])} hide "
            f"differences{least}."
        )
    return said


def _assumed(view: Mapping[str, Any]) -> str:
    noise = view["noise"]
    said = (
        f"assumed: scores of one prompt's generations differ by {noise['generation']:g} (--noise; "
        f"less with more rows a class), two classifiers call {noise['disagreement']:.0%} of real "
        f"rows differently (--disagreement), {noise['lasting']:.0%} of it lastingly (--lasting)"
    )
    if noise["efficiency"] < 0.995:
        said += f"; unequal classes make a row worth {noise['efficiency']:.2f} of one"
    return said


def gap(value: float) -> str:
    """A difference in macro-F1 with the digits that matter: ``0.047``, ``0.0042``."""
    return f"{value:.3f}" if value >= 0.01 else f"{value:.2g}"


def _test_rows(count: int) -> str:
    return f"{count:,} test row{'' if count == 1 else 's'}"


def _generations(count: int) -> str:
    return f"{count:,} generation{'' if count == 1 else 's'}"
