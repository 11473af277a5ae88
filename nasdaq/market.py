"""Simulates a trading session, as columns of prints with typical properties of real ones.

Activity is U-shaped over the day and clustered. Prices bounce between bid and ask on a tick grid while the value moves
with changing volatility. Sizes are round lots, odd lots and a heavy tail. Aggressor sides persist.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

NS: Final = 1_000_000_000
SESSION_S: Final = 23_400.0
_ROUND_LOTS: Final = np.array([100, 100, 100, 100, 200, 200, 300, 400, 500, 1000])


@dataclass(frozen=True, slots=True)
class Instrument:
    """An instrument: its prints per day, opening price, tick size, and daily volatility as a fraction of the price."""

    symbol: str
    prints: int
    price: float
    tick: float
    volatility: float


@dataclass(slots=True)
class Tape:
    """Prints of one instrument in time order, as columns.

    Columns are seconds since the open, price in ticks, size, aggressor side as an ASCII code, lateness in seconds, and
    the number of the injected anomaly (0: none).
    """

    time_s: NDArray[np.float64]
    ticks: NDArray[np.int64]
    size: NDArray[np.int64]
    side: NDArray[np.uint8]
    late_s: NDArray[np.float64]
    event: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def sorted(self) -> "Tape":
        """Return the prints in time order."""
        order = np.argsort(self.time_s, kind="stable")
        return Tape(
            self.time_s[order],
            self.ticks[order],
            self.size[order],
            self.side[order],
            self.late_s[order],
            self.event[order],
        )


def simulate(instrument: Instrument, generator: np.random.Generator) -> Tape:
    """Return one ordinary session of an instrument."""
    time_s = _times(instrument.prints, generator)
    count = len(time_s)
    gaps = np.diff(time_s, prepend=0.0)
    regime = np.exp(np.cumsum(generator.normal(0, 0.02, count)) * 0.5)
    regime /= np.sqrt(np.mean(regime**2))
    shape = 0.7 + 1.2 * np.exp(-time_s / 1800.0) + 0.4 * np.exp(-(SESSION_S - time_s) / 1800.0)
    per_second = instrument.volatility / np.sqrt(SESSION_S)
    steps = (
        generator.standard_t(5, count) * per_second * np.sqrt(np.maximum(gaps, 1e-4)) * shape * np.clip(regime, 0.3, 3)
    )
    value = instrument.price * np.exp(np.cumsum(steps))
    turns = generator.random(count) < 0.35
    buyer = np.logical_xor.accumulate(turns)
    half_spread = np.where(generator.random(count) < 0.85, 0.5, 1.0)
    ticks = np.round(value / instrument.tick + np.where(buyer, half_spread, -half_spread)).astype(np.int64)
    side = np.where(buyer, ord("B"), ord("A")).astype(np.uint8)
    return Tape(time_s, ticks, _sizes(count, generator), side, np.zeros(count), np.zeros(count, np.int64))


def with_crosses(tape: Tape, generator: np.random.Generator) -> Tape:
    """Add the opening and closing crosses: one huge print each, with side N."""
    typical = int(np.quantile(tape.size, 0.9))
    sizes = (typical * generator.integers(60, 120, 2) // 100 * 100).astype(np.int64)
    return Tape(
        np.concatenate([[0.2], tape.time_s, [SESSION_S + 0.5]]),
        np.concatenate([tape.ticks[:1], tape.ticks, tape.ticks[-1:]]),
        np.concatenate([sizes[:1], tape.size, sizes[1:]]),
        np.concatenate([[ord("N")], tape.side, [ord("N")]]).astype(np.uint8),
        np.concatenate([[0.0], tape.late_s, [0.0]]),
        np.concatenate([[0], tape.event, [0]]),
    )


def _times(prints: int, generator: np.random.Generator) -> NDArray[np.float64]:
    grid = np.linspace(0.0, SESSION_S, 2001)
    u_shape = 0.6 + 2.0 * np.exp(-grid / 1500.0) + 1.4 * np.exp(-(SESSION_S - grid) / 1500.0)
    clusters = np.exp(np.convolve(generator.normal(0, 1.0, len(grid)), np.exp(-np.arange(12) / 4.0), "same") * 0.35)
    rate = u_shape * clusters
    cumulative = np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) / 2)])
    parents = np.sort(generator.random(int(prints * 0.45))) * cumulative[-1]
    starts = np.interp(parents, cumulative, grid)
    children = generator.poisson(1.2, len(starts))
    offsets = generator.exponential(0.15, int(children.sum()))
    followers = np.repeat(starts, children) + offsets
    times = np.sort(np.concatenate([starts, followers]))
    return times[(times > 1.0) & (times < SESSION_S - 1.0)]


def _sizes(count: int, generator: np.random.Generator) -> NDArray[np.int64]:
    kind = generator.random(count)
    lots = generator.choice(_ROUND_LOTS, count)
    odd = generator.integers(1, 100, count)
    mixed = generator.integers(101, 700, count)
    heavy = np.minimum(np.round(100 * (1 + generator.pareto(1.8, count))) * 2, 6000)
    size = np.select([kind < 0.55, kind < 0.82, kind < 0.95], [lots, odd, mixed], heavy)
    lots_or_more: NDArray[np.int64] = np.maximum(size, 1).astype(np.int64)
    return lots_or_more
