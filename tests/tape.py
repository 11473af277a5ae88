"""Prints for tests of the detector: an ordinary random walk, deterministic for a seed, and the sample."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from common.batch import TradeBatch
from common.decode import merged, open_file
from common.trade import Trade
from nasdaq import SAMPLE

START = 1_709_308_800_000_000_000
"""2024-03-01 16:00 UTC: regular hours in New York."""
CLOSE = START + 5 * 3_600 * 10**9
"""When they end on that day."""


def trades(count: int, seed: int = 1, symbol: str = "AAA", price: float = 100.0, tick: float = 0.01) -> list[Trade]:
    """Return `count` ordinary prints of one symbol."""
    generator = np.random.default_rng(seed)
    times = START + np.cumsum(generator.exponential(0.5e9, count)).astype(np.int64)
    steps = generator.choice([-1, 0, 0, 0, 1], count).cumsum()
    sizes = np.round(np.exp(generator.normal(4.6, 0.8, count))).astype(int) + 1
    sides = generator.choice(["B", "A"], count)
    rows = zip(times.tolist(), steps.tolist(), sizes.tolist(), sides.tolist(), strict=True)
    return [
        Trade(f"2-1-{ts}-{i}-0", "XNAS", symbol, ts, ts + 50_000, round(price + tick * step, 6), size, side, i, 0, 1, 2)
        for i, (ts, step, size, side) in enumerate(rows)
    ]


def sample(limit: int) -> list[Trade]:
    """Return the first prints of the sample."""
    return [trade for batch in merged([open_file(SAMPLE)], limit=limit) for trade in batch.trades()]


def with_block(prints: list[Trade], row: int, size: int = 1_000_000) -> list[Trade]:
    """Return prints of which one is huge."""
    return [*prints[:row], replace(prints[row], size=size), *prints[row + 1 :]]


def later(trade: Trade, by_ns: int) -> Trade:
    """Return a print at a later time."""
    return replace(trade, ts_event=trade.ts_event + by_ns, ts_recv=trade.ts_recv + by_ns)


def batch(prints: list[Trade]) -> TradeBatch:
    """Return prints of one symbol as columns."""
    nothing = np.zeros(len(prints), dtype=np.int32)

    def column(name: str) -> NDArray[np.int64]:
        return np.array([getattr(each, name) for each in prints], dtype=np.int64)

    return TradeBatch(
        symbols=(prints[0].symbol,),
        venues=(prints[0].venue,),
        symbol=nothing,
        venue=nothing,
        ts_event=column("ts_event"),
        ts_recv=column("ts_recv"),
        price=np.array([each.price for each in prints]),
        size=column("size"),
        side=np.array([ord(each.side) for each in prints], dtype=np.uint8),
        sequence=column("sequence"),
        flags=column("flags"),
        instrument_id=column("instrument_id"),
        publisher_id=column("publisher_id"),
        ordinal=nothing.astype(np.int64),
        record=np.arange(len(prints)),
    )
