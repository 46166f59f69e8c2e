"""How results look in a notebook: HTML that needs no file of its own, in light and in dark.

Colours are the page's: text inherits, lines are half transparent.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any

import pandas as pd

from synthlab.report.tables import money

STYLE = """<style>
.synthlab{font-family:inherit;color:inherit;max-width:72em}
.synthlab p.v{font-size:1.08em;margin:.2em 0 .6em;line-height:1.45}
.synthlab p.n{opacity:.7;margin:.2em 0 .8em}
.synthlab table{border-collapse:collapse;margin:.2em 0 1em;font-variant-numeric:tabular-nums;
 background:transparent;color:inherit}
.synthlab caption{text-align:left;font-weight:600;padding:.2em 0;caption-side:top;color:inherit}
.synthlab th,.synthlab td{padding:.25em .9em .25em 0;text-align:left;border:0;
 border-bottom:1px solid rgba(128,128,128,.3);background:transparent;color:inherit;
 vertical-align:top;max-width:36em;white-space:normal}
.synthlab th{opacity:.7;font-weight:500}
.synthlab td.r,.synthlab th.r{text-align:right}
.synthlab tr.b td{font-weight:600}
</style>"""
MOST = 12
"""Lines of a table that are shown; the DataFrame has all."""


def page(verdict: str, note: str, tables: Iterable[str]) -> str:
    """A result: the answer on top, then its tables.

    Args:
        verdict: the answer, in words.
        note: where it comes from.
        tables: as ``table`` makes them.
    """
    said = f'<p class="v">{html.escape(verdict)}</p><p class="n">{html.escape(note)}</p>'
    return f'{STYLE}<div class="synthlab">{said}{"".join(tables)}</div>'


def table(title: str, frame: pd.DataFrame, columns: Sequence[str], first: bool = False) -> str:
    """Some columns of a frame; empty where it has no line.

    Args:
        title: above it.
        frame: its first ``MOST`` lines are shown.
        columns: which, as far as they hold anything.
        first: whether the first line stands out.
    """
    if frame.empty:
        return ""
    shown, columns = _between(frame.head(MOST), columns)
    names = [name for name in columns if _told(shown[name])]
    kinds = {name: ' class="r"' if _number(shown[name]) else "" for name in names}
    head = "".join(f"<th{kinds[name]}>{html.escape(_head(name))}</th>" for name in names)
    lines = []
    for place, (_, line) in enumerate(shown.iterrows()):
        cells = "".join(f"<td{kinds[n]}>{html.escape(_cell(n, line[n]))}</td>" for n in names)
        lines.append(f"<tr{' class=b' if first and place == 0 else ''}>{cells}</tr>")
    more = len(frame) - len(shown)
    said = f"{title} (first {MOST} of {len(frame)})" if more else title
    return (
        f"<table><caption>{html.escape(said)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def _between(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Both ends of an interval in one column."""
    if "low" not in columns or "high" not in columns:
        return frame, list(columns)
    form = "{:+.3f} to {:+.3f}" if "difference" in columns else "{:.3f} to {:.3f}"
    ends = zip(frame["low"], frame["high"], strict=True)
    found = frame.assign(**{"95%": [form.format(low, high) for low, high in ends]})
    named = ["95%" if name == "low" else name for name in columns if name != "high"]
    return found, named


def _told(column: pd.Series[Any]) -> bool:
    return bool((column.notna() & (column.astype(str) != "")).any())


def _number(column: pd.Series[Any]) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column))


def _head(name: str) -> str:
    known = {"cost_usd": "USD", "usd_per_1000": "USD per 1,000 rows", "search_f1": "f1 in search"}
    return known.get(name, name.replace("_", " "))


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, Real):
        return str(value)
    number = float(value)
    if math.isnan(number):
        return "-"
    if isinstance(value, Integral):
        return f"{number:,.0f}"
    if name in ("better", "equal", "worse"):
        return f"{number:.0%}"
    if name in ("cost_usd", "usd_per_1000"):
        return money(number)
    if name in ("weight", "value", "reference"):
        return f"{number:.4g}"
    if name == "p" and number < 0.001:
        return "<0.001"
    return f"{number:+.3f}" if name == "difference" else f"{number:.3f}"
