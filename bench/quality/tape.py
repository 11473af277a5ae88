"""One symbol's prints as columns, with the number of the injected event that each belongs to."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from common.batch import TradeBatch

NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Tape:
    """Prints of one symbol, in the order in which they are reported.

    Attributes
    ----------
    name : str
        Name of the stream, for the report.
    symbol, venue : str
        As in the trade.
    ts_event, ts_recv : ndarray of int64, shape (n,)
        Nanoseconds since the epoch.
    price : ndarray of float64, shape (n,)
    size : ndarray of int64, shape (n,)
    side : ndarray of uint8, shape (n,)
    event : ndarray of int64, shape (n,)
        Number of the injected event, 0 for an ordinary print.
    tick : float
        Smallest price change.
    closes : int
        When the session ends, nanoseconds since the epoch; 0 if unknown or not within the tape.
    """

    name: str
    symbol: str
    venue: str
    ts_event: NDArray[np.int64]
    ts_recv: NDArray[np.int64]
    price: NDArray[np.float64]
    size: NDArray[np.int64]
    side: NDArray[np.uint8]
    event: NDArray[np.int64]
    tick: float
    closes: int

    def __len__(self) -> int:
        """Return n."""
        return len(self.price)

    def batch(self) -> TradeBatch:
        """Return the prints as the engine takes them."""
        count = len(self)
        zeros = np.zeros(count, dtype=np.int64)
        return TradeBatch(
            symbols=(self.symbol,),
            venues=(self.venue,),
            symbol=zeros.astype(np.int32),
            venue=zeros.astype(np.int32),
            ts_event=self.ts_event,
            ts_recv=self.ts_recv,
            price=self.price,
            size=self.size,
            side=self.side,
            sequence=np.arange(count, dtype=np.int64),
            flags=zeros,
            instrument_id=zeros,
            publisher_id=zeros,
            ordinal=zeros,
            record=np.arange(count, dtype=np.int64),
        )

    def on_ticks(self, price: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return prices rounded to the tick."""
        return np.round(np.round(price / self.tick) * self.tick, 9)

    def head(self, prints: int) -> "Tape":
        """Return the first prints."""
        columns = ("ts_event", "ts_recv", "price", "size", "side", "event")
        return replace(self, closes=0, **{name: getattr(self, name)[:prints] for name in columns})

    def added(
        self,
        event: int,
        ts: NDArray[np.int64],
        price: NDArray[np.float64],
        size: NDArray[np.int64],
        side: NDArray[np.uint8],
        late: NDArray[np.int64] | None = None,
    ) -> "Tape":
        """Return the tape with prints inserted where they are reported, `late` nanoseconds after they happened."""
        late = np.zeros(len(ts), dtype=np.int64) if late is None else late
        delay = (self.ts_recv - self.ts_event)[np.arange(len(ts)) * 7919 % len(self)]
        place = np.searchsorted(self.ts_recv, ts + delay, side="right")
        return replace(
            self,
            ts_event=np.insert(self.ts_event, place, ts - late),
            ts_recv=np.insert(self.ts_recv, place, ts + delay),
            price=np.insert(self.price, place, self.on_ticks(price)),
            size=np.insert(self.size, place, np.maximum(size, 1)),
            side=np.insert(self.side, place, side),
            event=np.insert(self.event, place, event),
        )
