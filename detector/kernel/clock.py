"""The clock of one symbol: its latest event time, which no wrong time and no later day holds ahead for long."""

import math
from typing import Any, Final

from numba import njit

from detector.kernel import layout as at
from detector.kernel.baselines import gap_now

LEAP_S: Final = 5.0
LEAP_GAPS: Final = 20.0
"""A print so far ahead of the clock, in seconds and in usual gaps between prints, may be one whose time is wrong."""
_BEHIND: Final = 0.5
"""A print is far behind from such a share of a leap on."""
_SURE: Final = 30
_REFUTED: Final = -2
_NEVER: Final = -(2**63)


@njit(cache=True, nogil=True)
def start(k: Any, ts_event: int) -> None:
    """Set a new symbol's clock; of its first print nothing tells whether its time is right."""
    k[at.I_ANCHOR], k[at.I_CLOCK] = ts_event, ts_event
    k[at.I_LEAPT_FROM], k[at.I_LEAP_VOTES] = _NEVER, 0


@njit(cache=True, nogil=True)
def put_back(s: Any, k: Any, ts_event: int) -> float:
    """Put the clock back to this print's time if it was wrong or time went back for good.

    Each print votes on the latest leap of the clock. One that lies between the times before and after the leap, far
    behind the latter, speaks against it, any other for it. A leap that many have spoken for is beyond doubt; of several
    in a row the first is what is voted on. When it is refuted the usual number of prints is that of before.

    Where as many prints in a row are far behind the clock, whatever it once rested on, their time is the time: files
    are played again, and an older day after a newer one.

    Returns
    -------
    float
        By how many seconds a wrong time was put back, infinite where time went back for good, 0 else.
    """
    ahead_s = (ts_event - k[at.I_CLOCK]) * 1e-9
    far_s = max(LEAP_S, LEAP_GAPS * gap_now(s))
    behind = ahead_s < -_BEHIND * far_s
    k[at.I_BEHIND] = k[at.I_BEHIND] + 1 if behind else 0
    if k[at.I_BEHIND] >= _SURE:
        _set(k, ts_event)
        return math.inf
    if k[at.I_LEAP_VOTES] >= _SURE:
        if ahead_s > far_s:
            k[at.I_LEAPT_FROM], k[at.I_LEAP_VOTES] = k[at.I_CLOCK], 1
            s[at.COUNT_BEFORE_LEAP] = s[at.COUNT_300S]
        return 0.0
    against = behind and ts_event >= k[at.I_LEAPT_FROM]
    k[at.I_LEAP_VOTES] += -1 if against else 1
    if k[at.I_LEAP_VOTES] > _REFUTED:
        return 0.0
    _set(k, ts_event)
    s[at.COUNT_300S] = s[at.COUNT_BEFORE_LEAP]
    return -ahead_s


@njit(cache=True, nogil=True)
def _set(k: Any, ts_event: int) -> None:
    """Set the clock to a time that is beyond doubt."""
    k[at.I_CLOCK], k[at.I_LEAP_VOTES], k[at.I_BEHIND] = ts_event, _SURE, 0
