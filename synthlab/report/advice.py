"""Which rows a reader should train on, in words: synthetic, their own real ones, or both."""

from __future__ import annotations

from collections.abc import Sequence

from synthlab.comparisons import BOTH, REAL, SYNTHETIC, Arm, Contrast
from synthlab.report.ends import least, sure


def advice(arms: Sequence[Arm], contrasts: Sequence[Contrast]) -> str:
    """The three figures, and what to use.

    Something is said to be better only where the difference holds after Holm's correction;
    otherwise the reader is told what cannot be told apart.
    """
    by_name = {arm.name: arm for arm in arms}
    if REAL not in by_name or BOTH not in by_name:
        return f"On the sealed test rows, synthetic rows alone reach {_f1(by_name[SYNTHETIC])}."
    real, both = by_name[REAL], by_name[BOTH]
    figures = (
        f"Synthetic alone {_f1(by_name[SYNTHETIC])}, your {_rows(real.rows)} alone {_f1(real)}, "
        f"both {_f1(both)}"
    )
    return f"{figures}: {_use(by_name, contrasts)}"


def _use(arms: dict[str, Arm], contrasts: Sequence[Contrast]) -> str:
    gain = _contrast(contrasts, BOTH, REAL)
    alone = _contrast(contrasts, SYNTHETIC, REAL)
    weight = arms[BOTH].weight
    how = "" if weight == 1 else f", a synthetic row at weight {weight:g}"
    if gain is not None and gain.found and gain.value > 0:
        return f"train on both{how} ({_sure(gain)} over the real rows alone)."
    if gain is not None and gain.found:
        return f"train on your real rows: the synthetic ones harm ({_sure(gain)})."
    if alone is not None and alone.found and alone.value > 0:
        return f"train on the synthetic rows ({_sure(alone)} over the real rows alone)."
    seen = ""
    if gain is not None and gain.se:
        seen = f" ({_sure(gain)}; this test resolves {least(gain.resolves)})"
    return f"train on your real rows: that synthetic ones add anything cannot be seen{seen}."


def _contrast(contrasts: Sequence[Contrast], a: str, b: str) -> Contrast | None:
    return next((item for item in contrasts if (item.a, item.b) == (a, b)), None)


def _sure(found: Contrast) -> str:
    return f"{found.value:+.3f}, {sure(found)}"


def _f1(arm: Arm) -> str:
    return f"{arm.estimate.value:.2f}"


def _rows(count: int) -> str:
    return f"{count:,} real {'row' if count == 1 else 'rows'}"
