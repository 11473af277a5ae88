"""The speed of a replay: which trades are due by now."""

import datetime as dt
import logging
import time
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

logger = logging.getLogger(__name__)

_LEAST_PAUSE_S: Final = 0.02
_LONG_PAUSE_S: Final = 30.0
LONGEST_SILENCE_S: Final = 300.0
"""Longest wait for the next trade, in wall time; the rest of a longer pause in the market is skipped."""


def market_clock(ts_recv: NDArray[np.int64], before: int | None = None) -> NDArray[np.int64]:
    """Return the market's clock at each trade of a batch: it never goes back, and follows no time that stands alone.

    A wrong time in the last place cannot be told from a pause of the market; `Pace` bounds what it costs.

    Parameters
    ----------
    ts_recv : ndarray of int64, shape (n,)
        Receive times, in nanoseconds since the epoch.
    before : int, optional
        Receive time of the last trade of the previous batch.

    >>> market_clock(np.array([10, 99, 11, 0, 12, 20])).tolist()
    [10, 11, 11, 11, 12, 20]
    >>> market_clock(np.array([0, 12, 20]), before=11).tolist()
    [11, 12, 20]
    """
    times = ts_recv if before is None else np.concatenate([[np.int64(before)], ts_recv])
    clock = times.copy()
    if len(clock) > 2:
        earlier, own, later = times[:-2], times[1:-1], times[2:]
        # The median of each time and its neighbours.
        clock[1:-1] = np.maximum(np.minimum(earlier, later), np.minimum(np.maximum(earlier, later), own))
        clock[0] = min(clock[0], clock[1])
    return np.maximum.accumulate(clock[len(times) - len(ts_recv) :])


class Pace:
    """Maps the market's clock onto the wall clock; waits longer than `LONGEST_SILENCE_S` are cut short.

    Parameters
    ----------
    speed : float or None
        Multiple of market speed; None holds nothing back.
    clock, sleep : callable
        A monotonic clock in seconds, and the function that waits for a number of seconds.
    """

    def __init__(
        self,
        speed: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._speed = speed
        self._clock = clock
        self._sleep = sleep
        self._origin: tuple[float, int] | None = None
        self._last_ns = 0

    def due(self, market_ns: NDArray[np.int64], first: int) -> int:
        """Wait until the trade at `first` is due; return the index after the last trade that is due.

        Parameters
        ----------
        market_ns : ndarray of int64, shape (n,)
            The market's clock at each trade, in nanoseconds since the epoch; never decreasing.
        first : int
            Index of the first trade not yet played.
        """
        if self._speed is None:
            return len(market_ns)
        next_ns = int(market_ns[first])
        # The clock falls back after a print with a wrong time far in the future.
        if self._origin is None or (next_ns - self._last_ns) / 1e9 / self._speed < -LONGEST_SILENCE_S:
            self._origin = self._clock(), next_ns
        self._last_ns = next_ns
        began_s, began_ns = self._origin
        pause_s = began_s + (next_ns - began_ns) / 1e9 / self._speed - self._clock()
        if pause_s > LONGEST_SILENCE_S:
            skipped_s = (pause_s - LONGEST_SILENCE_S) * self._speed
            began_ns += int(skipped_s * 1e9)
            self._origin = began_s, began_ns
            pause_s = LONGEST_SILENCE_S
            logger.info(
                "Long pause in the market: skipping %s of its time; the next trade comes in %.0f s.",
                dt.timedelta(seconds=round(skipped_s)),
                pause_s,
            )
        elif pause_s > _LONG_PAUSE_S:
            logger.info("The market is silent; the next trade comes in %.0f s at this speed.", pause_s)
        if pause_s > 0:
            # At least `_LEAST_PAUSE_S`, so that a burst becomes one transaction rather than a hundred.
            self._sleep(max(pause_s, _LEAST_PAUSE_S))
        now_ns = began_ns + int((self._clock() - began_s) * self._speed * 1e9)
        return max(int(np.searchsorted(market_ns, now_ns, side="right")), first + 1)
