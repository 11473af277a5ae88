"""Runs one detector over streams: clean ones for its false alarms, injected ones for everything else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.quality.inject import EXECUTIONS, inject
from bench.quality.score import EPISODE_NS, Tally, tally
from bench.quality.tape import NS, Tape
from detector.engine import Engine

WARM_UP: Final = 1_000


@dataclass(frozen=True, slots=True)
class Found:
    """Alerts on one tape: rows, kinds by their first reasons (None if the detector gives none), and strengths."""

    rows: NDArray[np.int64]
    kinds: list[str] | None
    strength: NDArray[np.float64]


Detector = Callable[[Tape], Found]


@dataclass(frozen=True, slots=True)
class Clean:
    """False alarms of one detector on one stream with nothing injected."""

    name: str
    prints: int
    hours: float
    episodes: int

    @property
    def per_million(self) -> float:
        """Episodes per million trades."""
        return self.episodes * 1e6 / self.prints

    @property
    def per_hour(self) -> float:
        """Episodes per hour of the stream."""
        return self.episodes / self.hours


def project(engine: Engine) -> Detector:
    """Return the project's engine as a detector, with its own thresholds."""

    def find(tape: Tape) -> Found:
        alerts = engine.replay(tape.batch(), {}, 0)
        return Found(
            np.array([row for row, _ in alerts], dtype=np.int64),
            [anomaly.kind for _, anomaly in alerts],
            np.array([anomaly.score for _, anomaly in alerts]),
        )

    return find


def with_hindsight(score: Callable[[Tape], NDArray[np.float64]], tapes: list[Tape], budget: float) -> Detector:
    """Return a detector with the lowest threshold that keeps a score within the budget on the clean tapes.

    The threshold is chosen on the same tapes on which it is measured, which favours the score.
    """
    scores = [score(tape)[WARM_UP:] for tape in tapes]
    clocks = [np.maximum.accumulate(tape.ts_event)[WARM_UP:] for tape in tapes]
    prints = sum(len(tape) for tape in tapes)

    def rate(threshold: float) -> float:
        episodes = 0
        for values, clock in zip(scores, clocks, strict=True):
            told = clock[values > threshold]
            episodes += int(np.count_nonzero(np.diff(told) > EPISODE_NS)) + int(len(told) > 0)
        return episodes * 1e6 / prints

    highest = np.sort(np.unique(np.concatenate(scores)))[::-1]
    # The rate of episodes is not monotonic: if nearly everything is flagged, everything is one episode.
    low, high = 0, 1
    while high < len(highest) - 1 and rate(float(highest[high])) <= budget:
        low, high = high, min(2 * high, len(highest) - 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if rate(float(highest[middle])) <= budget else (low, middle)
    threshold = float(highest[low])

    def find(tape: Tape) -> Found:
        values = score(tape)
        values[:WARM_UP] = -np.inf
        rows = np.flatnonzero(values > threshold)
        return Found(rows, None, values[rows])

    return find


def clean(find: Detector, tapes: list[Tape]) -> list[Clean]:
    """Return the false alarms on each tape."""
    result = []
    for tape in tapes:
        found = find(tape)
        counted = tally(tape, [], found.rows, found.kinds, found.strength)
        hours = float(np.ptp(tape.ts_event)) / NS / 3600.0
        result.append(Clean(tape.name, len(tape), hours, counted.false_episodes))
    return result


def injected(find: Detector, tapes: list[Tape], spacing: int, *, faint: bool = False) -> list[Tally]:
    """Return a tally for each round of executions, with an event about every `spacing` prints."""
    tallies = []
    for run in range(EXECUTIONS):
        total = Tally()
        for index, tape in enumerate(tapes):
            generator = np.random.default_rng([run, index, len(tape)])
            changed, events = inject(tape, run, spacing, WARM_UP, generator, faint=faint)
            found = find(changed)
            total.add(tally(changed, events, found.rows, found.kinds, found.strength))
        tallies.append(total)
    return tallies
