"""What has been told is news no longer: references of prices follow a move that was remarkable from them."""

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
"""The feature that looks at each fading mean; the closing move is followed as the one over 300 s is."""
_TOLD: Final = 4.8
_LONG_TOLD: Final = 7.0
"""A straight way so remarkable was told on the way; it would be in sight for all its prints."""
_TAKEN_UP: Final = 0.5
_ABSURD: Final = 20.0
"""No market price is so surprising; a reference there is wrong."""


@njit(cache=True, nogil=True)
def take_up(s: Any, k: Any, price: float, surprises: Any) -> None:
    """Let references from which a move was remarkable follow it soon: what has been told is news no longer."""
    for i in range(len(_REFERENCE_OF)):
        s[at.REFERENCES + i] += _share_taken(surprises[_REFERENCE_OF[i]]) * (price - s[at.REFERENCES + i])
    if surprises[feature.PATH_MOVE] > _LONG_TOLD:
        k[at.I_PATH_RING] = 0
    if s[at.VALUE_SIZE] > 0.0:
        # An average price that is taken up takes its own mean along: nothing was traded there.
        taken = _share_taken(surprises[feature.VWAP_DEVIATION]) * (price - s[at.VALUE] / s[at.VALUE_SIZE])
        s[at.VALUE] += taken * s[at.VALUE_SIZE]
        s[at.VWAP_REFERENCE] += taken
        drift = s[at.VALUE] / s[at.VALUE_SIZE] - s[at.VWAP_REFERENCE]
        s[at.VWAP_REFERENCE] += _share_taken(surprises[feature.VWAP_DRIFT]) * drift


@njit(cache=True, nogil=True)
def _share_taken(surprise: float) -> float:
    """Return how much of the way a reference takes at once: all of it from where no market price is."""
    if surprise > _ABSURD:
        return 1.0
    return _TAKEN_UP if surprise > _TOLD else 0.0
