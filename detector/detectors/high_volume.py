"""High volume: the surprise of a single size, and the largest surprise of sums over several prints."""

from typing import Any, Final

import numpy as np
from numba import njit

from detector import detectors
from detector.kernel import features as feature

_DEDUCTED: Final = np.zeros(feature.END_VOLUME)
_DEDUCTED[[feature.SIZE_RUN_10P, feature.SIZE_RUN_60P]] = 0.3, 0.6
"""Decades deducted from the surprise of a run: in real markets large prints cluster, and more so in long runs."""


@njit(cache=True, nogil=True)
def score(surprises: Any, scores: Any) -> None:
    """Fill the scores of this detector's channels: ``-log10`` of how often so extreme a print is seen."""
    scores[detectors.SIZE] = surprises[feature.SIZE]
    sums = 0.0
    for i in range(feature.SIZE + 1, feature.END_VOLUME):
        sums = max(sums, surprises[i] - _DEDUCTED[i])
    scores[detectors.SUMS] = sums
