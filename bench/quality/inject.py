"""Labelled anomalies: every kind at several magnitudes, and each in several executions.

Magnitudes are relative to the stream around the event. Sizes: times the 99.9 % quantile of the symbol's sizes.
Off-market: share of the price. Price bursts: standard deviations of the change over 10 prints. Closing ramps: of
one-minute changes. Rates: times the usual rate, of the last two minutes or the whole tape, whichever is larger.
Repeats: number of prints. Stale: seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.quality.tape import NS, Tape

_LOCAL: Final = 400
_MOST_BURST: Final = 300.0


@dataclass(frozen=True, slots=True)
class Event:
    """One injected anomaly: its number in the tape, kind, execution and magnitude."""

    number: int
    kind: str
    execution: str
    magnitude: float


Execution = Callable[[Tape, int, int, float, np.random.Generator], Tape]
"""Takes a tape, the row before which it begins, the event's number, the magnitude and randomness."""


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
    """Add prints of the given sizes within so many seconds, at prices of the market, `walk` ticks apart."""
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
    """Add a sweep of four prints within 0.1 s, the last the whole distance away; the market stays."""
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
    sizes = generator.choice(tape.size[max(0, row - _LOCAL) : row + 1], len(shares))
    away = sign * np.maximum(shares * base, tape.tick)
    return tape.added(number, times, base + away, sizes, _sides("B" if sign > 0 else "A", len(shares)))


def _deviation(tape: Tape, row: int) -> float:
    recent = tape.price[max(0, row - _LOCAL) : row + 1]
    return max(float((recent[10:] - recent[:-10]).std()), 0.5 * tape.tick)


def _shifted(
    tape: Tape,
    row: int,
    number: int,
    shape: NDArray[np.float64],
    height: float,
    labelled: int,
    noise: float,
    generator: np.random.Generator,
) -> Tape:
    """Add `shape` times `height` to the prices from `row` on; the first `labelled` prints are the event's."""
    price, event = tape.price.copy(), tape.event.copy()
    end = min(row + len(shape), len(tape))
    wobble = generator.normal(0.0, noise, end - row)
    price[row:end] = tape.on_ticks(price[row:end] + shape[: end - row] * height + wobble)
    event[row : min(row + labelled, len(tape))] = number
    return replace(tape, price=price, event=event)


def _burst(prints: int, noise: float, back: int) -> Execution:
    def execute(tape: Tape, row: int, number: int, magnitude: float, generator: np.random.Generator) -> Tape:
        deviation = _deviation(tape, row)
        height = max(magnitude * deviation, 2 * tape.tick) * (1.0 if generator.random() < 0.5 else -1.0)
        way = np.linspace(1.0 / prints, 1.0, prints)
        stay = np.ones(max(prints, 10))
        # A burst fades so slowly that its end is no event.
        shape = np.concatenate([way, stay, np.linspace(1.0, 0.0, back)])
        return _shifted(tape, row, number, shape, height, prints + len(stay), noise * deviation, generator)

    return execute


burst_fast = _burst(4, 0.0, 400)
burst_straight = _burst(15, 0.0, 400)
burst_noisy = _burst(25, 0.3, 400)
burst_slow = _burst(60, 0.15, 800)


def _dense(seconds: float, ramp: bool) -> Execution:
    def execute(tape: Tape, row: int, number: int, magnitude: float, generator: np.random.Generator) -> Tape:
        now = tape.ts_event[row]
        before = int(np.searchsorted(tape.ts_event, now - 120 * NS))
        usual = max((row - before) / 120.0, len(tape) / ((tape.ts_event[-1] - tape.ts_event[0]) / NS))
        # No longer than so many prints: bursts must not become the market.
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
        near = tape.size[max(0, row - _LOCAL) : row + 1]
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
        sizes = generator.choice(tape.size[max(0, row - _LOCAL) : row + 1], count)
        return tape.added(number, times, tape.price[then], sizes, _sides(_either(generator), count), late)

    return execute


stale_single = _stale(1)
stale_several = _stale(4)


def _ramp(seconds: float, bend: float, noise: float) -> Execution:
    def execute(tape: Tape, _row: int, number: int, magnitude: float, generator: np.random.Generator) -> Tape:
        begins = tape.closes - int(seconds * NS)
        row = int(np.searchsorted(tape.ts_event, begins))
        end = int(np.searchsorted(tape.ts_event, tape.closes))
        minutes = np.arange(int(tape.ts_event[0]), begins, 60 * NS)
        each = tape.price[np.searchsorted(tape.ts_event, minutes)]
        height = magnitude * float(np.diff(each[-120:]).std()) * (1.0 if generator.random() < 0.5 else -1.0)
        shape = ((tape.ts_event[row:end] - begins) / (seconds * NS)) ** bend
        return _shifted(tape, row, number, shape, height, end - row, noise * _deviation(tape, row), generator)

    return execute


ramp_straight = _ramp(360.0, 1.0, 0.0)
ramp_late = _ramp(600.0, 2.0, 0.0)
ramp_noisy = _ramp(240.0, 1.0, 0.3)

KINDS: Final[dict[str, tuple[tuple[float, ...], dict[str, Execution]]]] = {
    "block": ((6.0, 12.0, 25.0), {"plain": block_plain, "discount": block_discount}),
    "sliced_block": (
        (6.0, 12.0, 25.0),
        {"sweep": sliced_sweep, "uneven": sliced_uneven, "patient": sliced_patient},
    ),
    "off_market": ((0.0025, 0.005, 0.01, 0.03), {"single": off_single, "swept": off_swept, "pair": off_pair}),
    "price_burst": (
        (5.0, 10.0, 20.0),
        {"fast": burst_fast, "straight": burst_straight, "noisy": burst_noisy, "slow": burst_slow},
    ),
    "rate_burst": ((8.0, 15.0, 30.0), {"sudden": rate_sudden, "rising": rate_rising, "long": rate_long}),
    "repeated_prints": (
        (10.0, 16.0, 30.0),
        {"regular": repeats_regular, "irregular": repeats_irregular, "round": repeats_round},
    ),
    "stale_print": ((5.0, 30.0, 120.0), {"single": stale_single, "several": stale_several}),
    "close_ramp": ((5.0, 8.0, 15.0), {"straight": ramp_straight, "late": ramp_late, "noisy": ramp_noisy}),
}
"""For each kind its magnitudes and executions."""

EXECUTIONS: Final = 4
"""Runs that go through all executions of every kind."""


def inject(
    tape: Tape, run: int, spacing: int, warm_up: int, generator: np.random.Generator, *, faint: bool = False
) -> tuple[Tape, list[Event]]:
    """Return the tape with an event about every `spacing` prints, and what was put in.

    Parameters
    ----------
    tape : Tape
        Ordinary prints.
    run : int
        Picks the execution of each kind: run r takes the r-th, round and round.
    spacing, warm_up : int
        Prints between two events, and before the first.
    generator : Generator
        Randomness.
    faint : bool
        Whether the smallest magnitude of each kind is among them.
    """
    kinds = [kind for kind in KINDS if kind != "close_ramp"]
    ends = len(tape)
    if tape.closes:
        ends = int(np.searchsorted(tape.ts_event, tape.closes - 1500 * NS))
    rows = np.arange(warm_up, ends - 200, spacing)
    rows = rows + generator.integers(0, max(spacing // 3, 1), len(rows))
    picked = [kinds[i % len(kinds)] for i in generator.permutation(len(rows))]
    found = []
    if tape.closes and ends < len(tape) - 50 and ends > warm_up:
        rows, picked = np.append(rows, ends), [*picked, "close_ramp"]
    # From the last to the first, so that rows before stay where they are.
    first = 0 if faint else 1
    for number in range(len(rows), 0, -1):
        kind = picked[number - 1]
        magnitudes, executions = KINDS[kind]
        name = list(executions)[run % len(executions)]
        magnitude = float(generator.choice(magnitudes[first:]))
        tape = executions[name](tape, int(rows[number - 1]), number, magnitude, generator)
        found.append(Event(number, kind, name, magnitude))
    return tape, found[::-1]
