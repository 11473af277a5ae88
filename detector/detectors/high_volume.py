"""High volume: the largest surprise among the features of size and volume, each against the symbol's own."""

from typing import Any, Final

from numba import njit

from detector.kernel import features as feature

_SUMS_LESS: Final = 0.7
"""Decades by which sums over prints must be rarer than a single size: they are six, and follow each other."""


@njit(cache=True, nogil=True)
def score(surprises: Any) -> float:
    """Return the score, ``-log10`` of how often a print as remarkable is seen."""
    best = surprises[feature.SIZE]
    for i in range(feature.END_VOLUME):
        best = max(best, surprises[i] - _SUMS_LESS)
    return best
