"""Echoes: channels over long windows stay high long after their cause, so they fire again only for news.

News is a score that passes the threshold after recent scores were below it, or one that has become ten times as rare
since the last news. Neither depends on the budget; it only decides which thresholds a score passes as an echo.
"""

from typing import Any, Final

from numba import njit

from detector import detectors
from detector.kernel import layout as at

_LONG_WINDOWS: Final = (
    detectors.SUMS,
    detectors.MOVES,
    detectors.DRIFTS,
    detectors.CLOSES,
    detectors.RATES,
    detectors.REPEATS,
)
_KEEP: Final = 0.99
"""What is remembered fades by this factor a print."""
_STEP: Final = 1.0
"""Decades by which a score must exceed the last news to be news again."""
NO_ECHO: Final = -99.0
"""Lies below every threshold."""


@njit(cache=True, nogil=True)
def highest(s: Any, c: int, score: float) -> float:
    """Return the threshold up to which a channel's score is an echo; `NO_ECHO` if it is news at any threshold."""
    if c not in _LONG_WINDOWS or score > s[at.LAST_NEWS + c] + _STEP:
        return NO_ECHO
    return s[at.RECENT_MAX + c]


@njit(cache=True, nogil=True)
def remember(s: Any, scores: Any, closing: bool) -> None:
    """Remember one print's scores; those of closing moves only near the close."""
    for c in _LONG_WINDOWS:
        if c == detectors.CLOSES and not closing:
            continue
        score, news = scores[c], s[at.LAST_NEWS + c]
        s[at.RECENT_MAX + c] = max(s[at.RECENT_MAX + c] * _KEEP, score)
        s[at.LAST_NEWS + c] = score if score > news + _STEP else max(news * _KEEP, min(news, score))
