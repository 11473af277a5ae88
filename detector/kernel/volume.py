"""Size and volume features: logarithms against the symbol's own centre, in spreads."""

import math
from typing import Any, Final

from numba import njit

from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel.baselines import above_centre, fade, learn_log, learn_log_slowly, slowed, weight

_LARGE: Final = 0.7
_MOST_BEYOND: Final = 2.0
"""A print adds to the run of large ones by how far its size, as a logarithm above the centre, lies beyond this share of
the tail's level; at most as one so far beyond the level."""
_KEEP_10P: Final = 0.9
_RUN_PRINTS: Final = 1000.0
_KEEP_60P: Final = 1.0 - 1.0 / 60.0
_SIZE_WINDOW: Final = 2000.0
_VOLUME_WINDOW: Final = 1000.0
_FEATURES: Final = (feature.SIZE, feature.VOLUME_2S, feature.VOLUME_30S, feature.VOLUME_60P)
_SUMS: Final = (0, at.VOLUME_2S, at.VOLUME_30S, at.VOLUME_60P)
"""The feature in each slot of the logarithmic statistics, and where its sum stands."""


@njit(cache=True, nogil=True)
def pass_time(s: Any, dt_s: float) -> None:
    """Fade the sums over seconds; every print moves the clock, whether it has a size to look at or not."""
    short, long = fade(dt_s, 2.0), fade(dt_s, 30.0)
    s[at.VOLUME_2S] *= short
    s[at.VOLUME_30S] *= long
    s[at.SIGNED_30S] *= long


@njit(cache=True, nogil=True)
def observe(s: Any, size: float, counted: float, sign: float, raw: Any, x: Any, usual: Any) -> None:
    """Add one print to the fading sums and fill the size and volume features.

    Parameters
    ----------
    s : ndarray of float64
        State.
    size : float
        Positive.
    counted : float
        What of it counts in the sums: less for a print that is remarkable by itself, which shall not be told again by
        its echo.
    sign : float
        +1 for a buyer, -1 for a seller, 0 where not told.
    raw, x, usual : ndarray of float64, shape (N_FEATURES,)
        Filled with volumes in shares or contracts, this print in full (runs in logarithms), features, usual volumes.
    """
    s[at.VOLUME_2S] += counted
    s[at.VOLUME_30S] += counted
    s[at.VOLUME_60P] = s[at.VOLUME_60P] * _KEEP_60P + counted
    s[at.SIGNED_30S] += sign * counted
    run = _run_share(s, counted)
    s[at.SIZE_RUN_10P] = s[at.SIZE_RUN_10P] * _KEEP_10P + run
    s[at.SIZE_RUN_60P] = s[at.SIZE_RUN_60P] * _KEEP_60P + run

    # Sizes have a power law's tail of much the same slope everywhere, whatever the spread of their body.
    raw[feature.SIZE] = size
    x[feature.SIZE] = max(0.0, math.log(size) - s[at.CENTRE]) if s[at.SPREAD] > 0.0 else 0.0
    usual[feature.SIZE] = _usual_size(s)
    left = size - counted
    for i in range(1, len(_FEATURES)):
        raw[_FEATURES[i]] = s[_SUMS[i]] + left
        x[_FEATURES[i]] = above_centre(s, i, math.log(s[_SUMS[i]]))
        usual[_FEATURES[i]] = math.exp(s[at.CENTRE + i])
    _observe_run(s[at.SIZE_RUN_10P], s[at.RUN_MEAN_10P], feature.SIZE_RUN_10P, raw, x, usual)
    _observe_run(s[at.SIZE_RUN_60P], s[at.RUN_MEAN_60P], feature.SIZE_RUN_60P, raw, x, usual)
    net = abs(s[at.SIGNED_30S])
    raw[feature.IMBALANCE_30S] = s[at.SIGNED_30S] + sign * left
    x[feature.IMBALANCE_30S] = above_centre(s, 2, math.log(net)) if net > 0.0 else 0.0
    usual[feature.IMBALANCE_30S] = usual[feature.VOLUME_30S]


@njit(cache=True, nogil=True)
def observe_none(s: Any, size: float, raw: Any, x: Any, usual: Any) -> None:
    """Fill the size and volume features of a print that has none to look at: of size zero, or of an auction."""
    for i in range(feature.END_VOLUME):
        raw[i], x[i], usual[i] = 0.0, 0.0, 0.0
    raw[feature.SIZE], usual[feature.SIZE] = size, _usual_size(s)


@njit(cache=True, nogil=True)
def learn(s: Any, count: int, size: float, surprises: Any) -> None:
    """Take the size and the sums into their centres and spreads."""
    learn_log(s, 0, math.log(size), count, _SIZE_WINDOW)
    share = weight(count, _RUN_PRINTS)
    s[at.RUN_MEAN_10P] += share * (_limited(s[at.SIZE_RUN_10P], s[at.RUN_MEAN_10P]) - s[at.RUN_MEAN_10P])
    s[at.RUN_MEAN_60P] += share * (_limited(s[at.SIZE_RUN_60P], s[at.RUN_MEAN_60P]) - s[at.RUN_MEAN_60P])
    for i in range(1, len(_FEATURES)):
        share = weight(count, _VOLUME_WINDOW) * slowed(surprises[_FEATURES[i]])
        learn_log_slowly(s, i, math.log(s[_SUMS[i]]), share, count)


@njit(cache=True, nogil=True)
def usual_part(s: Any, size: float) -> float:
    """Return what of a size is seen once in 256 prints or more often; one block is no market's average price.

    While no size was seen, every print counts alike.
    """
    if s[at.SPREAD] == 0.0:
        return max(size, 1.0)
    return min(max(size, 0.0), math.exp(s[at.CENTRE] + s[at.TAIL_LEVEL + feature.SIZE]))


@njit(cache=True, nogil=True)
def _usual_size(s: Any) -> float:
    """Return the size that is usual, 0 while none was seen."""
    return math.exp(s[at.CENTRE]) if s[at.SPREAD] > 0.0 else 0.0


@njit(cache=True, nogil=True)
def _run_share(s: Any, size: float) -> float:
    """Return what a print adds to the run of large ones."""
    if s[at.SPREAD] == 0.0:
        return 0.0
    level = s[at.TAIL_LEVEL + feature.SIZE]
    return max(0.0, min(math.log(size) - s[at.CENTRE], level + _MOST_BEYOND) - _LARGE * level)


@njit(cache=True, nogil=True)
def _observe_run(run: float, mean: float, i: int, raw: Any, x: Any, usual: Any) -> None:
    raw[i], usual[i] = run, mean
    x[i] = max(0.0, run - mean) / math.sqrt(1.0 + mean)


@njit(cache=True, nogil=True)
def _limited(run: float, mean: float) -> float:
    return min(run, 3.0 * (1.0 + mean))
