"""Echoes: channels over long windows stay high long after their cause, so they fire again only for news.

A score is news at every threshold that recent scores did not reach, and at all thresholds if it is ten times as rare as
the last such rise. What is remembered fades, and does not depend on the budget: one memory serves all thresholds.
"""

from typing import Any, Final

from numba import njit

from detector import detectors
from detector.kernel import control
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
"""Decades by which a score must exceed the last rise to be news at all thresholds."""


@njit(cache=True, nogil=True)
def highest(s: Any, c: int, score: float) -> float:
    """Return the threshold up to which a channel's score is an echo; `control.SILENT` if it is news at any."""
    if c not in _LONG_WINDOWS or score > s[at.LAST_RISE + c] + _STEP:
        return control.SILENT
    return s[at.RECENT_MAX + c]


@njit(cache=True, nogil=True)
def remember(s: Any, scores: Any, closing: bool) -> None:
    """Remember one print's scores; those of closing moves only near the close."""
    for c in _LONG_WINDOWS:
        if c == detectors.CLOSES and not closing:
            continue
        score, rise = scores[c], s[at.LAST_RISE + c]
        s[at.RECENT_MAX + c] = max(s[at.RECENT_MAX + c] * _KEEP, score)
        s[at.LAST_RISE + c] = score if score > rise + _STEP else max(rise * _KEEP, min(rise, score))
