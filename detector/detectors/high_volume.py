"""High volume: the surprise of a single size, and the largest among sums over several prints."""

from typing import Any, Final

import numpy as np
from numba import njit

from detector import detectors
from detector.kernel import features as feature

_LESS: Final = np.zeros(feature.END_VOLUME)
_LESS[[feature.SIZE_RUN_10P, feature.SIZE_RUN_60P]] = 0.6
"""Decades by which a run must be rarer to speak: in real markets large prints come together, so its tail is heavier."""


@njit(cache=True, nogil=True)
def score(surprises: Any, scores: Any) -> None:
    """Fill the channels' scores, ``-log10`` of how often a print as remarkable is seen."""
    scores[detectors.SIZE] = surprises[feature.SIZE]
    sums = 0.0
    for i in range(feature.SIZE + 1, feature.END_VOLUME):
        sums = max(sums, surprises[i] - _LESS[i])
    scores[detectors.SUMS] = sums
