"""Anomalies that shift the prices of the tape: bursts, and ramps into the close.

Magnitudes are in standard deviations of the price's own changes. For a burst, these are changes over as many prints as
the burst takes, among the 400 prints before it; for a ramp, changes over its duration, in the six hours before it.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.quality.prints import LOCAL_PRINTS, Execution
from bench.quality.tape import NS, Tape

_GRID_S: Final = 10
_BEFORE_S: Final = 21_600


def _deviation(tape: Tape, row: int, prints: int) -> float:
    """Return the standard deviation of the changes over `prints` prints among those before a row."""
    recent = tape.price[max(0, row - LOCAL_PRINTS) : row + 1]
    return max(float((recent[prints:] - recent[:-prints]).std()), 0.5 * tape.tick)


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
    """Add `shape` times `height` to the prices from `row` on, and label the first `labelled` prints as the event."""
    price, event = tape.price.copy(), tape.event.copy()
    end = min(row + len(shape), len(tape))
    wobble = generator.normal(0.0, noise, end - row)
    price[row:end] = tape.on_ticks(price[row:end] + shape[: end - row] * height + wobble)
    event[row : min(row + labelled, len(tape))] = number
    return replace(tape, price=price, event=event)


def _burst(prints: int, noise: float, back: int) -> Execution:
    def execute(tape: Tape, row: int, number: int, magnitude: float, generator: np.random.Generator) -> Tape:
        deviation = _deviation(tape, row, prints)
        height = max(magnitude * deviation, 2 * tape.tick) * (1.0 if generator.random() < 0.5 else -1.0)
        way = np.linspace(1.0 / prints, 1.0, prints)
        stay = np.ones(max(prints, 10))
        # A burst fades so slowly that its end is not an event.
        shape = np.concatenate([way, stay, np.linspace(1.0, 0.0, back)])
        return _shifted(tape, row, number, shape, height, prints + len(stay), noise * deviation, generator)

    return execute


burst_fast = _burst(4, 0.0, 400)
burst_straight = _burst(15, 0.0, 400)
burst_noisy = _burst(25, 0.3, 400)
burst_slow = _burst(60, 0.15, 800)


def _ramp(seconds: float, bend: float, noise: float) -> Execution:
    def execute(tape: Tape, _row: int, number: int, magnitude: float, generator: np.random.Generator) -> Tape:
        begins = tape.closes - int(seconds * NS)
        row = int(np.searchsorted(tape.ts_event, begins))
        end = int(np.searchsorted(tape.ts_event, tape.closes))
        first = max(int(tape.ts_event[0]), begins - _BEFORE_S * NS)
        grid = np.arange(first, begins, _GRID_S * NS)
        before = tape.price[np.searchsorted(tape.ts_event, grid)]
        lasts = int(seconds) // _GRID_S
        height = max(magnitude * float((before[lasts:] - before[:-lasts]).std()), 2 * tape.tick)
        height *= 1.0 if generator.random() < 0.5 else -1.0
        shape = ((tape.ts_event[row:end] - begins) / (seconds * NS)) ** bend
        return _shifted(tape, row, number, shape, height, end - row, noise * _deviation(tape, row, 10), generator)

    return execute


ramp_straight = _ramp(360.0, 1.0, 0.0)
ramp_late = _ramp(600.0, 2.0, 0.0)
ramp_noisy = _ramp(240.0, 1.0, 0.3)
