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
    joined: bool = False,
) -> Markup:
    """One line of a dot-and-whisker plot; as high as the cell that it stands in.

    Args:
        scale: shared by all lines of the plot; a value below it is an arrow at its edge.
        marks: drawn in order, the last on top.
        guides: values with a line from top to bottom, and the kind that colours it.
        band: values between which the ground is tinted.
        joined: a line leads from the first mark to the last.
    """
    parts = [_band(scale, *band)] if band else []
    parts += [_upright("grid", scale.at(tick)) for tick in scale.ticks]
    parts += [_upright(f"guide k-{kind}", scale.at(value)) for value, kind in guides]
    if joined and len(marks) > 1:
        parts.append(_across("join", scale.at(marks[0].value), scale.at(marks[-1].value)))
    parts += [_whisker(scale, mark) for mark in marks if mark.low is not None]
    parts += [_sign(scale, mark) for mark in marks]
    title = Markup("<title>{}</title>").format("; ".join(mark.title for mark in marks))
    return Markup('<svg class="strip" role="img">{}{}</svg>').format(title, Markup("").join(parts))


def axis(scale: Scale, caption: str = "") -> Markup:
    """The ticks' labels, to stand under strips of the same width."""
    parts = [
        Markup('<text x="{}%" y="13" text-anchor="middle">{}</text>').format(
            _p(scale.at(tick)), scale.label(tick)
        )
        for tick in scale.ticks
    ]
    height = 18
    if caption:
        height = 34
        parts.append(
            Markup('<text class="caption" x="50%" y="30" text-anchor="middle">{}</text>').format(
                caption
            )
        )
    return Markup('<svg class="strip axis" aria-hidden="true" height="{}">{}</svg>').format(
        height, Markup("").join(parts)
    )


def shape(x: str, y: str, kind: str, hollow: bool = False) -> Markup:
    """The sign of a kind, in the middle of ``x`` and ``y``."""
    drawn = Markup('<svg x="{}" y="{}" class="mark k-{}{}">{}</svg>')
    return drawn.format(x, y, kind, " hollow" if hollow else "", Markup(SHAPES[kind]))


def key(kind: str, hollow: bool = False) -> Markup:
    """The sign alone, for a legend."""
    return Markup('<svg class="key" width="16" height="14" aria-hidden="true">{}</svg>').format(
        shape("8", "7", kind, hollow)
    )


def _sign(scale: Scale, mark: Mark) -> Markup:
    if mark.value < scale.low:
        return Markup('<text class="off k-{}" x="0" y="50%" dy="4">&lsaquo;</text>').format(
            mark.kind
        )
    return shape(f"{_p(scale.at(mark.value))}%", "50%", mark.kind, mark.hollow)


def _whisker(scale: Scale, mark: Mark) -> Markup:
    if mark.high is None or mark.low is None or mark.high < scale.low:
        return Markup("")
    kind = f"whisker k-{mark.kind}" + (" thin" if mark.hollow else "")
    ends = [end for end in (mark.low, mark.high) if scale.low <= end <= scale.high]
    cap = '<svg x="{}%" y="50%" class="mark"><line class="{}" y1="-4" y2="4"/></svg>'
    caps = [Markup(cap).format(_p(scale.at(end)), kind) for end in ends]
    return Markup("").join([_across(kind, scale.at(mark.low), scale.at(mark.high)), *caps])


def _band(scale: Scale, low: float, high: float) -> Markup:
    left, right = scale.at(low), scale.at(high)
    drawn = Markup('<rect class="band" x="{}%" width="{}%" y="0" height="100%"/>')
    return drawn.format(_p(left), _p(right - left))


def _upright(kind: str, place: float) -> Markup:
    drawn = Markup('<line class="{0}" x1="{1}%" x2="{1}%" y1="0" y2="100%"/>')
    return drawn.format(kind, _p(place))


def _across(kind: str, left: float, right: float) -> Markup:
    drawn = Markup('<line class="{}" x1="{}%" x2="{}%" y1="50%" y2="50%"/>')
    return drawn.format(kind, _p(left), _p(right))


def _p(place: float) -> str:
    return f"{place:.2f}".rstrip("0").rstrip(".")
