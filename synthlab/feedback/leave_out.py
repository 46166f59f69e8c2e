"""What leaving rows out would win: chosen on one half of the dev rows, judged on the other.

Rows that are chosen and judged on the same dev rows always seem to win something.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
from sklearn.base import clone
from sklearn.metrics import f1_score

from synthlab.features.threads import one_thread
from synthlab.feedback.base import Evidence
from synthlab.statistics.halves import halves
from synthlab.statistics.macro import Codes, Floats

Harm = Callable[[Floats, Codes], Collection[int]]
"""Credits and true classes of some dev rows -> places of the rows that they find harmful."""


def gain_without(evidence: Evidence, credit: Floats, true: Codes, harm: Harm) -> float | None:
    """The change of macro-F1 without the rows that harm: one half of dev names, the other judges.

    It is the mean of both ways round.

    Args:
        evidence: the rows and the model.
        credit: shape (dev rows, kept rows).
        true: shape (dev rows,): class codes.
        harm: what names them.

    Returns:
        None where neither half names any: half the rows see less than all of them.
    """
    first, second = halves(true, evidence.seed)
    if not len(first) or not len(second):
        return None
    half = np.isin(np.arange(len(true)), first)
    named = [set(harm(credit[~judge], true[~judge])) for judge in (half, ~half)]
    if not any(named):
        return None
    changes = [
        _without(evidence, out, np.flatnonzero(judge).tolist()) if out else 0.0
        for out, judge in zip(named, (half, ~half), strict=True)
    ]
    return float(np.mean(changes))


def _without(evidence: Evidence, out: set[int], judge: Sequence[int]) -> float:
    """Macro-F1 on some dev rows after a fit without some rows, less that with them."""
    kept = [row for place, row in enumerate(evidence.kept) if place not in out]
    if {row.label for row in kept} != {row.label for row in evidence.kept}:
        return 0.0  # a class cannot be left out
    real = [evidence.real[place] for place in judge]
    true, texts = [row.label for row in real], evidence.texts(real)
    try:
        with one_thread():
            model = clone(evidence.model).fit(evidence.texts(kept), [row.label for row in kept])
            called = [evidence.model.predict(texts), model.predict(texts)]
    except ValueError:  # a classifier may want more rows than are left
        return 0.0
    labels = list(evidence.brief.labels)
    before, after = (
        f1_score(true, list(calls), labels=labels, average="macro", zero_division=0.0)
        for calls in called
    )
    return float(after - before)
