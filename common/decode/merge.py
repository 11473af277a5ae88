"""Several files → one stream of prints in time order, holding one block of each file that is due."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from operator import attrgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from common.batch import TradeBatch
from common.decode.file import TradeFile
from common.decode.symbols import DAY_NS

_COLUMNS: Final = tuple(field.name for field in fields(TradeBatch) if field.name not in {"symbols", "venues"})
_WHOLE_BLOCKS: Final = 8
"""Up to this many files that begin on the same day are read in whole blocks; more files share the same memory."""
_MOST_ROWS: Final = 1 << 17
"""Prints joined at once, but for those at the same time."""
_LEAST_SHARE: Final = 1 / 64


class _Source:
    """One of several files: the rows in hand and their clock, the running maximum of ``ts_recv``."""

    def __init__(self, number: int, file: TradeFile, begins: int | None, share: float) -> None:
        self.number = number
        self.begins = begins
        self.batches = file.batches(share)
        self.rows: TradeBatch | None = None
        self.clock: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self.ended = False

    def fill(self) -> None:
        """Append one more batch to the rows in hand. The clock never goes back, so the file's order is kept."""
        batch = next(self.batches, None)
        if batch is None:
            self.ended = True
            return
        clock = np.maximum.accumulate(batch.ts_recv)
        if self.rows is not None:
            clock = np.maximum(clock, self.clock[-1])
            self.rows, self.clock = concatenate([self.rows, batch]), np.concatenate([self.clock, clock])
        else:
            self.rows, self.clock = batch, clock

    def clock_before(self, before: int | None) -> NDArray[np.int64]:
        """Return the clock of the rows in hand where it is below `before`; of all rows if that is None."""
        if before is None or not len(self.clock) or self.clock[-1] < before:
            return self.clock
        return self.clock[: self.clock.searchsorted(before) if self.clock[0] < before else 0]

    def take(self, before: int | None) -> tuple[TradeBatch, NDArray[np.int64]] | None:
        """Remove and return the rows of `clock_before`, with it; None if there are none."""
        clock = self.clock_before(before)
        if self.rows is None or not len(clock):
            return None
        taken = take(self.rows, slice(0, len(clock)))
        self.rows, self.clock = take(self.rows, slice(len(clock), None)), self.clock[len(clock) :]
        return taken, clock


def merged(
    files: Sequence[TradeFile],
    *,
    symbols: frozenset[str] | None = None,
    start: int | None = None,
    end: int | None = None,
    limit: int | None = None,
) -> Iterator[TradeBatch]:
    """Yield the prints of all files by receive time; those of one file keep their order.

    A file is opened when its first print is due and closed at its end. So only files that overlap in time are open
    together, and memory hardly depends on the number of files.

    Parameters
    ----------
    files : sequence of TradeFile
        The files; at equal times, prints of the earlier one come first.
    symbols : frozenset of str, optional
        Keep only these symbols.
    start, end : int, optional
        Keep only prints with ``start <= ts_recv < end``, in nanoseconds since the epoch.
    limit : int, optional
        Maximum number of prints.

    Raises
    ------
    IntegrityError
        As `TradeFile.batches`.
    """
    left = limit
    for batch in _in_time_order(files):
        kept = _filtered(batch, symbols, start, end)
        if left is not None:
            kept = take(kept, slice(0, left))
            left -= len(kept)
        if len(kept):
            yield kept
        if left == 0:
            return


def _in_time_order(files: Sequence[TradeFile]) -> Iterator[TradeBatch]:
    if len(files) == 1:
        yield from files[0].batches()
        return
    waiting = sorted(_closed(files), key=_due, reverse=True)
    sources: list[_Source] = []
    while waiting or sources:
        frontier = _frontier(sources)
        while waiting and (frontier is None or _due(waiting[-1]) <= (frontier, len(files))):
            source = waiting.pop()
            source.fill()
            sources.append(source)
            frontier = _frontier(sources)
        sources.sort(key=attrgetter("number"))
        before = _step(sources, frontier)
        parts = [part for source in sources if (part := source.take(before)) is not None]
        if parts:
            order = np.argsort(np.concatenate([clock for _rows, clock in parts]), kind="stable")
            yield take(concatenate([rows for rows, _clock in parts]), order)
        for source in sources:
            if before == frontier and not source.ended and int(source.clock[-1]) == frontier:
                source.fill()
        sources = [source for source in sources if not source.ended or len(source.clock)]


def _closed(files: Sequence[TradeFile]) -> list[_Source]:
    """Return the files as sources to be opened later; those that begin on the same day share the memory for blocks."""
    begins = [file.begins() for file in files]
    days = [None if begin is None else begin // DAY_NS for begin in begins]
    beside = Counter(days)
    shares = [max(_LEAST_SHARE, min(1.0, _WHOLE_BLOCKS / beside[day])) for day in days]
    return [_Source(number, *each) for number, each in enumerate(zip(files, begins, shares, strict=True))]


def _due(source: _Source) -> tuple[int, int]:
    """Return the sort key by which files are opened; one whose beginning is unknown is opened first."""
    return (-1 if source.begins is None else source.begins), source.number


def _frontier(sources: list[_Source]) -> int | None:
    """Return the time before which all prints are in hand, or None if no file goes on.

    No file will yield a print before the last clock of its rows in hand.
    """
    return min((int(source.clock[-1]) for source in sources if not source.ended), default=None)


def _step(sources: list[_Source], frontier: int | None) -> int | None:
    """Return the time before which prints are joined at once: the frontier, or earlier if those would be too many."""
    clocks = np.concatenate([source.clock_before(frontier) for source in sources])
    if len(clocks) <= _MOST_ROWS:
        return frontier
    # One more than the time itself, so that a step is never empty.
    return int(np.partition(clocks, _MOST_ROWS)[_MOST_ROWS]) + 1


def _filtered(batch: TradeBatch, symbols: frozenset[str] | None, start: int | None, end: int | None) -> TradeBatch:
    keep = np.ones(len(batch), dtype=bool)
    if symbols is not None:
        keep &= np.array([name in symbols for name in batch.symbols], dtype=bool)[batch.symbol]
    if start is not None:
        keep &= batch.ts_recv >= start
    if end is not None:
        keep &= batch.ts_recv < end
    return batch if keep.all() else take(batch, keep)


def take(batch: TradeBatch, rows: slice | NDArray[np.bool_] | NDArray[np.intp]) -> TradeBatch:
    """Return the selected rows of a batch."""
    return replace(batch, **{name: getattr(batch, name)[rows] for name in _COLUMNS})


def concatenate(batches: list[TradeBatch]) -> TradeBatch:
    """Join several batches into one, with common symbol and venue tables."""
    symbols: dict[str, int] = {}
    venues: dict[str, int] = {}
    columns: dict[str, list[NDArray[np.generic]]] = {name: [] for name in _COLUMNS}
    for batch in batches:
        for name in _COLUMNS:
            column = getattr(batch, name)
            if name in {"symbol", "venue"}:
                index, table = (symbols, batch.symbols) if name == "symbol" else (venues, batch.venues)
                moved = [index.setdefault(text, len(index)) for text in table]
                column = np.array(moved, dtype=np.int32)[column]
            columns[name].append(column)
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    return TradeBatch(symbols=tuple(symbols), venues=tuple(venues), **joined)
