"""Thresholds, kept per symbol so that each channel of a detector fires as often as its budget allows on any symbol.

Scores are decimal surprises by the symbol's own tails. The model's card gives, for the training symbols, the 90 %
quantile of each channel's maximum over blocks of 128 prints, and how far above it the threshold for the budget lies. A
symbol learns its own quantile from its own blocks, within bounds, and its threshold follows. Nothing that is learned
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
"""How many times faster the quantile of jumps is learned, since their stretch depends on it."""
_LEAST_STRETCH: Final = 0.4
_LOWEST: Final = -0.5
_HIGHEST: Final = 1.0
"""Bounds of a symbol's quantile relative to the card's, in decades."""
_YOUNG: Final = 1.0
"""Added to the thresholds of a new symbol, in decades; it shrinks as blocks are seen."""

SILENT: Final = -99.0
"""A margin or a score below every threshold."""

QUANTILE: Final = 0
THRESHOLD: Final = 1
ODD: Final = 2
"""Columns of the card, which has a row per channel: the quantile, how far above it the threshold lies, and how far
above it a score makes its block odd (see `detector.kernel.odd`)."""


@njit(cache=True, nogil=True)
def start(s: Any, card: Any) -> None:
    """Set a new symbol's quantiles to the card's."""
    for c in range(at.N_CHANNELS):
        s[at.LEVEL + c] = card[c, QUANTILE]


@njit(cache=True, nogil=True)
def young(s: Any) -> float:
    """Return what is added to every quantile, in decades, while a symbol is young."""
    return _YOUNG / (1.0 + s[at.BLOCKS])


@njit(cache=True, nogil=True)
def stretch(s: Any, card: Any, c: int) -> float:
    """Return a channel's unit of margin: 1, or less for jumps whose tail is short between median and quantile.

    Jumps of a coarse price end after a tick or two where those of a fine price go on, so anything beyond is news.
    """
    if c != detectors.JUMPS:
        return 1.0
    own, usual = s[at.LEVEL + c] - tails.AT_LEVEL, card[c, QUANTILE] - tails.AT_LEVEL
    return min(1.0, max(_LEAST_STRETCH, own / usual)) if usual > 0.0 else 1.0


@njit(cache=True, nogil=True)
def learn(s: Any, k: Any, card: Any, scores: Any, count: int) -> None:
    """Add one print's scores to the block maxima; at the end of a block, update the quantiles."""
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
