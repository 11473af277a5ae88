"""Anomalies made of prints added to the tape: blocks, prints away from the market, bursts, repeats, late prints.

Magnitudes are relative to the stream. Sizes: multiples of the 99.9 % quantile of the symbol's sizes. Off-market: share
of the price. Rates: multiples of the usual rate, over the last two minutes or the whole tape, whichever is larger.
Repeats: number of prints. Stale: seconds.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.quality.tape import NS, Tape

LOCAL_PRINTS: Final = 400
_MOST_BURST: Final = 300.0

Execution = Callable[[Tape, int, int, float, np.random.Generator], Tape]
"""Takes a tape, the row before which the event begins, its number and magnitude, and a source of randomness."""


def _sides(letter: str, count: int) -> NDArray[np.uint8]:
    return np.full(count, ord(letter), dtype=np.uint8)


def _either(generator: np.random.Generator) -> str:
    return "B" if generator.random() < 0.5 else "A"


def _times(tape: Tape, row: int, count: int, seconds: float, generator: np.random.Generator) -> NDArray[np.int64]:
    times: NDArray[np.int64] = tape.ts_event[row] + (np.sort(generator.uniform(0.0, seconds, count)) * NS).astype(
        np.int64
    )
    return times


def _sold(
    tape: Tape,
    row: int,
    number: int,
    sizes: NDArray[np.int64],
    seconds: float,
    walk: float,
    generator: np.random.Generator,
) -> Tape:
    """Add prints of the given sizes within `seconds`, at market prices that walk by `walk` ticks per print."""
    letter = _either(generator)
    times = _times(tape, row, len(sizes), seconds, generator)
    market = tape.price[np.maximum(np.searchsorted(tape.ts_event, times) - 1, 0)]
    steps = np.floor(np.arange(len(sizes)) * walk) * tape.tick * (1 if letter == "B" else -1)
    return tape.added(number, times, market + steps, sizes, _sides(letter, len(sizes)))


def _large(tape: Tape) -> float:
    return float(np.quantile(tape.size, 0.999))


def _slices(total: float, count: int, evenness: float, generator: np.random.Generator) -> NDArray[np.int64]:
    sizes: NDArray[np.int64] = np.maximum(generator.dirichlet(np.full(count, evenness)) * total, 1.0).astype(np.int64)
    return sizes


def block_plain(tape: Tape, row: int, number: int, magnitude: float, generator: np.random.Generator) -> Tape:
    """Add one print at the market."""
    return _sold(tape, row, number, np.array([int(magnitude * _large(tape))]), 0.0, 0.0, generator)


def block_discount(tape: Tape, row: int, number: int, magnitude: float, generator: np.random.Generator) -> Tape:
    """Add one print of an odd size, two ticks away from the market."""
    size = np.array([int(magnitude * _large(tape) * generator.uniform(1.0, 1.1)) | 1])
    return tape.added(
        number, tape.ts_event[row : row + 1], tape.price[row : row + 1] + 2 * tape.tick, size, _sides("B", 1)
    )


def sliced_sweep(tape: Tape, row: int, number: int, magnitude: float, generator: np.random.Generator) -> Tape:
    """Add three to eight prints within half a second, walking up the book."""
    sizes = _slices(magnitude * _large(tape), int(generator.integers(3, 9)), 8.0, generator)
    return _sold(tape, row, number, sizes, 0.5, 0.5, generator)


def sliced_uneven(tape: Tape, row: int, number: int, magnitude: float, generator: np.random.Generator) -> Tape:
    """Add a dozen uneven slices within eight seconds."""
    return _sold(tape, row, number, _slices(magnitude * _large(tape), 12, 2.0, generator), 8.0, 0.0, generator)


def sliced_patient(tape: Tape, row: int, number: int, magnitude: float, generator: np.random.Generator) -> Tape:
    """Add twenty-five even slices within twenty-five seconds."""
    return _sold(tape, row, number, _slices(magnitude * _large(tape), 25, 20.0, generator), 25.0, 0.0, generator)


def off_single(tape: Tape, row: int, number: int, magnitude: float, generator: np.random.Generator) -> Tape:
    """Add one print away from the market."""
    return _away(tape, row, number, np.array([magnitude]), 0.0, generator)


def off_swept(tape: Tape, row: int, number: int, magnitude: float, generator: np.random.Generator) -> Tape:
    """Add a sweep of four prints within 0.1 s, the last one the whole distance away; the market does not follow."""
    return _away(tape, row, number, magnitude * np.array([0.25, 0.5, 0.75, 1.0]), 0.1, generator)


def off_pair(tape: Tape, row: int, number: int, magnitude: float, generator: np.random.Generator) -> Tape:
    """Add two prints at the same price away from the market, within two seconds, among ordinary ones."""
    return _away(tape, row, number, np.array([magnitude, magnitude]), 2.0, generator)


def _away(
    tape: Tape, row: int, number: int, shares: NDArray[np.float64], seconds: float, generator: np.random.Generator
) -> Tape:
    sign = 1.0 if generator.random() < 0.5 else -1.0
    base = float(np.median(tape.price[max(0, row - 5) : row + 1]))
    times = _times(tape, row, len(shares), seconds, generator)
    sizes = generator.choice(tape.size[max(0, row - LOCAL_PRINTS) : row + 1], len(shares))
    away = sign * np.maximum(shares * base, tape.tick)
    return tape.added(number, times, base + away, sizes, _sides("B" if sign > 0 else "A", len(shares)))


def _dense(seconds: float, ramp: bool) -> Execution:
    def execute(tape: Tape, row: int, number: int, magnitude: float, generator: np.random.Generator) -> Tape:
        now = tape.ts_event[row]
        before = int(np.searchsorted(tape.ts_event, now - 120 * NS))
        usual = max((row - before) / 120.0, len(tape) / ((tape.ts_event[-1] - tape.ts_event[0]) / NS))
        # At most `_MOST_BURST` prints: bursts must not become the market.
        lasts = min(seconds, _MOST_BURST / (usual * magnitude))
        count = max(int(usual * magnitude * lasts), 12)
        share = generator.uniform(0.0, 1.0, count)
        share = np.sqrt(share) if ramp else share
        times = now + np.sort(share * lasts * NS).astype(np.int64)
        market = tape.price[np.maximum(np.searchsorted(tape.ts_event, times) - 1, 0)]
        sizes = generator.integers(1, int(np.median(tape.size)) + 2, count)
        sides = np.where(generator.random(count) < 0.5, ord("B"), ord("A")).astype(np.uint8)
        return tape.added(number, times, market, sizes, sides)

    return execute


rate_sudden = _dense(4.0, ramp=False)
rate_rising = _dense(12.0, ramp=True)
rate_long = _dense(30.0, ramp=False)


def _repeats(seconds: float, regular: bool, common: bool) -> Execution:
    def execute(tape: Tape, row: int, number: int, magnitude: float, generator: np.random.Generator) -> Tape:
        count = int(magnitude)
        gaps = np.ones(count) if regular else generator.exponential(1.0, count)
        times = tape.ts_event[row] + (np.cumsum(gaps) / gaps.sum() * seconds * NS).astype(np.int64)
        near = tape.size[max(0, row - LOCAL_PRINTS) : row + 1]
        size = int(np.quantile(near, 0.9)) if common else int(np.quantile(near, 0.7)) + 37
        sides = np.where(np.arange(count) % 2 == 0, ord("B"), ord("A")).astype(np.uint8)
        return tape.added(number, times, np.full(count, tape.price[row]), np.full(count, size), sides)

    return execute


repeats_regular = _repeats(15.0, regular=True, common=False)
repeats_irregular = _repeats(40.0, regular=False, common=False)
repeats_round = _repeats(15.0, regular=False, common=True)


def _stale(count: int) -> Execution:
    def execute(tape: Tape, row: int, number: int, magnitude: float, generator: np.random.Generator) -> Tape:
        times = _times(tape, row, count, 1.0, generator)
        late = np.full(count, int(magnitude * NS))
        then = np.maximum(np.searchsorted(tape.ts_event, times - late) - 1, 0)
        sizes = generator.choice(tape.size[max(0, row - LOCAL_PRINTS) : row + 1], count)
        return tape.added(number, times, tape.price[then], sizes, _sides(_either(generator), count), late)

    return execute


stale_single = _stale(1)
stale_several = _stale(4)
