"""Prints as columns: what the decoders produce, and what training and back-tests run on at full speed."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from common.trade import Trade

MOST_SYMBOL: Final = 256 - 4 * (1 + 19)
"""Maximum length of a symbol. A trade_id has at most 256 characters and may hold the symbol beside four numbers of up
to 19 digits, each with a dash."""


@dataclass(frozen=True, slots=True)
class TradeBatch:
    """Columns of n prints, in playing order.

    Attributes
    ----------
    symbols, venues : tuple of str
        Lookup tables for `symbol` and `venue`.
    symbol, venue : ndarray of int32, shape (n,)
        Indices into these tables.
    ts_event, ts_recv : ndarray of int64, shape (n,)
        Nanoseconds since the epoch, UTC.
    price : ndarray of float64, shape (n,)
        In the instrument's currency; finite.
    size : ndarray of int64, shape (n,)
        Shares or contracts.
    side : ndarray of uint8, shape (n,)
        ASCII code of ``B``, ``A`` or ``N``.
    sequence, flags, instrument_id, publisher_id : ndarray of int64, shape (n,)
        As in the record.
    ordinal : ndarray of int64, shape (n,)
        Ordinal among prints with the same publisher, instrument, ts_event and sequence, from 0.
    record : ndarray of int64, shape (n,)
        Number of the record in its file, from 0, counting records of all kinds.
    """

    symbols: tuple[str, ...]
    venues: tuple[str, ...]
    symbol: NDArray[np.int32]
    venue: NDArray[np.int32]
    ts_event: NDArray[np.int64]
    ts_recv: NDArray[np.int64]
    price: NDArray[np.float64]
    size: NDArray[np.int64]
    side: NDArray[np.uint8]
    sequence: NDArray[np.int64]
    flags: NDArray[np.int64]
    instrument_id: NDArray[np.int64]
    publisher_id: NDArray[np.int64]
    ordinal: NDArray[np.int64]
    record: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of prints."""
        return len(self.price)

    def trade(self, index: int) -> Trade:
        """Return one print as a message."""
        instrument, publisher = int(self.instrument_id[index]), int(self.publisher_id[index])
        ts_event, sequence = int(self.ts_event[index]), int(self.sequence[index])
        symbol = self.symbols[self.symbol[index]]
        return Trade(
            trade_id=f"{publisher}-{instrument or symbol}-{ts_event}-{sequence}-{int(self.ordinal[index])}",
            venue=self.venues[self.venue[index]],
            symbol=symbol,
            ts_event=ts_event,
            ts_recv=int(self.ts_recv[index]),
            price=float(self.price[index]),
            size=int(self.size[index]),
            side=chr(self.side[index]),
            sequence=sequence,
            flags=int(self.flags[index]),
            instrument_id=instrument,
            publisher_id=publisher,
        )

    def trades(self) -> Iterator[Trade]:
        """Yield every print as a message."""
        for index in range(len(self)):
            yield self.trade(index)

    def shares(self, parts: int) -> list[NDArray[np.intp]]:
        """Split the rows into at most `parts` shares of whole symbols, of about equal size.

        Symbols are assigned largest first, each to the share with the fewest rows so far; empty shares are dropped.
        """
        counts = np.bincount(self.symbol)
        owner, loads = np.zeros(len(counts), dtype=np.intp), [(0, part) for part in range(parts)]
        for j in np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)].tolist():
            load, part = loads[0]
            owner[j] = part
            heapq.heapreplace(loads, (load + int(counts[j]), part))
        owners = owner[self.symbol]
        shares = [np.flatnonzero(owners == part) for part in range(parts)]
        return [rows for rows in shares if len(rows)]
