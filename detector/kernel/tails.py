"""Tails: a feature's value → its surprise, ``-log10`` of the probability of a value as large.

Up to the last knot the pre-trained distribution is interpolated between quantiles; beyond it a generalised Pareto
tail goes on (Pickands 1975). Each symbol stretches the axis by its own factor, which follows how often the symbol
exceeds the pre-trained 98 % quantile, within 0.6 to 2.
"""

import math
from typing import Any, Final

from numba import njit

from detector.kernel import features as feature
from detector.kernel import layout as at

N_KNOTS: Final = 8
ROW: Final = 2 * N_KNOTS + 3
"""Numbers per tail: knots' values, knots' surprises, Pareto scale, Pareto shape, the 98 % quantile (0: no adapting)."""

_SHARE_ABOVE: Final = 0.02
_LEAST_LOG: Final = math.log(0.6)
_MOST_LOG: Final = math.log(2.0)
_FIRST_STEP: Final = 0.4
_LAST_STEP: Final = 0.02
_LN10: Final = math.log(10.0)
MOST_SURPRISE: Final = 30.0


@njit(cache=True, nogil=True)
def surprise(tails: Any, row: int, value: float) -> float:
    """Return the surprise of one value by one tail, from 0 to `MOST_SURPRISE`."""
    base = row * ROW
    if value <= tails[base]:
        return 0.0
    last = N_KNOTS - 1
    if value >= tails[base + last]:
        scale, shape = tails[base + 2 * N_KNOTS], tails[base + 2 * N_KNOTS + 1]
        beyond = (value - tails[base + last]) / scale
        grown = math.log1p(shape * beyond) / shape if abs(shape) > 1e-9 else beyond
        return min(MOST_SURPRISE, tails[base + N_KNOTS + last] + grown / _LN10)  # type: ignore[no-any-return]
    i = 1
    while value > tails[base + i]:
        i += 1
    low, high = tails[base + i - 1], tails[base + i]
    part = (value - low) / (high - low)
    below = tails[base + N_KNOTS + i - 1]
    return below + part * (tails[base + N_KNOTS + i] - below)  # type: ignore[no-any-return]


@njit(cache=True, nogil=True)
def surprises(s: Any, tails: Any, x: Any, out: Any) -> None:
    """Fill the surprise of every feature."""
    for i in range(feature.N_FEATURES):
        out[i] = surprise(tails, i, x[i] * math.exp(-s[at.TAIL_SCALE + i])) if x[i] > 0.0 else 0.0


@njit(cache=True, nogil=True)
def adapt(s: Any, tails: Any, x: Any, count: int) -> None:
    """Move each stretch a little, so that this symbol exceeds the stretched 98 % quantile as often as it should."""
    step = max(_LAST_STEP, _FIRST_STEP / math.sqrt(1.0 + count / 50.0))
    for i in range(feature.N_FEATURES):
        bound = tails[i * ROW + 2 * N_KNOTS + 2]
        if bound > 0.0 and x[i] > 0.0:
            above = 1.0 if x[i] > bound * math.exp(s[at.TAIL_SCALE + i]) else 0.0
            moved = s[at.TAIL_SCALE + i] + step * (above - _SHARE_ABOVE)
            s[at.TAIL_SCALE + i] = min(_MOST_LOG, max(_LEAST_LOG, moved))
