"""Odd blocks: a block with an extreme print is not learned from in that print's subject, but is in all others.

Rates have no subject: bursts are part of their usual course, and the tails winsorise each one.
"""

from typing import Any, Final

import numpy as np
from numba import njit

from detector import detectors
from detector.kernel import features as feature
from detector.kernel import layout as at

ODD_PER_MILLION: Final = 30.0
"""A score above its channel's threshold for this rate of alerts makes a block odd."""

_VOLUME: Final = 1
_PRICE: Final = 2
_REPETITION: Final = 4
_LATENESS: Final = 8
_TOGETHER: Final = 16
"""Subjects, one bit each."""

OF_FEATURE: Final = np.zeros(feature.N_FEATURES, dtype=np.int64)
OF_FEATURE[: feature.END_VOLUME] = _VOLUME
OF_FEATURE[feature.FIRST_PRICE : feature.END_PRICE] = _PRICE
OF_FEATURE[feature.REPEATS] = _REPETITION
OF_FEATURE[[feature.STALE, feature.FEED_DELAY]] = _LATENESS

OF_CHANNEL: Final = np.zeros(at.N_CHANNELS, dtype=np.int64)
OF_CHANNEL[[detectors.SIZE, detectors.SUMS]] = _VOLUME
OF_CHANNEL[[detectors.JUMPS, detectors.MOVES, detectors.DRIFTS, detectors.CLOSES]] = _PRICE
OF_CHANNEL[detectors.REPEATS] = _REPETITION
OF_CHANNEL[detectors.LATENESS] = _LATENESS
OF_CHANNEL[detectors.FOREST] = _TOGETHER


@njit(cache=True, nogil=True)
def note(k: Any, limits: Any, margins: Any) -> None:
    """Mark the current blocks as odd in the subject of every channel whose score is too extreme to learn from.

    Parameters
    ----------
    k : ndarray of int64
        Integer view of the state.
    limits, margins : ndarray of float64, shape (N_CHANNELS,)
        How far above its channel's quantile a score must lie to make a block odd, and how far it does lie.
    """
    for c in range(at.N_CHANNELS):
        if margins[c] > limits[c]:
            k[at.I_ODD_TAILS] |= OF_CHANNEL[c]
            k[at.I_ODD_SCORES] |= OF_CHANNEL[c]


@njit(cache=True, nogil=True)
def left_out(k: Any, running: int, skipped: int) -> int:
    """Return the subjects, as bits, in which a finished block is not to be learned from, and begin the next block.

    An odd block is left out, but never two in a row: what recurs in every block is usual for this symbol. `running` and
    `skipped` are the state slots ``I_ODD_…`` and ``I_SKIPPED_…`` of the tails or of the thresholds.
    """
    subjects = k[running] & ~k[skipped]
    k[running], k[skipped] = 0, subjects
    return subjects
