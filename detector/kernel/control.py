"""Thresholds: kept per symbol, so that each detector speaks as often as its budget says on any symbol.

Scores are surprises, so their tails are nearly exponential. The card of the model tells, for the training symbols,
the median of a detector's maximum over blocks of 128 prints, the mean excess above it, and the threshold that meets
the budget. A symbol learns its own median and mean excess from its own blocks, and its threshold lies as many mean
excesses above its median as the card's does; the ratio of the excesses is held within bounds. None of what is learned
depends on the budget.
"""

from typing import Any, Final

from numba import njit

from detector.kernel import layout as at
from detector.kernel.tails import MOST_EXCESS

BLOCK_PRINTS: Final = 128
SHARE_ABOVE: Final = 0.5
_PRIOR_BLOCKS: Final = 25.0
_MOST_BLOCKS: Final = 400.0
_LEAST_RATIO: Final = 0.75
_MOST_RATIO: Final = 2.0
YOUNG: Final = 1.0
"""Added to the threshold of a symbol of which little is known, in decades; it fades with the blocks seen."""


@njit(cache=True, nogil=True)
def start(s: Any, card: Any) -> None:
    """Set a new symbol's thresholds to the card's.

    `card` has a row for each detector: median, excess, threshold of the budget, and of the rate beyond which a print is
    so remarkable that its block teaches nothing.
    """
    for d in range(at.N_DETECTORS):
        s[at.LEVEL + d], s[at.EXCESS + d] = card[d, 0], card[d, 1]


@njit(cache=True, nogil=True)
def ratio(s: Any, card: Any, d: int) -> float:
    """Return how this symbol's mean excess compares with the card's."""
    return min(_MOST_RATIO, max(_LEAST_RATIO, s[at.EXCESS + d] / card[d, 1]))  # type: ignore[no-any-return]


@njit(cache=True, nogil=True)
def threshold(s: Any, card: Any, d: int) -> float:
    """Return this symbol's threshold of one detector."""
    return s[at.LEVEL + d] + (card[d, 2] - card[d, 0]) * ratio(s, card, d) + YOUNG / (1.0 + s[at.BLOCKS + d])


@njit(cache=True, nogil=True)
def margin(s: Any, card: Any, d: int, score: float) -> float:
    """Return how far a score lies above this symbol's quantile, in the card's units: what thresholds are set by."""
    return (score - s[at.LEVEL + d]) / ratio(s, card, d)


@njit(cache=True, nogil=True)
def is_odd(s: Any, card: Any, scores: Any) -> bool:
    """Return whether a print is so remarkable that nothing usual can be learned from the blocks that hold it."""
    for d in range(at.N_DETECTORS):
        if margin(s, card, d, scores[d]) > card[d, 3] - card[d, 0]:
            return True
    return False


@njit(cache=True, nogil=True)
def learn(s: Any, k: Any, card: Any, scores: Any, count: int) -> None:
    """Take one print's scores into the block maxima."""
    for d in range(at.N_DETECTORS):
        s[at.BLOCK_MAX + d] = max(s[at.BLOCK_MAX + d], scores[d])
    if (count + 1) % BLOCK_PRINTS == 0:
        for d in range(at.N_DETECTORS):
            if k[at.I_ODD_LONG] == 0:
                _close_block(s, card, d)
            s[at.BLOCK_MAX + d] = 0.0
        k[at.I_ODD_LONG] = 0


@njit(cache=True, nogil=True)
def _close_block(s: Any, card: Any, d: int) -> None:
    highest = s[at.BLOCK_MAX + d]
    blocks = s[at.BLOCKS + d]
    s[at.BLOCKS + d] = blocks + 1.0
    known = _PRIOR_BLOCKS + min(blocks, _MOST_BLOCKS)
    above = highest - s[at.LEVEL + d]
    if above > 0.0:
        above = min(above, MOST_EXCESS * s[at.EXCESS + d])
        s[at.EXCESS + d] += (above - s[at.EXCESS + d]) / (SHARE_ABOVE * known)
    s[at.LEVEL + d] += 4.0 * card[d, 1] * ((1.0 if above > 0.0 else 0.0) - SHARE_ABOVE) / known
