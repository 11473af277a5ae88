"""One symbol's prices in bounded memory, as bars of one second of market time."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

START, OPEN, HIGH, LOW, CLOSE, VOLUME, PRINTS = range(7)
"""Columns of a table of bars; START is in seconds since the epoch."""

BAR_NS: Final = 1_000_000_000
_LATE_S: Final = 60
_RESTART_PRINTS: Final = 20
_DAY_S: Final = 86_400
_PARTS: Final = (1, 2, 3, 5, 10, 15, 20, 30)
_WIDTHS_S: Final = (*_PARTS, *(60 * part for part in _PARTS), *(3_600 * part for part in (1, 2, 3, 4, 6, 12)), _DAY_S)
_NONE: Final[NDArray[np.float64]] = np.empty((3, 0))


class Bars:
    """A table of bars in time order, of which the newest `capacity` are kept.

    A late print goes into the bar of its own second. A run of at least 20 prints that are all more than a minute behind
    the newest counts as a replay that has started again: the table is then cut at the earliest of them. So a replay
    from the start clears the whole table, and a wrong time or a burst of late prints costs only the bars after it.

    Parameters
    ----------
    capacity : int
        Maximum number of bars.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._table = np.empty((min(256, capacity), 7))
        self._end = 0
        self._behind = _NONE

    def __len__(self) -> int:
        """Return the number of bars kept."""
        return min(self._end, self._capacity)

    def table(self) -> NDArray[np.float64]:
        """Return a view of all bars, shape (n, 7); copy it before the next `add`."""
        return self._table[max(0, self._end - self._capacity) : self._end]

    def add(self, ts_event: NDArray[np.int64], price: NDArray[np.float64], size: NDArray[np.float64]) -> None:
        """Add prints in order of arrival, as arrays of shape (n,) with n at least 1; `ts_event` in nanoseconds."""
        prints: NDArray[np.float64] = np.vstack((ts_event // BAR_NS, price, size))
        if self._in_order(prints[0]):
            self._behind = _NONE
        else:
            prints = self._since_restart(prints)
        self._put(prints)

    def _put(self, prints: NDArray[np.float64]) -> None:
        second, price, size = prints
        if self._in_order(second):
            self._append(_bars(second, price, size))
        else:
            for index in np.argsort(second, kind="stable"):
                self._insert(_bars(second[index : index + 1], price[index : index + 1], size[index : index + 1]))

    def _in_order(self, second: NDArray[np.float64]) -> bool:
        return bool((self._end == 0 or second[0] >= self._newest()) and (np.diff(second) >= 0).all())

    def _since_restart(self, prints: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the prints still to be added; if a replay starts again in them, add those before and cut the table."""
        while True:
            run = np.concatenate((self._behind, prints), axis=1)
            late = np.concatenate((np.ones(self._behind.shape[1], bool), self._late(prints[0])))
            first, end = _runs(late)
            long = np.flatnonzero(end - first >= _RESTART_PRINTS)
            if not long.size:
                self._behind = run[:, first[-1] :] if late[-1] else _NONE
                return prints
            known, began = self._behind.shape[1], first[long[0]]
            if began > known:
                self._put(run[:, known:began])
            prints, self._behind = run[:, began:], _NONE
            # Cut at the earliest print that made it a run: some are in the table already, and all will be added again.
            self._cut(prints[0, :_RESTART_PRINTS].min())

    def _late(self, second: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return a mask of the prints that are more than a minute behind the newest print before them."""
        newest = self._newest() if self._end else -np.inf
        reached = np.maximum.accumulate(np.concatenate(((newest,), second[:-1])))
        behind: NDArray[np.bool_] = second < reached - _LATE_S
        return behind

    def _cut(self, second: float) -> None:
        """Drop the bars from this second on."""
        self._end = int(np.searchsorted(self._table[: self._end, START], second))

    def _newest(self) -> float:
        return float(self._table[self._end - 1, START])

    def _append(self, bars: NDArray[np.float64]) -> None:
        if self._end and bars[0, START] == self._newest():
            _merge(self._table[self._end - 1], bars[0])
            bars = bars[1:]
        bars = bars[-self._capacity :]
        self._make_room(len(bars))
        self._table[self._end : self._end + len(bars)] = bars
        self._end += len(bars)

    def _insert(self, bar: NDArray[np.float64]) -> None:
        kept = self.table()
        index = int(np.searchsorted(kept[:, START], bar[0, START]))
        if index < len(kept) and kept[index, START] == bar[0, START]:
            _merge(kept[index], bar[0])
        elif index == len(kept):
            self._append(bar)
        elif index > 0 or len(kept) < self._capacity:
            self._make_room(1)
            kept = self._table[max(0, self._end - self._capacity) : self._end + 1]
            kept[index + 1 :] = kept[index:-1].copy()
            kept[index] = bar[0]
            self._end += 1

    def _make_room(self, count: int) -> None:
        if self._end + count <= len(self._table):
            return
        kept = self.table()
        limit = self._capacity + max(self._capacity // 4, count)
        rows = min(max(2 * len(self._table), len(kept) + count), limit)
        table = np.empty((rows, 7))
        table[: len(kept)] = kept
        self._table, self._end = table, len(kept)


def width_s(bars: NDArray[np.float64], count: int) -> int:
    """Return a round width in seconds at which about `count` wider bars cover these.

    Parameters
    ----------
    bars : ndarray of float64, shape (n, 7)
        Bars in time order; n at least 1.
    count : int
        Desired number; exceeded by at most one.
    """
    least = (bars[-1, START] - bars[0, START] + 1) / count
    return next((width for width in _WIDTHS_S if width >= least), int(np.ceil(least / _DAY_S)) * _DAY_S)


def coarser(bars: NDArray[np.float64], width_s: int) -> NDArray[np.float64]:
    """Merge the bars in each multiple of a width, without losing highs, lows or volume.

    Parameters
    ----------
    bars : ndarray of float64, shape (n, 7)
        Bars in time order.
    width_s : int
        Width of the wider bars in seconds.

    Returns
    -------
    ndarray of float64, shape (m, 7)
        Each begins at its first print.
    """
    bucket = bars[:, START] // width_s
    first = np.flatnonzero(np.diff(bucket, prepend=bucket[0] - 1))
    last = np.append(first[1:], len(bars)) - 1
    return np.column_stack(
        [
            bars[first, START],
            bars[first, OPEN],
            np.maximum.reduceat(bars[:, HIGH], first),
            np.minimum.reduceat(bars[:, LOW], first),
            bars[last, CLOSE],
            np.add.reduceat(bars[:, VOLUME], first),
            np.add.reduceat(bars[:, PRINTS], first),
        ]
    )


def _runs(flags: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the start and the end (exclusive) of each run of true flags."""
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0))
    return edges[::2], edges[1::2]


def _bars(second: NDArray[np.float64], price: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64]:
    first = np.flatnonzero(np.diff(second, prepend=second[0] - 1))
    last = np.append(first[1:], len(second)) - 1
    return np.column_stack(
        [
            second[first],
            price[first],
            np.maximum.reduceat(price, first),
            np.minimum.reduceat(price, first),
            price[last],
            np.add.reduceat(size, first),
            last - first + 1.0,
        ]
    )


def _merge(bar: NDArray[np.float64], later: NDArray[np.float64]) -> None:
    bar[HIGH] = max(bar[HIGH], later[HIGH])
    bar[LOW] = min(bar[LOW], later[LOW])
    bar[CLOSE] = later[CLOSE]
    bar[VOLUME] += later[VOLUME]
    bar[PRINTS] += later[PRINTS]
