"""High volume: the surprise of a single size, and the largest among sums over several prints."""

from typing import Any

from numba import njit

from detector import detectors
from detector.kernel import features as feature


@njit(cache=True, nogil=True)
def score(surprises: Any, scores: Any) -> None:
    """Fill the channels' scores, ``-log10`` of how often a print as remarkable is seen."""
    scores[detectors.SIZE] = surprises[feature.SIZE]
    sums = 0.0
    for i in range(feature.SIZE + 1, feature.END_VOLUME):
        sums = max(sums, surprises[i])
    scores[detectors.SUMS] = sums
