"""High volume: the largest surprise among the features of size and volume, each against the symbol's own."""

from typing import Any

from numba import njit

from detector.kernel import features as feature


@njit(cache=True, nogil=True)
def score(surprises: Any) -> float:
    """Return the score, ``-log10`` of a probability."""
    best = 0.0
    for i in range(feature.END_VOLUME):
        best = max(best, surprises[i])
    return best
