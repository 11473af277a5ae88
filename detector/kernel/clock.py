"""The clock of one symbol: its latest event time, which a print with a wrong time does not hold ahead for long."""

import math
from typing import Any, Final

from numba import njit

from detector.kernel import layout as at

LEAP_S: Final = 60.0
LEAP_GAPS: Final = 20.0
"""A print so far ahead of the clock, in seconds and in usual gaps between prints, may be one whose time is wrong."""
_SURE: Final = 30
_REFUTED: Final = -2
_NEVER: Final = -(2**63)


@njit(cache=True, nogil=True)
def start(k: Any, ts_event: int) -> None:
    """Set a new symbol's clock; of its first print nothing tells whether its time is right."""
    k[at.I_ANCHOR], k[at.I_CLOCK] = ts_event, ts_event
    k[at.I_LEAPT_FROM], k[at.I_LEAP_VOTES] = _NEVER, 0


@njit(cache=True, nogil=True)
def put_back(s: Any, k: Any, ts_event: int) -> bool:
    """Let one print vote on the latest leap of the clock, and undo a leap that is refuted; return whether it was.

    A print that lies between the times before and after a leap, far behind the latter, speaks against it, any other for
    it. A leap that many have spoken for is beyond doubt; of several in a row the first is what is voted on. When it is
    refuted the clock is this print's, and the usual number of prints is that of before.
    """
    ahead_s = (ts_event - k[at.I_CLOCK]) * 1e-9
    far_s = max(LEAP_S, LEAP_GAPS * math.exp(s[at.SPACING]))
    if k[at.I_LEAP_VOTES] >= _SURE:
        if ahead_s > far_s:
            k[at.I_LEAPT_FROM], k[at.I_LEAP_VOTES] = k[at.I_CLOCK], 1
            s[at.COUNT_BEFORE_LEAP] = s[at.COUNT_300S]
        return False
    against = ahead_s < -0.5 * far_s and ts_event >= k[at.I_LEAPT_FROM]
    k[at.I_LEAP_VOTES] += -1 if against else 1
    if k[at.I_LEAP_VOTES] > _REFUTED:
        return False
    k[at.I_CLOCK], k[at.I_LEAP_VOTES] = ts_event, _SURE
    s[at.COUNT_300S] = s[at.COUNT_BEFORE_LEAP]
    return True
