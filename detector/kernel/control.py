"""Thresholds: kept per symbol, so that each channel of a detector speaks as often as its budget says on any symbol.

Scores are decimal surprises by the symbol's own tails. The card of the model tells, for the training symbols, the 90 %
quantile of a channel's maximum over blocks of 128 prints, and how far above it the threshold for the budget lies. A
symbol learns its own quantile from its own blocks, within bounds, and its threshold follows. None of what is learned
depends on the budget.
"""

from typing import Any, Final

from numba import njit

from detector import detectors
from detector.kernel import layout as at
from detector.kernel import odd, tails

BLOCK_PRINTS: Final = 128
SHARE_ABOVE: Final = 0.1
_PRIOR_BLOCKS: Final = 25.0
_MOST_BLOCKS: Final = 400.0
_STEP: Final = 1.2
_JUMPS_STEP: Final = 3.3
"""How much faster the quantile of jumps is learned, on which their stretch depends."""
_LEAST_STRETCH: Final = 0.4
_LOWEST: Final = -0.5
_HIGHEST: Final = 1.0
"""Bounds of a symbol's quantile against the card's, in decades."""
_YOUNG: Final = 1.0
"""Added to the threshold of a symbol of which little is known, in decades; it fades with the blocks seen."""

_TOLD_KEEPS: Final = 0.99
_LOOKING_BACK: Final = (detectors.SUMS, detectors.MOVES, detectors.DRIFTS, detectors.CLOSES, detectors.RATES)
SILENT: Final = -99.0

QUANTILE: Final = 0
THRESHOLD: Final = 1
ODD: Final = 2
"""Columns of the card: quantile, how far above it the threshold lies, and how far above it a score is so remarkable
that its block teaches nothing of its subject (rates have none); a row for each channel."""


@njit(cache=True, nogil=True)
def start(s: Any, card: Any) -> None:
    """Set a new symbol's quantiles to the card's."""
    for c in range(at.N_CHANNELS):
        s[at.LEVEL + c] = card[c, QUANTILE]


@njit(cache=True, nogil=True)
def young(s: Any) -> float:
    """Return what is added to every quantile while a symbol is young."""
    return _YOUNG / (1.0 + s[at.BLOCKS])  # type: ignore[no-any-return]


@njit(cache=True, nogil=True)
def stretch(s: Any, card: Any, c: int) -> float:
    """Return a channel's unit of margin: the smaller, the shorter the symbol's tail is between median and quantile.

    Jumps of a coarse price end after a tick or two, where those of a fine one go on: what is beyond is news.
    """
    if c != detectors.JUMPS:
        return 1.0
    own, usual = s[at.LEVEL + c] - tails.AT_LEVEL, card[c, QUANTILE] - tails.AT_LEVEL
    return min(1.0, max(_LEAST_STRETCH, own / usual)) if usual > 0.0 else 1.0


@njit(cache=True, nogil=True)
def silence_echoes(s: Any, scores: Any, margins: Any, closing: bool) -> None:
    """Silence what is no more remarkable than it was some prints before: what looks back stays large for long.

    Outside the close nothing is told of closing moves, nor remembered as told.
    """
    if not closing:
        margins[detectors.CLOSES] = SILENT
    for c in range(at.N_CHANNELS):
        if c == detectors.CLOSES and not closing:
            continue
        told = s[at.TOLD + c]
        s[at.TOLD + c] = max(told * _TOLD_KEEPS, scores[c])
        if scores[c] <= told and c in _LOOKING_BACK:
            margins[c] = SILENT


@njit(cache=True, nogil=True)
def learn(s: Any, k: Any, card: Any, scores: Any, count: int) -> None:
    """Take one print's scores into the block maxima."""
    for c in range(at.N_CHANNELS):
        s[at.BLOCK_MAX + c] = max(s[at.BLOCK_MAX + c], scores[c])
    if (count + 1) % BLOCK_PRINTS == 0:
        subjects = odd.left_out(k, at.I_ODD_SCORES, at.I_SKIPPED_SCORES)
        step = _STEP / (_PRIOR_BLOCKS + min(s[at.BLOCKS], _MOST_BLOCKS))
        s[at.BLOCKS] += 1.0
        for c in range(at.N_CHANNELS):
            if subjects & odd.OF_CHANNEL[c] == 0:
                above = 1.0 if s[at.BLOCK_MAX + c] > s[at.LEVEL + c] else 0.0
                own = _JUMPS_STEP * step if c == detectors.JUMPS else step
                level = s[at.LEVEL + c] + own * (above - SHARE_ABOVE)
                usual = card[c, QUANTILE]
                s[at.LEVEL + c] = min(usual + _HIGHEST, max(usual + _LOWEST, level))
        for c in range(at.N_CHANNELS):
            s[at.BLOCK_MAX + c] = 0.0
