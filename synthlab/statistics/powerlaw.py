"""Fits of ``e(n) = a + b * n**-c``, many at once; what they mean for rows is in ``curves.py``.

For a fixed ``c`` the law is linear in ``a`` and ``b``, so one fit is a closed form at each ``c`` of
a grid and a choice of the best; a thousand refits are a few matrix products.

The law: Cortes, Jackel, Solla, Vapnik and Denker, "Learning curves: asymptotic values and rate of
convergence", NIPS 6, 1993; the floor ``a`` of synthetic rows is what they never teach ("rectified"
scaling laws).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RATES: Floats = np.arange(10, 101) / 100
"""Every ``c`` that is tried."""

USUAL_RATE = 0.5
"""Where ``c`` stays when the sizes say nothing of it: the rate of most bounds on learning."""

RATE_SPREAD = 0.5
"""How far, in ``ln c``, sizes may pull it at the cost of one squared standard error."""


def fit_laws(sizes: Floats, errors: Floats, ses: Floats, rates: Floats | None = None) -> Floats:
    """The best ``a >= 0``, ``b >= 0`` and ``c`` in 0.1..1 for each row of errors.

    Weighted least squares with a weak pull of ``ln c`` towards a usual rate. Through two sizes a
    law passes at any ``c``, so ``c`` stays there and two parameters are fitted (the floor being 0,
    ``b`` and ``c``, for a fall too steep for that); with three or more, all three are, as far as
    the noise lets the sizes tell them apart.

    Args:
        sizes: numbers of rows, shape (m,), all positive.
        errors: 1 - macro-F1 at these sizes, shape (k, m).
        ses: standard errors of them, shape (m,), all positive.
        rates: what ``c`` is pulled to in each fit, shape (k,); ``USUAL_RATE`` when None.

    Returns:
        Shape (k, 3): a, b, c.
    """
    pulled = np.full(len(errors), USUAL_RATE) if rates is None else rates
    unit = sizes.min()  # powers of n / unit: b keeps its digits when sizes are in the millions
    x = (sizes[:, None] / unit) ** -RATES
    weight = ses**-2.0
    floor, slope, loss = _lines(x, weight, errors)
    loss = loss + (np.log(RATES / pulled[:, None]) / RATE_SPREAD) ** 2
    best = np.argmin(loss, axis=1)
    row = np.arange(len(errors))
    rate = RATES[best]
    return np.column_stack([floor[row, best], slope[row, best] * unit**rate, rate])


def _lines(x: Floats, weight: Floats, errors: Floats) -> tuple[Floats, Floats, Floats]:
    """Non-negative intercept, slope and weighted squared error of every (fit, rate)."""
    sw = weight.sum()
    sx, sxx = weight @ x, weight @ x**2
    sy, sxy = (errors @ weight)[:, None], (errors * weight) @ x
    slope = (sw * sxy - sx * sy) / (sw * sxx - sx**2)
    floor = (sy - slope * sx) / sw
    through_zero = floor < 0
    slope = np.where(through_zero, sxy / sxx, slope)
    floor = np.where(through_zero, 0.0, floor)
    flat = slope <= 0
    slope = np.where(flat, 0.0, slope)
    floor = np.where(flat, sy / sw, floor)
    squares = (errors**2 @ weight)[:, None]
    loss = squares - 2 * (floor * sy + slope * sxy)
    loss += floor**2 * sw + 2 * floor * slope * sx + slope**2 * sxx
    return floor, slope, loss
