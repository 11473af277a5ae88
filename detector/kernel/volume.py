"""Size and volume features: logarithms above the symbol's own centre, those of volumes in units of their spread."""

import math
from typing import Any, Final

from numba import njit

from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel.baselines import above_centre, fade, learn_log, learn_log_slowly, slowed, weight

_LARGE: Final = 0.7
_MOST_BEYOND: Final = 2.0
"""A print adds to the run of large prints the amount by which its log size above the centre exceeds `_LARGE` times the
tail's level. For this, the log size is capped at `_MOST_BEYOND` above the level."""
_KEEP_10P: Final = 0.9
_RUN_PRINTS: Final = 1000.0
_KEEP_60P: Final = 1.0 - 1.0 / 60.0
_SIZE_WINDOW: Final = 2000.0
_VOLUME_WINDOW: Final = 1000.0
_FEATURES: Final = (feature.SIZE, feature.VOLUME_2S, feature.VOLUME_30S, feature.VOLUME_60P)
_SUMS: Final = (0, at.VOLUME_2S, at.VOLUME_30S, at.VOLUME_60P)
"""The feature that belongs to each slot of the logarithmic statistics, and the state slot of its sum."""


@njit(cache=True, nogil=True)
def pass_time(s: Any, dt_s: float) -> None:
    """Fade the sums over seconds; every print moves the clock, whether or not its size counts."""
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
        The part of it that counts in the sums: less than `size` for a print that is extreme by itself, so that the sums
        do not report it again.
    sign : float
        +1 for a buying aggressor, -1 for a selling one, 0 if none is given.
    raw, x, usual : ndarray of float64, shape (N_FEATURES,)
        Filled with volumes in shares or contracts, this print counted in full, features and usual volumes. Runs are
        sums of logarithms.
    """
    s[at.VOLUME_2S] += counted
    s[at.VOLUME_30S] += counted
    s[at.VOLUME_60P] = s[at.VOLUME_60P] * _KEEP_60P + counted
    s[at.SIGNED_30S] += sign * counted
    run = _run_share(s, counted)
    s[at.SIZE_RUN_10P] = s[at.SIZE_RUN_10P] * _KEEP_10P + run
    s[at.SIZE_RUN_60P] = s[at.SIZE_RUN_60P] * _KEEP_60P + run

    # Sizes have a power-law tail of much the same slope everywhere, whatever the spread of their body.
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
    """Fill the size and volume features of a print whose size does not count: zero, or traded in an auction."""
    for i in range(feature.END_VOLUME):
        raw[i], x[i], usual[i] = 0.0, 0.0, 0.0
    raw[feature.SIZE], usual[feature.SIZE] = size, _usual_size(s)


@njit(cache=True, nogil=True)
def learn(s: Any, count: int, size: float, surprises: Any) -> None:
    """Update the centres and spreads of the size and the sums, and the means of the runs."""
    learn_log(s, 0, math.log(size), count, _SIZE_WINDOW)
    share = weight(count, _RUN_PRINTS)
    s[at.RUN_MEAN_10P] += share * (_limited(s[at.SIZE_RUN_10P], s[at.RUN_MEAN_10P]) - s[at.RUN_MEAN_10P])
    s[at.RUN_MEAN_60P] += share * (_limited(s[at.SIZE_RUN_60P], s[at.RUN_MEAN_60P]) - s[at.RUN_MEAN_60P])
    for i in range(1, len(_FEATURES)):
        share = weight(count, _VOLUME_WINDOW) * slowed(surprises[_FEATURES[i]])
        learn_log_slowly(s, i, math.log(s[_SUMS[i]]), share, count)


@njit(cache=True, nogil=True)
def usual_part(s: Any, size: float) -> float:
    """Return the size, capped at one seen once in 256 prints, so that no single block sets the average price.

    Until a size has been learned, a print without one counts as 1.
    """
    if s[at.SPREAD] == 0.0:
        return max(size, 1.0)
    return min(max(size, 0.0), math.exp(s[at.CENTRE] + s[at.TAIL_LEVEL + feature.SIZE]))


@njit(cache=True, nogil=True)
def _usual_size(s: Any) -> float:
    """Return the symbol's usual size; 0 until one has been learned."""
    return math.exp(s[at.CENTRE]) if s[at.SPREAD] > 0.0 else 0.0


@njit(cache=True, nogil=True)
def _run_share(s: Any, size: float) -> float:
    """Return what a print adds to the run of large prints; see `_MOST_BEYOND`."""
    if s[at.SPREAD] == 0.0:
        return 0.0
    level = s[at.TAIL_LEVEL + feature.SIZE]
    return max(0.0, min(math.log(size) - s[at.CENTRE], level + _MOST_BEYOND) - _LARGE * level)


@njit(cache=True, nogil=True)
def _observe_run(run: float, mean: float, i: int, raw: Any, x: Any, usual: Any) -> None:
    """Fill feature `i` with a run's excess over its mean, in units of ``sqrt(1 + mean)``."""
    raw[i], usual[i] = run, mean
    x[i] = max(0.0, run - mean) / math.sqrt(1.0 + mean)


@njit(cache=True, nogil=True)
def _limited(run: float, mean: float) -> float:
    """Return the run, winsorised for its mean."""
    return min(run, 3.0 * (1.0 + mean))
