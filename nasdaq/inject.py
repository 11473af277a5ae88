"""Injects labelled anomalies into an ordinary tape, with one small function per kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nasdaq.market import SESSION_S, Tape


@dataclass(frozen=True, slots=True)
class Label:
    """One anomaly: its number in the tape's `event` column, its kind, and its magnitude in words."""

    event: int
    kind: str
    magnitude: str


Injector = Callable[[Tape, float, int, np.random.Generator], tuple[Tape, str]]
"""Takes a tape, a time in seconds since the open, the event's number and a random generator; returns the tape with the
anomaly, and its magnitude in words."""


def _added(
    tape: Tape,
    event: int,
    time_s: NDArray[np.float64],
    ticks: NDArray[np.int64],
    size: NDArray[np.int64],
    side: NDArray[np.uint8],
    late_s: float = 0.0,
) -> Tape:
    count = len(time_s)
    return Tape(
        np.concatenate([tape.time_s, time_s]),
        np.concatenate([tape.ticks, ticks]),
        np.concatenate([tape.size, size]),
        np.concatenate([tape.side, side]),
        np.concatenate([tape.late_s, np.full(count, late_s)]),
        np.concatenate([tape.event, np.full(count, event)]),
    ).sorted()


def _at(tape: Tape, time_s: float) -> int:
    return int(np.searchsorted(tape.time_s, time_s))


def _sides(letter: str, count: int) -> NDArray[np.uint8]:
    return np.full(count, ord(letter), dtype=np.uint8)


def block(tape: Tape, time_s: float, event: int, generator: np.random.Generator) -> tuple[Tape, str]:
    """Add one print far larger than the symbol's largest ordinary ones."""
    size = int(np.quantile(tape.size, 0.999) * generator.uniform(12, 20)) // 100 * 100
    price = tape.ticks[_at(tape, time_s)]
    return _added(
        tape, event, np.array([time_s]), np.array([price]), np.array([size]), _sides("B", 1)
    ), f"{size} shares"


def sliced_block(tape: Tape, time_s: float, event: int, generator: np.random.Generator) -> tuple[Tape, str]:
    """Add a block in a dozen uneven slices over up to eight seconds."""
    total = int(np.quantile(tape.size, 0.999) * 15)
    parts = np.maximum((generator.dirichlet(np.ones(12) * 3) * total).astype(np.int64) // 100 * 100, 100)
    times = time_s + np.sort(generator.uniform(0, 8, len(parts)))
    prices = np.full(len(parts), tape.ticks[_at(tape, time_s)])
    return _added(tape, event, times, prices, parts, _sides("A", len(parts))), f"{parts.sum()} shares in 12 slices"


def off_market(tape: Tape, time_s: float, event: int, generator: np.random.Generator) -> tuple[Tape, str]:
    """Add one print 1 % away from the market."""
    price = tape.ticks[_at(tape, time_s)]
    away = int(price * (0.99 if generator.random() < 0.5 else 1.01))
    return _added(tape, event, np.array([time_s]), np.array([away]), np.array([200]), _sides("A", 1)), "1 % away"


def price_burst(tape: Tape, time_s: float, event: int, generator: np.random.Generator) -> tuple[Tape, str]:
    """Drive the price away over ten seconds; it returns over two minutes."""
    change = np.diff(tape.ticks[::50])
    height = int(max(float(np.std(change)) * 8, 12)) * (1 if generator.random() < 0.5 else -1)
    since = tape.time_s - time_s
    shift = np.where(since < 10, np.clip(since / 10, 0, 1), np.exp(-np.maximum(since - 10, 0) / 40)) * height
    shift[since < 0] = 0
    touched = (since >= 0) & (since < 15)
    tape.ticks = tape.ticks + np.round(shift).astype(np.int64)
    tape.event = np.where(touched, event, tape.event)
    times = time_s + np.sort(generator.uniform(0, 10, 30))
    level = tape.ticks[np.minimum(_at(tape, time_s) - 1, len(tape.ticks) - 1)]
    prices = level + np.round((times - time_s) / 10 * height).astype(np.int64)
    side = "B" if height > 0 else "A"
    return _added(tape, event, times, prices, generator.choice([100, 200], 30), _sides(side, 30)), f"{height} ticks"


def rate_burst(tape: Tape, time_s: float, event: int, generator: np.random.Generator) -> tuple[Tape, str]:
    """Add hundreds of small prints within three seconds."""
    count = 400
    times = time_s + np.sort(generator.uniform(0, 3, count))
    prices = np.full(count, tape.ticks[_at(tape, time_s)]) + generator.integers(0, 2, count)
    sides = np.where(generator.random(count) < 0.5, ord("B"), ord("A")).astype(np.uint8)
    return _added(tape, event, times, prices, generator.integers(1, 100, count), sides), f"{count} prints in 3 s"


def repeated_prints(tape: Tape, time_s: float, event: int, generator: np.random.Generator) -> tuple[Tape, str]:
    """Add repeated prints of one odd size at one price with alternating sides: a proxy for wash trades."""
    count = 14
    times = time_s + np.cumsum(generator.uniform(0.5, 3.0, count))
    prices = np.full(count, tape.ticks[_at(tape, time_s)])
    sides = np.where(np.arange(count) % 2 == 0, ord("B"), ord("A")).astype(np.uint8)
    return _added(tape, event, times, prices, np.full(count, 1337), sides), f"{count} times 1337 shares"


def stale_print(tape: Tape, time_s: float, event: int, generator: np.random.Generator) -> tuple[Tape, str]:
    """Add a print that is reported 20 to 40 seconds late."""
    late = float(generator.uniform(20, 40))
    price = tape.ticks[_at(tape, time_s - late)]
    return (
        _added(tape, event, np.array([time_s]), np.array([price]), np.array([300]), _sides("B", 1), late),
        f"{late:.0f} s late",
    )


def close_ramp(tape: Tape, _time_s: float, event: int, _generator: np.random.Generator) -> tuple[Tape, str]:
    """Drive the price up steadily over the session's last six minutes."""
    start = SESSION_S - 360
    change = np.diff(tape.ticks[tape.time_s < start][::200])
    height = int(max(float(np.std(change)) * 6, 25))
    since = np.clip((tape.time_s - start) / 360, 0, 1)
    tape.ticks = tape.ticks + np.round(since * height).astype(np.int64)
    tape.event = np.where(tape.time_s >= start, event, tape.event)
    return tape, f"{height} ticks"


KINDS: Final[dict[str, Injector]] = {
    "block": block,
    "sliced_block": sliced_block,
    "off_market": off_market,
    "price_burst": price_burst,
    "rate_burst": rate_burst,
    "repeated_prints": repeated_prints,
    "stale_print": stale_print,
    "close_ramp": close_ramp,
}
