"""Surprise: the largest single-feature surprise among prices, rates, repetition and lateness."""

from typing import Any, Final

import numpy as np
from numba import njit

from detector.kernel import features as feature

_LESS: Final = np.zeros(feature.N_FEATURES)
_LESS[[feature.PRINT_RETURN, feature.VWAP_DEVIATION, feature.VWAP_DRIFT]] = 1.0
_LESS[[feature.MOVE_200P, feature.MOVE_300S]] = 0.2
"""Decades by which a feature must be rarer to speak alone: those that others nearly tell already, and moves over
minutes, which few days are enough to know by."""


@njit(cache=True, nogil=True)
def score(surprises: Any) -> float:
    """Return the score, ``-log10`` of how often a print as remarkable is seen."""
    best = 0.0
    for i in range(feature.END_VOLUME, feature.N_FEATURES):
        best = max(best, surprises[i] - _LESS[i])
    return best
