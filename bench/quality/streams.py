"""Sources of ordinary prints: simulated sessions of dissimilar instruments, or files."""

import datetime as dt
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bench.quality.tape import NS, Tape
from common.decode import expand, merged, open_file
from detector.sessions import Sessions
from nasdaq.market import Instrument, simulate, with_crosses

LEAST_PRINTS: Final = 4_000
_SIMULATED: Final = (
    (Instrument("LIQUID", 60_000, 87.30, 0.01, 0.011), "XNAS", 1),
    (Instrument("MIDDLE", 25_000, 241.75, 0.01, 0.017), "XNYS", 1),
    (Instrument("DEAR", 15_000, 1_903.20, 0.01, 0.014), "XNAS", 1),
    (Instrument("CHEAP", 30_000, 7.42, 0.01, 0.024), "XNYS", 1),
    (Instrument("THIN", 6_000, 55.10, 0.01, 0.020), "ARCX", 1),
    (Instrument("FUTURE", 40_000, 5_120.25, 0.25, 0.009), "XCME", 100),
)
"""Instrument, venue, and shares per contract."""
TUNED_ON: Final = 100
_OPENS: Final = dt.datetime(2026, 3, 2, 9, 30, tzinfo=ZoneInfo("America/New_York"))


def simulated(seed: int) -> list[Tape]:
    """Return one session per simulated instrument; seeds below 100 are reserved for measuring, others for training."""
    generator = np.random.default_rng(seed)
    return [_session(instrument, venue, lot, seed, generator) for instrument, venue, lot in _SIMULATED]


def training(sessions: int) -> list[Tape]:
    """Return simulated sessions for training; seeds, prices, activity and volatility differ from those measured."""
    tapes = []
    for seed in range(TUNED_ON, TUNED_ON + sessions):
        generator = np.random.default_rng(seed)
        tick = 0.25 if seed % 4 == 3 else 0.01
        price = float(np.exp(generator.uniform(np.log(600 * tick), np.log(60_000 * tick))))
        prints = int(np.exp(generator.uniform(np.log(8_000), np.log(50_000))))
        instrument = Instrument(f"T{seed}", prints, price, tick, float(generator.uniform(0.008, 0.025)))
        venue, lot = ("XCME", 100) if tick == 0.25 else ("XNAS", 1)
        tapes.append(_session(instrument, venue, lot, seed, generator))
    return tapes


def _sizes(count: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Return sizes with a random body and tail: log-normal in lots, with power-law blocks of any size."""
    body = np.exp(generator.normal(5.3, generator.uniform(0.7, 1.2), count))
    share, slope = generator.uniform(0.005, 0.05), generator.uniform(1.4, 2.4)
    tail = np.where(generator.random(count) < share, 4.0 * (1.0 + generator.pareto(slope, count)), 1.0)
    lots = np.where(generator.random(count) < 0.7, 100.0, 1.0)
    rounded: NDArray[np.int64] = np.maximum(np.round(body * tail / lots) * lots, 1.0).astype(np.int64)
    return rounded


def _session(
    instrument: Instrument,
    venue: str,
    lot: int,
    seed: int,
    generator: np.random.Generator,
) -> Tape:
    made = simulate(instrument, generator)
    made.size = _sizes(len(made.size), generator)
    if lot == 1:
        made = with_crosses(made, generator)
    opens = _OPENS + dt.timedelta(days=7 * (seed % 50))
    ts = int(opens.timestamp()) * NS + np.round(made.time_s * 1e6).astype(np.int64) * 1000
    size = np.maximum(made.size // lot, 1)
    return _tape(
        f"{instrument.symbol.lower()} (simulated, seed {seed})",
        instrument.symbol,
        venue,
        (ts, ts + generator.integers(12_000, 90_000, len(ts)), made.ticks * instrument.tick, size, made.side),
        instrument.tick,
    )


def from_files(paths: list[Path]) -> list[Tape]:
    """Return the prints of files as one tape per file, venue and symbol with at least `LEAST_PRINTS` prints.

    Raises
    ------
    InputError
        If a file cannot be read as trades.
    """
    tapes = []
    for path in expand(paths):
        parts: dict[tuple[str, str], list[tuple[NDArray[np.generic], ...]]] = {}
        for batch in merged([open_file(path)]):
            for j in np.unique(batch.symbol):
                rows = np.flatnonzero(batch.symbol == j)
                venue = batch.venues[batch.venue[rows[0]]]
                columns = (batch.ts_event, batch.ts_recv, batch.price, batch.size, batch.side)
                parts.setdefault((batch.symbols[j], venue), []).append(tuple(column[rows] for column in columns))
        for (symbol, venue), pieces in sorted(parts.items()):
            whole = tuple(np.concatenate(column) for column in zip(*pieces, strict=True))
            if len(whole[0]) >= LEAST_PRINTS:
                name = f"{symbol} ({path.name.split('.')[0]})"
                tapes.append(_tape(name, symbol, venue, whole, _tick(whole[2])))
    return tapes


def _tick(price: NDArray[np.generic]) -> float:
    changes = np.abs(np.diff(price.astype(np.float64)))
    return float(np.round(np.quantile(changes[changes > 1e-9], 0.05), 9))


def _tape(name: str, symbol: str, venue: str, columns: tuple[NDArray[np.generic], ...], tick: float) -> Tape:
    ts_event, ts_recv = columns[0].astype(np.int64), np.maximum.accumulate(columns[1].astype(np.int64))
    to_close_s = Sessions().of(venue, int(np.quantile(ts_event, 0.5)), ord("B"))[1]
    middle = int(np.quantile(ts_event, 0.5))
    closes = middle + int(to_close_s * NS) if to_close_s > 0 else 0
    return Tape(
        name=name,
        symbol=symbol,
        venue=venue,
        ts_event=ts_event,
        ts_recv=ts_recv,
        price=columns[2].astype(np.float64),
        size=columns[3].astype(np.int64),
        side=columns[4].astype(np.uint8),
        event=np.zeros(len(ts_event), dtype=np.int64),
        tick=tick,
        closes=closes,
    )
