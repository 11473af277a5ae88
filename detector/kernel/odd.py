"""Odd blocks: one with a very remarkable print teaches nothing of its subject, and goes on teaching of the others.

Rates have no subject: bursts are part of what they usually are, and tails count each as no more than a large one.
"""

from typing import Any, Final

import numpy as np
from numba import njit

from detector import detectors
from detector.kernel import features as feature
from detector.kernel import layout as at

ODD_PER_MILLION: Final = 30.0
"""A print as remarkable as a channel would tell so often makes a block odd."""

_VOLUME: Final = 1
_PRICE: Final = 2
_REPETITION: Final = 4
_LATENESS: Final = 8
_TOGETHER: Final = 16
"""Subjects, a bit each."""

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
    """Mark the running blocks where a print is so remarkable that nothing usual can be learned of its subject.

    Parameters
    ----------
    k : ndarray of int64
        Integer view of the state.
    limits, margins : ndarray of float64, shape (N_CHANNELS,)
        How far above its quantile a score makes a block odd, and how far it is.
    """
    for c in range(at.N_CHANNELS):
        if margins[c] > limits[c]:
            k[at.I_ODD_TAILS] |= OF_CHANNEL[c]
            k[at.I_ODD_SCORES] |= OF_CHANNEL[c]


@njit(cache=True, nogil=True)
def left_out(k: Any, running: int, skipped: int) -> int:
    """Return the subjects in which a block that ends is not learned from, and begin the next one.

    An odd block is left out, but never two in a row: what comes in every block is usual for this symbol.
    """
    subjects = k[running] & ~k[skipped]
    k[running], k[skipped] = 0, subjects
    return subjects  # type: ignore[no-any-return]
