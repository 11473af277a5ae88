"""One symbol's clock: its latest event time, corrected soon after a wrong time or a return to an earlier day."""

import math
from typing import Any, Final

from numba import njit

from detector.kernel import layout as at
from detector.kernel.baselines import gap_now

LEAP_S: Final = 5.0
LEAP_GAPS: Final = 20.0
"""A print further ahead than this many seconds and this many recent gaps between prints is a leap: it may be wrong."""
_BEHIND: Final = 0.5
"""A print is far behind if it lags the clock by more than this share of a leap."""
_SURE: Final = 30
_REFUTED: Final = -2
_NEVER: Final = -(2**63)


@njit(cache=True, nogil=True)
def start(k: Any, ts_event: int) -> None:
    """Set a new symbol's clock to its first print; the following prints vote on that time as on a leap."""
    k[at.I_ANCHOR], k[at.I_CLOCK] = ts_event, ts_event
    k[at.I_LEAPT_FROM], k[at.I_LEAP_VOTES] = _NEVER, 0


@njit(cache=True, nogil=True)
def put_back(s: Any, k: Any, ts_event: int) -> float:
    """Put the clock back to this print's time if it was wrong or if time went back for good.

    Each print votes on the clock's latest leap. A print between the times before and after the leap, and far behind the
    latter, votes against it; any other print votes for it. At `_SURE` net votes the leap is beyond doubt; until then,
    further leaps start no new vote. At `_REFUTED` net votes the clock is put back, and with it the count of prints over
    300 s from which rates are expected.

    If `_SURE` prints in a row are far behind the clock, their time is taken as right, however sure the clock was: a
    file may be played again, or an older day after a newer one.

    Returns
    -------
    float
        Seconds by which a wrong time was put back; infinite if time went back for good; otherwise 0.
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
