"""Labelled anomalies: every kind at several magnitudes, and each in several executions."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.quality import moves, prints
from bench.quality.prints import Execution
from bench.quality.tape import NS, Tape


@dataclass(frozen=True, slots=True)
class Event:
    """One injected anomaly: its number in the tape, kind, execution and magnitude."""

    number: int
    kind: str
    execution: str
    magnitude: float


KINDS: Final[dict[str, tuple[tuple[float, ...], dict[str, Execution]]]] = {
    "block": ((6.0, 12.0, 25.0), {"plain": prints.block_plain, "discount": prints.block_discount}),
    "sliced_block": (
        (6.0, 12.0, 25.0),
        {"sweep": prints.sliced_sweep, "uneven": prints.sliced_uneven, "patient": prints.sliced_patient},
    ),
    "off_market": (
        (0.0025, 0.005, 0.01, 0.03),
        {"single": prints.off_single, "swept": prints.off_swept, "pair": prints.off_pair},
    ),
    "price_burst": (
        (5.0, 10.0, 20.0),
        {
            "fast": moves.burst_fast,
            "straight": moves.burst_straight,
            "noisy": moves.burst_noisy,
            "slow": moves.burst_slow,
        },
    ),
    "rate_burst": (
        (8.0, 15.0, 30.0),
        {"sudden": prints.rate_sudden, "rising": prints.rate_rising, "long": prints.rate_long},
    ),
    "repeated_prints": (
        (10.0, 16.0, 30.0),
        {"regular": prints.repeats_regular, "irregular": prints.repeats_irregular, "round": prints.repeats_round},
    ),
    "stale_print": ((5.0, 30.0, 120.0), {"single": prints.stale_single, "several": prints.stale_several}),
    "close_ramp": (
        (5.0, 8.0, 15.0),
        {"straight": moves.ramp_straight, "late": moves.ramp_late, "noisy": moves.ramp_noisy},
    ),
}
"""Magnitudes and executions of each kind."""

EXECUTIONS: Final = 4
"""Number of runs that covers all executions of every kind."""


def inject(
    tape: Tape, run: int, spacing: int, warm_up: int, generator: np.random.Generator, *, faint: bool = False
) -> tuple[Tape, list[Event]]:
    """Return the tape with an event about every `spacing` prints, and the events.

    Parameters
    ----------
    tape : Tape
        Ordinary prints.
    run : int
        Picks the execution of each kind: run r takes the r-th, cyclically.
    spacing, warm_up : int
        Prints between two events, and before the first.
    generator : Generator
        Source of randomness.
    faint : bool
        Whether to use the smallest magnitude of each kind, too.
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
    # From the last to the first, so that earlier rows keep their places.
    first = 0 if faint else 1
    for number in range(len(rows), 0, -1):
        kind = picked[number - 1]
        magnitudes, executions = KINDS[kind]
        name = list(executions)[run % len(executions)]
        magnitude = float(generator.choice(magnitudes[first:]))
        tape = executions[name](tape, int(rows[number - 1]), number, magnitude, generator)
        found.append(Event(number, kind, name, magnitude))
    return tape, found[::-1]
