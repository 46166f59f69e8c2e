"""An estimate in a terminal: a table of ranges that fits 80 columns, and one line in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich import box
from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

Form = Callable[[float], str]


def estimate_view(view: Mapping[str, Any]) -> Group:
    """Ranges by candidate and in all, what they rest on, and the sum in words.

    Args:
        view: what ``Estimate.as_dict`` gives.
    """
    table = Table(
        title=f"{escape(view['name'])}: what a run will take (low-high)",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("candidate", overflow="fold", max_width=20)
    forms = {"calls": short, "tokens_in": short, "tokens_out": short, "usd": usd}
    forms["minutes"] = minutes
    for name in forms:
        head = "USD" if name == "usd" else name.replace("_", " ")
        table.add_column(head, justify="right", no_wrap=True)
    parts = [*view["candidates"], view["total"]] if len(view["candidates"]) > 1 else []
    for part in parts or view["candidates"]:
        table.add_row(
            escape(part["name"]),
            *(_cell(part[name], form) for name, form in forms.items()),
            style="bold" if part is view["total"] else "",
        )
    notes = [Text(note, style="dim") for note in view["notes"]]
    return Group(table, *notes, Text(in_words(view)))


def in_words(view: Mapping[str, Any]) -> str:
    """The whole run: ``about 600 calls, 0.9M tokens, 0.42 USD (0.30 to 0.75), 6 min (4 to 11)``.

    The cost of a probe, if there was one, comes first.
    """
    total = view["total"]
    tokens = short(total["tokens_in"]["likely"] + total["tokens_out"]["likely"])
    time = total["minutes"]
    said = [
        f"about {short(total['calls']['likely'])} calls",
        f"{tokens} tokens",
        _usd(total["usd"]),
        f"{minutes(time['likely'])} min{_around(time, minutes)}",
    ]
    return f"{_probe(view['probe'])}{', '.join(said)}"


def _probe(paid: Mapping[str, Any] | None) -> str:
    if paid is None:
        return ""
    cost = "at an unknown price" if paid["cost_usd"] is None else f"{usd(paid['cost_usd'])} USD"
    tokens = short(paid["input_tokens"] + paid["output_tokens"])
    return f"the probe took {paid['calls']} calls, {tokens} tokens, {cost}; the run: "


def _usd(range_: Mapping[str, float] | None) -> str:
    if range_ is None:
        return "USD unknown (give lm.price)"
    return f"{usd(range_['likely'])} USD{_around(range_, usd)}"


def _around(range_: Mapping[str, float], form: Form) -> str:
    low, high = form(range_["low"]), form(range_["high"])
    return f" ({low} to {high})" if low != high else ""


def _cell(range_: Mapping[str, float] | None, form: Form) -> str:
    """The likely value, and the range below it."""
    if range_ is None:
        return "unknown"
    low, likely, high = (form(range_[at]) for at in ("low", "likely", "high"))
    return f"{likely}\n[dim]{low}-{high}[/]" if low != high else likely


def short(count: float) -> str:
    """A count with the digits that matter: ``640``, ``12k``, ``0.9M``."""
    if count < 1_000:
        return f"{count:.0f}"
    if count < 99_500:
        return f"{count / 1_000:.1f}k" if count < 9_950 else f"{count / 1_000:.0f}k"
    return f"{count / 1e6:.2g}M" if count < 9_950_000 else f"{count / 1e6:,.0f}M"


def usd(value: float) -> str:
    """USD with the digits that matter."""
    if value == 0:
        return "0"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}" if value >= 0.0001 else "<0.0001"


def minutes(value: float) -> str:
    """Minutes with the digits that matter."""
    if value == 0:
        return "0"
    if value < 0.1:
        return "<0.1"
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"
