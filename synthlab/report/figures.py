"""Figures as PNG bytes. Drawn on a canvas of their own: no global state, no display."""

from __future__ import annotations

import io

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from synthlab.comparisons import Finals
from synthlab.outcomes import RunResult


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
    return buffer.getvalue()


def leaderboard_png(result: RunResult) -> bytes:
    """Candidates as bars, the real-row baselines as dashed lines behind them."""
    trials = list(reversed(result.trials))
    figure = Figure(figsize=(8, 1.6 + 0.5 * len(trials)))
    axes = figure.add_subplot()
    names = [f"{t.candidate.name}{' (short of rows)' if t.short else ''}" for t in trials]
    bars = axes.barh(names, [t.score.f1 for t in trials], height=0.6)
    axes.bar_label(bars, fmt="%.3f", padding=-38, color="white")
    for place, baseline in enumerate(result.baselines):
        axes.axvline(baseline.f1, color="0.6", linestyle="--", linewidth=0.8, zorder=0)
        if place % 2 == 0 or place == len(result.baselines) - 1:
            axes.text(
                baseline.f1,
                1.02,
                baseline.name,
                rotation=40,
                ha="left",
                va="bottom",
                fontsize=7,
                color="0.35",
                transform=axes.get_xaxis_transform(),
            )
    axes.set_xlim(0, 1)
    axes.set_xlabel("macro-F1 on real dev rows (dashed: the same model without synthetic rows)")
    return _png(figure)


def curves_png(finals: Finals) -> bytes:
    """Learning curves on test: real rows, synthetic rows, and real rows with synthetic ones."""
    figure = Figure(figsize=(7.5, 4.5))
    axes = figure.add_subplot()
    kinds = (("real", "real rows"), ("synthetic", "synthetic rows"), ("both", "real + synthetic"))
    for kind, title in kinds:
        points = finals.curves.get(kind, ())
        if points:
            sizes = [point.per_class for point in points]
            means, sds = [p.f1 for p in points], [p.sd for p in points]
            axes.errorbar(sizes, means, yerr=sds, marker="o", capsize=3, label=title)
    axes.set_xscale("log")
    axes.set_xticks(ticks := sorted({p.per_class for own in finals.curves.values() for p in own}))
    axes.set_xticklabels([f"{tick:,}" for tick in ticks], rotation=40)
    axes.minorticks_off()
    axes.set_xlabel("rows a class (real ones, where both are trained on)")
    axes.set_ylabel("macro-F1 on test (bars: sd over draws)")
    axes.set_ylim(0, 1)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    return _png(figure)
