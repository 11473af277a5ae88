"""Size and volume features: logarithms against the symbol's own centre, in spreads."""

import math
from typing import Any, Final

from numba import njit

from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel.baselines import LEAST_SPREAD, above_centre, fade, learn_log

_RUN_S: Final = 20.0
_RUN_KEEP: Final = 0.97
_RUN_ALLOWANCE: Final = 0.8
_RUN_LIMIT: Final = 4.0
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
    s[at.VOLUME_2S] = s[at.VOLUME_2S] * short + size
    s[at.VOLUME_30S] = s[at.VOLUME_30S] * long + size
    s[at.VOLUME_20P] = s[at.VOLUME_20P] * _KEEP_20P + size
    s[at.SIGNED_30S] = s[at.SIGNED_30S] * long + sign * size
    above = 0.0
    if s[at.SPREAD] > 0.0:
        above = (math.log(size) - s[at.CENTRE]) / max(s[at.SPREAD], LEAST_SPREAD)
    run = s[at.SIZE_RUN] * fade(dt_s, _RUN_S) * _RUN_KEEP
    s[at.SIZE_RUN] = max(0.0, run + min(above, _RUN_LIMIT) - _RUN_ALLOWANCE)

    raw[feature.SIZE] = size
    raw[feature.VOLUME_2S] = s[at.VOLUME_2S]
    raw[feature.VOLUME_30S] = s[at.VOLUME_30S]
    raw[feature.VOLUME_20P] = s[at.VOLUME_20P]
    for i in range(len(_FEATURES)):
        x[_FEATURES[i]] = above_centre(s, i, math.log(raw[_FEATURES[i]]))
        usual[_FEATURES[i]] = math.exp(s[at.CENTRE + i])
    raw[feature.SIZE_RUN] = s[at.SIZE_RUN]
    x[feature.SIZE_RUN] = s[at.SIZE_RUN]
    usual[feature.SIZE_RUN] = 0.0
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
    for i in range(1, len(_FEATURES)):
        learn_log(s, i, math.log(raw[_FEATURES[i]]), count, _VOLUME_WINDOW)
