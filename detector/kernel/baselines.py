"""Baselines of one symbol, updated after scoring and winsorised, so that outliers are not masked and do little harm.

Every function is compiled into the kernel and works in place on the state vector `s` (float64) and its integer
view `k`; see `detector.kernel.layout`.
"""

import math
from typing import Any, Final

from numba import njit

from detector.kernel import layout as at

SLOW_PRINTS: Final = 800.0
"""Window, in prints, of the slow baselines."""
FAST_PRINTS: Final = 200.0
"""Window, in prints, of the fast baselines, which follow changes of activity."""
WINSOR: Final = 5.0
"""A value enters its baseline as at most this many deviations."""
FAST_WEIGHT: Final = 0.7
SPACING_SLOT: Final = 6
"""Slot, among the logarithmic statistics, of the gap between prints with its sign reversed."""
SURPRISED: Final = 3.5
"""Values above this surprise, seen less than once in 3,000 prints, enter their own baseline with a reduced weight."""
SURPRISED_SHARE: Final = 0.1
LEAST_SPREAD: Final = 0.25
_FIRST_SPREAD: Final = 1e-9
"""Not 0, which means that nothing has been learned yet."""
RELATIVE_FLOOR: Final = 1e-5
"""Price deviations below this share of the price are never surprising."""
UNMOVED_FLOOR: Final = 1e-3
"""The same for a price that has never been seen to change, since its tick is not known."""


@njit(cache=True, nogil=True)
def fade(dt_s: float, horizon_s: float) -> float:
    """Return the weight left after `dt_s` seconds in a sum that fades exponentially over `horizon_s` seconds."""
    return math.exp(-dt_s / horizon_s)


@njit(cache=True, nogil=True)
def gap_now(s: Any) -> float:
    """Return the recent gap between prints, in seconds: a fading geometric mean."""
    return math.exp(s[at.SPACING])


@njit(cache=True, nogil=True)
def usual_gap(s: Any) -> float:
    """Return the symbol's usual gap between prints, in seconds."""
    return math.exp(-s[at.CENTRE + SPACING_SLOT])


@njit(cache=True, nogil=True)
def weight(count: int, window: float) -> float:
    """Return the weight of a new value in a mean: a plain one while there are few values, then a fading one."""
    return 1.0 / min(float(count) + 1.0, window)


@njit(cache=True, nogil=True)
def slowed(surprise: float) -> float:
    """Return the factor on the weight of a new value, given its surprise."""
    return SURPRISED_SHARE if surprise > SURPRISED else 1.0


@njit(cache=True, nogil=True)
def price_scale(s: Any, slot: int, floor: float) -> float:
    """Return the current usual deviation of a price statistic: the largest of slow, weighted fast and floor."""
    return max(s[at.SLOW + slot], FAST_WEIGHT * s[at.FAST + slot], floor)


@njit(cache=True, nogil=True)
def learn_price(s: Any, slot: int, deviation: float, floor: float, slow: float, fast: float) -> None:
    """Update a price statistic's slow and fast baselines with one absolute deviation, at the weights given."""
    limit = WINSOR * price_scale(s, slot, floor)
    value = min(deviation, limit) if limit > 0.0 else deviation
    s[at.SLOW + slot] += slow * (value - s[at.SLOW + slot])
    s[at.FAST + slot] += fast * (value - s[at.FAST + slot])


@njit(cache=True, nogil=True)
def above_centre(s: Any, slot: int, value: float) -> float:
    """Return how many spreads a value lies above the centre of its slot; 0 below it and for the first value."""
    if s[at.SPREAD + slot] == 0.0:
        return 0.0
    return max(0.0, (value - s[at.CENTRE + slot]) / max(s[at.SPREAD + slot], LEAST_SPREAD))


@njit(cache=True, nogil=True)
def learn_log(s: Any, slot: int, value: float, count: int, window: float) -> None:
    """Update the centre and spread of a logarithmic statistic with one value, over a window in prints."""
    learn_log_slowly(s, slot, value, weight(count, window), count)


@njit(cache=True, nogil=True)
def learn_log_slowly(s: Any, slot: int, value: float, share: float, count: int) -> None:
    """Update the centre and spread of a logarithmic statistic with one value, at the weight `share`."""
    if s[at.SPREAD + slot] == 0.0:
        s[at.CENTRE + slot], s[at.SPREAD + slot] = value, _FIRST_SPREAD
        return
    reach = WINSOR * max(s[at.SPREAD + slot], LEAST_SPREAD)
    if count > 20:
        value = min(max(value, s[at.CENTRE + slot] - reach), s[at.CENTRE + slot] + reach)
    away = value - s[at.CENTRE + slot]
    s[at.CENTRE + slot] += share * away
    s[at.SPREAD + slot] += share * (abs(away) - s[at.SPREAD + slot])
