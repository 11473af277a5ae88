"""Surprise: for each cause among prices, rates, repetition and lateness, its most surprising single feature."""

from typing import Any, Final

import numpy as np
from numba import njit

from detector import detectors
from detector.kernel import features as feature

_CHANNEL: Final = np.zeros(feature.N_FEATURES, dtype=np.int64)
_CHANNEL[[feature.PRINT_RETURN, feature.OFF_MARKET, feature.SNAPBACK]] = detectors.JUMPS
_CHANNEL[feature.MOVE_2S : feature.FIRST_SLOW] = detectors.MOVES
_CHANNEL[feature.FIRST_SLOW : feature.END_PRICE] = detectors.DRIFTS
_CHANNEL[feature.CLOSE_MOVE] = detectors.CLOSES
_CHANNEL[[feature.RATE_2S, feature.RATE_30S, feature.RATE_SCAN]] = detectors.RATES
_CHANNEL[feature.REPEATS] = detectors.REPEATS
_CHANNEL[[feature.STALE, feature.FEED_DELAY]] = detectors.LATENESS

_DEDUCTED: Final = np.zeros(feature.N_FEATURES)
_DEDUCTED[[feature.PRINT_RETURN, feature.SNAPBACK, feature.VWAP_DEVIATION, feature.VWAP_DRIFT]] = 0.5
_DEDUCTED[feature.RATE_2S] = 0.3
"""Decades deducted from the surprise of features that nearly duplicate others."""


@njit(cache=True, nogil=True)
def score(surprises: Any, scores: Any) -> None:
    """Fill the scores of this detector's channels: ``-log10`` of how often so extreme a print is seen."""
    for channel in range(detectors.JUMPS, detectors.FOREST):
        scores[channel] = 0.0
    for i in range(feature.END_VOLUME, feature.N_FEATURES):
        channel = _CHANNEL[i]
        scores[channel] = max(scores[channel], surprises[i] - _DEDUCTED[i])
