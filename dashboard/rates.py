"""Messages per second of the broker's clock, over the last minutes."""

import numpy as np
from numpy.typing import NDArray


class SecondCounts:
    """Counts per second in a ring buffer.

    Parameters
    ----------
    span_s : int
        Number of seconds kept.
    """

    def __init__(self, span_s: int) -> None:
        self._span_s = span_s
        self._second = np.zeros(span_s, np.int64)
        self._count = np.zeros(span_s, np.int64)

    def add(self, seconds: NDArray[np.int64]) -> None:
        """Count messages, given the second (since the epoch) at which each was appended."""
        for second, count in zip(*np.unique(seconds, return_counts=True), strict=True):
            slot = second % self._span_s
            if self._second[slot] < second:
                self._second[slot] = second
                self._count[slot] = 0
            if self._second[slot] == second:
                self._count[slot] += count

    def series(self, now_s: float, length_s: int) -> NDArray[np.int64]:
        """Return the counts of the last `length_s` full seconds before `now_s`, oldest first."""
        seconds = int(now_s) - np.arange(length_s, 0, -1)
        slots = seconds % self._span_s
        return np.where(self._second[slots] == seconds, self._count[slots], 0)

    def rate(self, now_s: float, length_s: int) -> float:
        """Return the mean per second over the last `length_s` full seconds."""
        return float(self.series(now_s, length_s).sum()) / length_s
