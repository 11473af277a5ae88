"""A move that has been alerted on is no longer news: price references catch up with a surprising move."""

from typing import Any, Final

from numba import njit

from detector.kernel import features as feature
from detector.kernel import layout as at

_REFERENCE_OF: Final = (
    feature.MOVE_2S,
    feature.MOVE_30S,
    feature.MOVE_300S,
    feature.MOVE_300S,
    feature.MOVE_5P,
    feature.MOVE_20P,
    feature.MOVE_200P,
)
"""The feature whose surprise moves each fading mean; the mean of the closing move follows `MOVE_300S`."""
_REPORTED: Final = 4.8
_PATH_REPORTED: Final = 7.0
"""A straight move this surprising has been alerted on along its way; unless forgotten, it would stay in the ring."""
_TAKEN_UP: Final = 0.5
_ABSURD: Final = 20.0
"""No market price is this surprising: the reference is wrong."""


@njit(cache=True, nogil=True)
def take_up(s: Any, k: Any, price: float, surprises: Any) -> None:
    """Move each reference towards a price that was surprising relative to it: the move has been alerted on."""
    for i in range(len(_REFERENCE_OF)):
        s[at.REFERENCES + i] += _share_taken(surprises[_REFERENCE_OF[i]]) * (price - s[at.REFERENCES + i])
    if surprises[feature.PATH_MOVE] > _PATH_REPORTED:
        k[at.I_PATH_RING] = 0
    if s[at.VALUE_SIZE] > 0.0:
        # The VWAP's own mean is shifted along with it: nothing was traded, so this is no drift.
        taken = _share_taken(surprises[feature.VWAP_DEVIATION]) * (price - s[at.VALUE] / s[at.VALUE_SIZE])
        s[at.VALUE] += taken * s[at.VALUE_SIZE]
        s[at.VWAP_REFERENCE] += taken
        drift = s[at.VALUE] / s[at.VALUE_SIZE] - s[at.VWAP_REFERENCE]
        s[at.VWAP_REFERENCE] += _share_taken(surprises[feature.VWAP_DRIFT]) * drift


@njit(cache=True, nogil=True)
def _share_taken(surprise: float) -> float:
    """Return the share of its distance to the price that a reference makes up at once: all of it if absurd."""
    if surprise > _ABSURD:
        return 1.0
    return _TAKEN_UP if surprise > _REPORTED else 0.0
