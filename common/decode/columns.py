"""Raw columns of records → `TradeBatch`, with the rules for rejecting what cannot be a trade."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.batch import TradeBatch
from common.decode.layouts import F_BAD_TS_RECV
from common.decode.ordinals import Ordinals
from common.decode.symbols import SymbolTable, venue
from common.trade import LATEST_NS, MOST_PRICE

_SIDE_N = ord("N")


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of n prints as read from a file.

    Integers are widened to int64. `symbol` indexes the file's `SymbolTable`, or is None if instrument ids are still to
    be mapped.
    """

    ts_event: NDArray[np.int64]
    ts_recv: NDArray[np.int64]
    price: NDArray[np.float64]
    size: NDArray[np.int64]
    side: NDArray[np.uint8]
    sequence: NDArray[np.int64]
    flags: NDArray[np.int64]
    instrument_id: NDArray[np.int64]
    publisher_id: NDArray[np.int64]
    record: NDArray[np.int64]
    symbol: NDArray[np.int32] | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A print that is not a trade: its record number, a stable code, the reason in words, and its content."""

    record: int
    reason: str
    error: str
    content: str


class BatchMaker:
    """Turns the columns of one file into batches.

    Prints without a valid price or event time are passed to `reject`. A missing or unreliable ``ts_recv``
    (``F_BAD_TS_RECV``) is replaced by ``ts_event``; a side other than ``B`` and ``A`` becomes ``N``; a size of zero is
    kept.
    """

    def __init__(self, dataset: str, symbols: SymbolTable, reject: Callable[[Rejected], None]) -> None:
        self._dataset = dataset
        self._symbols = symbols
        self._reject = reject
        self._ordinals = Ordinals()
        self._venues: dict[str, int] = {}

    def batch(self, raw: Columns) -> TradeBatch:
        """Return the valid prints of the columns as a batch."""
        timeless = (raw.ts_event < 0) | (raw.ts_event >= LATEST_NS)
        good = ~timeless & (np.abs(raw.price) <= MOST_PRICE)
        if not good.all():
            self._reject_rows(raw, ~good, timeless)
            raw = _take(raw, good)
        unreliable = (raw.ts_recv < 0) | (raw.ts_recv >= LATEST_NS) | ((raw.flags & F_BAD_TS_RECV) != 0)
        ts_recv = np.where(unreliable, raw.ts_event, raw.ts_recv)
        symbol = raw.symbol if raw.symbol is not None else self._symbols.indices(raw.instrument_id, ts_recv)
        instrument = np.where(raw.instrument_id != 0, raw.instrument_id, -1 - symbol.astype(np.int64))
        return TradeBatch(
            symbols=self._symbols.names,
            symbol=symbol,
            venue=self._venue_indices(raw.publisher_id),
            venues=tuple(self._venues),
            ts_event=raw.ts_event,
            ts_recv=ts_recv,
            price=raw.price,
            size=raw.size,
            side=np.where((raw.side == ord("B")) | (raw.side == ord("A")), raw.side, _SIDE_N).astype(np.uint8),
            sequence=raw.sequence,
            flags=raw.flags,
            instrument_id=raw.instrument_id,
            publisher_id=raw.publisher_id,
            ordinal=self._ordinals.of(raw.publisher_id, instrument, raw.ts_event, raw.sequence),
            record=raw.record,
        )

    def _venue_indices(self, publisher_id: NDArray[np.int64]) -> NDArray[np.int32]:
        distinct, inverse = np.unique(publisher_id, return_inverse=True)
        names = [venue(int(publisher), self._dataset) for publisher in distinct]
        table = np.array([self._venues.setdefault(name, len(self._venues)) for name in names], dtype=np.int32)
        return table[inverse]

    def _reject_rows(self, raw: Columns, bad: NDArray[np.bool_], timeless: NDArray[np.bool_]) -> None:
        for row in np.flatnonzero(bad):
            reason, field = ("undefined_time", "ts_event") if timeless[row] else ("undefined_price", "price")
            content = " ".join(f"{name}={getattr(raw, name)[row]}" for name in _SHOWN)
            self._reject(Rejected(int(raw.record[row]), reason, f"the print has no defined {field}", content))


_SHOWN = ("publisher_id", "instrument_id", "ts_event", "ts_recv", "price", "size", "sequence", "flags")


def _take(raw: Columns, rows: NDArray[np.bool_]) -> Columns:
    columns: dict[str, Any] = {field.name: getattr(raw, field.name) for field in fields(raw)}
    taken: dict[str, Any] = {name: None if column is None else column[rows] for name, column in columns.items()}
    return Columns(**taken)
