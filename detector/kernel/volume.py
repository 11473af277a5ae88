"""Size and volume features: logarithms against the symbol's own centre, in spreads."""

import math
from typing import Any, Final

from numba import njit

from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel.baselines import LEAST_SPREAD, above_centre, fade, learn_log, weight

_LIMIT: Final = 4.0
_LARGEST: Final = 2.0
"""A print counts in sums as at most so many times the size seen once in 640 prints: a block is told by its own size,
and leaves no echo."""
_LARGE: Final = 1.5
"""Prints more than so many spreads above the centre add to the run of large ones."""
_RUN_PRINTS: Final = 1000.0
_KEEP_20P: Final = 0.95
_SIZE_WINDOW: Final = 2000.0
_VOLUME_WINDOW: Final = 1000.0
_FEATURES: Final = (feature.SIZE, feature.VOLUME_2S, feature.VOLUME_30S, feature.VOLUME_20P)


@njit(cache=True, nogil=True)
def observe(s: Any, size: float, sign: float, dt_s: float, raw: Any, x: Any, usual: Any) -> None:
    """Add one print to the fading sums and fill the size and volume features.

    `size` must be positive and `sign` is +1 for a buyer, -1 for a seller, 0 where not told. `raw` gets volumes in
    shares or contracts (`SIZE_RUN` in spreads), `usual` what is usual of each.
    """
    short, long = fade(dt_s, 2.0), fade(dt_s, 30.0)
    above, counted = 0.0, size
    if s[at.SPREAD] > 0.0:
        spread = max(s[at.SPREAD], LEAST_SPREAD)
        above = (math.log(size) - s[at.CENTRE]) / spread
        counted = min(size, _LARGEST * math.exp(s[at.CENTRE] + s[at.TAIL_LEVEL + feature.SIZE] * spread))
    s[at.VOLUME_2S] = s[at.VOLUME_2S] * short + counted
    s[at.VOLUME_30S] = s[at.VOLUME_30S] * long + counted
    s[at.VOLUME_20P] = s[at.VOLUME_20P] * _KEEP_20P + counted
    s[at.SIGNED_30S] = s[at.SIGNED_30S] * long + sign * counted
    s[at.SIZE_RUN] = s[at.SIZE_RUN] * long + max(0.0, min(above, _LIMIT) - _LARGE)

    raw[feature.SIZE] = size
    raw[feature.VOLUME_2S] = s[at.VOLUME_2S]
    raw[feature.VOLUME_30S] = s[at.VOLUME_30S]
    raw[feature.VOLUME_20P] = s[at.VOLUME_20P]
    for i in range(len(_FEATURES)):
        x[_FEATURES[i]] = above_centre(s, i, math.log(raw[_FEATURES[i]]))
        usual[_FEATURES[i]] = math.exp(s[at.CENTRE + i])
    raw[feature.SIZE_RUN] = s[at.SIZE_RUN]
    x[feature.SIZE_RUN] = max(0.0, s[at.SIZE_RUN] - s[at.RUN_MEAN]) / math.sqrt(1.0 + s[at.RUN_MEAN])
    usual[feature.SIZE_RUN] = s[at.RUN_MEAN]
    net = abs(s[at.SIGNED_30S])
    raw[feature.IMBALANCE_30S] = s[at.SIGNED_30S]
    x[feature.IMBALANCE_30S] = above_centre(s, 2, math.log(net)) if net > 0.0 else 0.0
    usual[feature.IMBALANCE_30S] = usual[feature.VOLUME_30S]


@njit(cache=True, nogil=True)
def observe_none(raw: Any, x: Any, usual: Any) -> None:
    """Fill the size and volume features of a print that has none to look at: of size zero, or of an auction."""
    for i in range(feature.END_VOLUME):
        raw[i], x[i], usual[i] = 0.0, 0.0, 0.0


@njit(cache=True, nogil=True)
def learn(s: Any, count: int, raw: Any) -> None:
    """Take the volumes into their centres and spreads."""
    learn_log(s, 0, math.log(raw[feature.SIZE]), count, _SIZE_WINDOW)
    limit = 3.0 * (1.0 + s[at.RUN_MEAN])
    s[at.RUN_MEAN] += weight(count, _RUN_PRINTS) * (min(s[at.SIZE_RUN], limit) - s[at.RUN_MEAN])
    for i in range(1, len(_FEATURES)):
        learn_log(s, i, math.log(raw[_FEATURES[i]]), count, _VOLUME_WINDOW)
