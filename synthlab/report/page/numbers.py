"""Numbers on the page: rounded for the eye, whole for a machine.

A score is written as ``<data value="0.8619258350096427">0.862</data>``: what a reader copies into
a table is rounded, what a program reads is what ``synthlab compare --json`` prints.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from synthlab.report.ends import TOO_FEW, drawn
from synthlab.report.ends import sure as words

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
"""Where there is no number."""


def figure(value: float | None, digits: int = 3, sign: bool = False) -> Markup:
    """A score or a difference; a dash for None."""
    if value is None or not math.isfinite(value):
        return Markup(DASH)
    return Markup('<data value="{}">{}</data>').format(
        repr(float(value)), text(value, digits, sign)
    )


def text(value: float, digits: int = 3, sign: bool = False) -> str:
    """The same as plain text, with a real minus."""
    said = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    return said.replace("-", MINUS)


def sentence(said: str) -> str:
    """A sentence of the run with a real minus before its negative figures."""
    return re.sub(r"(?<![\w.])-(?=\d)", MINUS, said)


def interval(low: float, high: float, digits: int = 3, sign: bool = False) -> Markup:
    """The ends of an interval."""
    return Markup("{} to {}").format(figure(low, digits, sign), figure(high, digits, sign))


def ends(item: Mapping[str, Any]) -> Markup:
    """The interval of an estimate or a contrast, unless few generations leave all open."""
    found = drawn(item)
    return Markup(TOO_FEW) if found is None else interval(*found, sign="a" in item)


def sure(item: Mapping[str, Any]) -> Markup:
    """``95%`` and the interval, or why there is none."""
    found = drawn(item)
    return Markup(words(item)) if found is None else Markup("95% {}").format(ends(item))


def count(value: float | None) -> str:
    """A whole number with commas; a dash for None."""
    return DASH if value is None else f"{value:,.0f}"


def usd(value: float | None) -> str:
    """USD with the digits that matter."""
    if value is None:
        return "unknown"
    if value == 0:
        return "0"
    return f"{value:,.2f}" if value >= 0.1 else f"{value:.2g}" if value >= 0.0001 else "<0.0001"


def percent(share: float) -> str:
    """A share in whole percent; what is neither none nor all does not look like it."""
    if 0 < share < 0.005:
        return "<1%"
    if 0.995 <= share < 1:
        return ">99%"
    return f"{share:.0%}"


def duration(seconds: float | None) -> str:
    """Seconds, minutes or hours."""
    if seconds is None:
        return DASH
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def p_value(p: float) -> str:
    """A p-value with the digits that are usual."""
    return "<.001" if p < 0.001 else f"{p:.3f}".lstrip("0")
