"""The clock of one symbol: its latest event time, which a print with a wrong time does not hold ahead for long."""

from typing import Any, Final

from numba import njit

from detector.kernel import layout as at

LEAP_NS: Final = 60_000_000_000
"""A print so far ahead of the clock may be one whose time is wrong."""
_BEHIND_NS: Final = LEAP_NS // 2
_NEVER: Final = -(2**63)


@njit(cache=True, nogil=True)
def start(k: Any, ts_event: int) -> None:
    """Set a new symbol's clock."""
    k[at.I_ANCHOR], k[at.I_CLOCK] = ts_event, ts_event
    k[at.I_LEAPT_FROM], k[at.I_SINCE_LEAP] = _NEVER, 0


@njit(cache=True, nogil=True)
def went_back(k: Any, ts_event: int) -> bool:
    """Let one print vote on the latest leap of the clock; return whether the leap was undone.

    Of the prints since the leap, one that lies between the time before and the time after it speaks against it, any
    other for it. When more have spoken against it, the time of the print that leapt was wrong, and the clock is this
    print's.
    """
    if ts_event - k[at.I_CLOCK] > LEAP_NS:
        k[at.I_LEAPT_FROM], k[at.I_SINCE_LEAP] = k[at.I_CLOCK], 1
    elif k[at.I_CLOCK] - ts_event > _BEHIND_NS and ts_event >= k[at.I_LEAPT_FROM]:
        k[at.I_SINCE_LEAP] -= 1
    else:
        k[at.I_SINCE_LEAP] += 1
    if k[at.I_SINCE_LEAP] >= 0:
        return False
    k[at.I_CLOCK], k[at.I_SINCE_LEAP] = ts_event, 1
    return True
