"""Baselines of one symbol: updated after scoring, and winsorised, so that an outlier neither hides nor poisons.

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
"""Window, in prints, of the fast ones, which follow a change of activity."""
WINSOR: Final = 5.0
"""A statistic counts in its baseline as at most so many deviations."""
FAST_WEIGHT: Final = 0.7
SPACING_SLOT: Final = 6
"""Of the logarithmic statistics: the gap between prints, with its sign turned."""
SURPRISED: Final = 3.5
"""A statistic that is seen less than once in 3,000 prints teaches its own baseline little."""
SURPRISED_SHARE: Final = 0.1
LEAST_SPREAD: Final = 0.25
_FIRST_SPREAD: Final = 1e-9
"""Not 0, which says that nothing was learned yet."""
RELATIVE_FLOOR: Final = 1e-5
"""Price deviations below this share of the price are never remarkable."""
UNMOVED_FLOOR: Final = 1e-3
"""The same of a price that was never seen to change: of its tick nothing is known."""


@njit(cache=True, nogil=True)
def fade(dt_s: float, horizon_s: float) -> float:
    """Return the weight that remains after `dt_s` seconds of a fading sum over `horizon_s` seconds."""
    return math.exp(-dt_s / horizon_s)


@njit(cache=True, nogil=True)
def gap_now(s: Any) -> float:
    """Return the gap between prints of late, in seconds, as a geometric mean."""
    return math.exp(s[at.SPACING])


@njit(cache=True, nogil=True)
def usual_gap(s: Any) -> float:
    """Return the gap that is usual for the symbol."""
    return math.exp(-s[at.CENTRE + SPACING_SLOT])


@njit(cache=True, nogil=True)
def weight(count: int, window: float) -> float:
    """Return the weight of a new value: of a plain mean while there are few, of a fading one after."""
    return 1.0 / min(float(count) + 1.0, window)


@njit(cache=True, nogil=True)
def slowed(surprise: float) -> float:
    """Return the share of its weight with which a statistic of this surprise is learned from."""
    return SURPRISED_SHARE if surprise > SURPRISED else 1.0


@njit(cache=True, nogil=True)
def price_scale(s: Any, slot: int, floor: float) -> float:
    """Return the deviation that is usual for one price statistic now: the slow baseline, or the fast if larger."""
    return max(s[at.SLOW + slot], FAST_WEIGHT * s[at.FAST + slot], floor)


@njit(cache=True, nogil=True)
def learn_price(s: Any, slot: int, deviation: float, floor: float, slow: float, fast: float) -> None:
    """Take one absolute deviation of a price statistic into its baselines, with these weights."""
    limit = WINSOR * price_scale(s, slot, floor)
    value = min(deviation, limit) if limit > 0.0 else deviation
    s[at.SLOW + slot] += slow * (value - s[at.SLOW + slot])
    s[at.FAST + slot] += fast * (value - s[at.FAST + slot])


@njit(cache=True, nogil=True)
def above_centre(s: Any, slot: int, value: float) -> float:
    """Return how many spreads a logarithmic statistic lies above its centre; never negative, 0 for the first."""
    if s[at.SPREAD + slot] == 0.0:
        return 0.0
    return max(0.0, (value - s[at.CENTRE + slot]) / max(s[at.SPREAD + slot], LEAST_SPREAD))


@njit(cache=True, nogil=True)
def learn_log(s: Any, slot: int, value: float, count: int, window: float) -> None:
    """Take one logarithmic statistic into its centre and spread."""
    learn_log_slowly(s, slot, value, weight(count, window), count)


@njit(cache=True, nogil=True)
def learn_log_slowly(s: Any, slot: int, value: float, share: float, count: int) -> None:
    """Take it in with a weight of one's own."""
    if s[at.SPREAD + slot] == 0.0:
        s[at.CENTRE + slot], s[at.SPREAD + slot] = value, _FIRST_SPREAD
        return
    reach = WINSOR * max(s[at.SPREAD + slot], LEAST_SPREAD)
    if count > 20:
        value = min(max(value, s[at.CENTRE + slot] - reach), s[at.CENTRE + slot] + reach)
    away = value - s[at.CENTRE + slot]
    s[at.CENTRE + slot] += share * away
    s[at.SPREAD + slot] += share * (abs(away) - s[at.SPREAD + slot])
