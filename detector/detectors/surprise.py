"""Surprise: the largest single-feature surprise among prices, rates, repetition and lateness."""

from typing import Any, Final

from numba import njit

from detector.kernel import features as feature

_SLOW_LESS: Final = 0.4
"""Decades by which moves over minutes must be rarer: they are four, and few days are enough to know them by."""


@njit(cache=True, nogil=True)
def score(surprises: Any) -> float:
    """Return the score, ``-log10`` of how often a print as remarkable is seen."""
    best = 0.0
    for i in range(feature.END_VOLUME, feature.N_FEATURES):
        slow = i in (feature.MOVE_300S, feature.MOVE_200P, feature.VWAP_DEVIATION, feature.VWAP_DRIFT)
        best = max(best, surprises[i] - (_SLOW_LESS if slow else 0.0))
    return best
