"""A chart with two axes, as inline SVG of fluid width: see ``marks`` for how.

The page leaves room around it (class ``plot``), where the labels of the axes stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from synthlab.report.page.marks import Mark, shape
from synthlab.report.page.scales import Scale


@dataclass
class Plot:
    """Draw with ``line``, ``mark`` and ``guide``, then take ``svg``.

    Args:
        x: axis across.
        y: axis up.
        title: what the chart shows, for who cannot see it.
        described: what it comes to, in a sentence or two.
        height: of the area inside the axes, in pixels.
    """

    x: Scale
    y: Scale
    title: str
    described: str
    x_name: str
    y_name: str
    height: int = 300
    _under: list[Markup] = field(default_factory=list)
    _parts: list[Markup] = field(default_factory=list)

    def line(self, points: Sequence[tuple[float, float]], kind: str, dashed: bool = False) -> None:
        """Points joined by straight lines; ``dashed`` ones are a help, not data."""
        places = " ".join(f"{self._x(a):.2f},{self._y(b):.2f}" for a, b in points)
        drawn = Markup('<polyline class="line k-{}{}" points="{}"/>').format(
            kind, " dashed" if dashed else "", places
        )
        self._under.append(drawn)

    def mark(self, a: float, b: float, mark: Mark) -> None:
        """A point with its whisker; ``mark`` says how it looks."""
        if mark.low is not None and mark.high is not None:
            thin = " thin" if mark.hollow else ""
            places = (self._x(a), self._x(a), self._y(mark.low), self._y(mark.high))
            drawn = Markup('<line class="whisker k-{}" x1="{}%" x2="{}%" y1="{}%" y2="{}%"/>')
            self._parts.append(drawn.format(mark.kind + thin, *(f"{at:.2f}" for at in places)))
        drawn = shape(f"{self._x(a):.2f}%", f"{self._y(b):.2f}%", mark.kind, mark.hollow)
        self._parts.append(Markup("<g><title>{}</title>{}</g>").format(mark.title, drawn))

    def text(
        self,
        a: float,
        b: float,
        said: str,
        dx: int = 0,
        dy: int = 0,
        anchor: str = "start",
        kind: str = "",
    ) -> None:
        """Words at a point, moved by pixels."""
        self._parts.append(
            Markup(
                '<text class="k-{}" x="{}%" y="{}%" dx="{}" dy="{}" text-anchor="{}">{}</text>'
            ).format(kind or "ink", f"{self._x(a):.2f}", f"{self._y(b):.2f}", dx, dy, anchor, said)
        )

    def svg(self) -> Markup:
        """The chart."""
        lines = Markup(
            '<svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="100%">'
            "{}</svg>"
        ).format(Markup("").join(self._under))
        return Markup(
            '<svg class="plot" role="img" height="{}"><title>{}</title><desc>{}</desc>{}{}{}</svg>'
        ).format(
            self.height,
            self.title,
            self.described,
            self._frame(),
            lines,
            Markup("").join(self._parts),
        )

    def _frame(self) -> Markup:
        parts = []
        for tick in self.y.ticks:
            at = f"{self._y(tick):.2f}"
            parts.append(
                Markup(
                    '<line class="grid" x1="0" x2="100%" y1="{0}%" y2="{0}%"/>'
                    '<text class="tick" x="0" y="{0}%" dx="-8" dy="4" text-anchor="end">{1}</text>'
                ).format(at, self.y.label(tick))
            )
        for tick in self.x.ticks:
            at = f"{self._x(tick):.2f}"
            parts.append(
                Markup(
                    '<line class="tickmark" x1="{0}%" x2="{0}%" y1="100%" y2="100%"/>'
                    '<text class="tick" x="{0}%" y="100%" dy="18" text-anchor="middle">{1}</text>'
                ).format(at, self.x.label(tick))
            )
        parts.append(
            Markup(
                '<line class="axisline" x1="0" x2="100%" y1="100%" y2="100%"/>'
                '<text class="caption" x="50%" y="100%" dy="38" text-anchor="middle">{}</text>'
                '<text class="caption" x="0" y="0" dx="-8" dy="-14">{}</text>'
            ).format(self.x_name, self.y_name)
        )
        return Markup("").join(parts)

    def _x(self, value: float) -> float:
        return self.x.at(value)

    def _y(self, value: float) -> float:
        return 100 - self.y.at(value)
