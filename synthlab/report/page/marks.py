"""The small drawings: a dot with its whiskers on a strip, and an axis under a column of strips.

Every drawing is inline SVG whose lengths across are percentages: it fits a phone and a page of
paper, and its text and strokes keep their size. Colours come from the page's style sheet, by the
kind of what is drawn; a shape of its own tells each kind apart without colour too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from synthlab.report.page.scales import Scale

SHAPES = {
    "syn": '<circle r="5"/>',
    "search": '<circle r="4.2"/>',
    "real": '<rect x="-4.4" y="-4.4" width="8.8" height="8.8"/>',
    "both": '<path d="M0 -6.4 6.4 0 0 6.4 -6.4 0z"/>',
    "direct": '<path d="M0 -5.8 5.8 4.6 -5.8 4.6z"/>',
    "pool": '<path d="M-5.6 -1.9h3.7v-3.7h3.8v3.7h3.7v3.8h-3.7v3.7h-3.8v-3.7h-3.7z"/>',
    "diff": '<circle r="5"/>',
}
"""What stands for a kind; all in pixels around the middle."""


@dataclass(frozen=True)
class Mark:
    """A value on a strip.

    Attributes:
        kind: a key of ``SHAPES``; also its colour.
        title: what a reader who points at it, or listens, is told.
    """

    value: float
    kind: str
    title: str
    low: float | None = None
    high: float | None = None
    hollow: bool = False


def strip(
    scale: Scale,
    marks: Sequence[Mark],
    guides: Sequence[tuple[float, str]] = (),
    band: tuple[float, float] | None = None,
    height: int = 26,
) -> Markup:
    """One line of a dot-and-whisker plot.

    Args:
        scale: shared by all lines of the plot.
        marks: drawn in order, the last on top.
        guides: values with a line from top to bottom, and the kind that colours it.
        band: values between which the ground is tinted.
        height: in pixels.
    """
    parts = [Markup('<line class="grid" x1="{0}%" x2="{0}%" y1="0" y2="100%"/>').format(_p(scale.at(t)))
             for t in scale.ticks]
    if band:
        left, right = scale.at(band[0]), scale.at(band[1])
        parts.insert(0, Markup('<rect class="band" x="{}%" width="{}%" y="0" height="100%"/>').format(
            _p(left), _p(right - left)))
    parts += [
        Markup('<line class="guide k-{1}" x1="{0}%" x2="{0}%" y1="0" y2="100%"/>').format(
            _p(scale.at(value)), kind)
        for value, kind in guides
    ]
    parts += [_whisker(scale, mark, height / 2) for mark in marks if mark.low is not None]
    parts += [shape(f"{_p(scale.at(mark.value))}%", f"{height / 2:g}", mark.kind, mark.hollow)
              for mark in marks]
    title = Markup("<title>{}</title>").format("; ".join(mark.title for mark in marks))
    return Markup('<svg class="strip" role="img" height="{}">{}{}</svg>').format(
        height, title, Markup("").join(parts))


def axis(scale: Scale, caption: str = "") -> Markup:
    """The ticks' labels, to stand under strips of the same width."""
    parts = [
        Markup('<text x="{}%" y="13" text-anchor="{}">{}</text>').format(
            _p(scale.at(tick)), _anchor(scale.at(tick)), scale.label(tick))
        for tick in scale.ticks
    ]
    height = 18
    if caption:
        height = 34
        parts.append(Markup('<text class="caption" x="50%" y="30" text-anchor="middle">{}</text>')
                     .format(caption))
    return Markup('<svg class="strip axis" aria-hidden="true" height="{}">{}</svg>').format(
        height, Markup("").join(parts))


def shape(x: str, y: str, kind: str, hollow: bool = False, label: str = "") -> Markup:
    """The sign of a kind, in the middle of ``x`` and ``y``; ``label`` is written inside."""
    inner = Markup(SHAPES[kind])
    if label:
        inner = Markup('<circle r="10"/><text class="in" y="4" text-anchor="middle">{}</text>').format(label)
    return Markup('<svg x="{}" y="{}" class="mark k-{}{}">{}</svg>').format(
        x, y, kind, " hollow" if hollow else "", inner)


def key(kind: str, hollow: bool = False) -> Markup:
    """The sign alone, for a legend."""
    return Markup('<svg class="key" width="16" height="14" aria-hidden="true">{}</svg>').format(
        shape("8", "7", kind, hollow))


def _whisker(scale: Scale, mark: Mark, middle: float) -> Markup:
    low, high = scale.at(mark.low or 0.0), scale.at(mark.high or 0.0)
    thin = " thin" if mark.hollow else ""
    line = Markup('<line class="whisker k-{}{}" x1="{}%" x2="{}%" y1="{}" y2="{}"/>').format(
        mark.kind, thin, _p(low), _p(high), f"{middle:g}", f"{middle:g}")
    caps = [
        Markup('<line class="whisker k-{0}{4}" x1="{1}%" x2="{1}%" y1="{2}" y2="{3}"/>').format(
            mark.kind, _p(end), f"{middle - 4:g}", f"{middle + 4:g}", thin)
        for end in (low, high) if 0 < end < 100
    ]
    return Markup("").join([line, *caps])


def _anchor(place: float) -> str:
    return "start" if place < 3 else "end" if place > 97 else "middle"


def _p(place: float) -> str:
    return f"{place:.2f}".rstrip("0").rstrip(".")
