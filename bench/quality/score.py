"""Counts events that were hit, episodes of false alarms, and delays: by event, not by print."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.quality.inject import Event
from bench.quality.tape import NS, Tape

EPISODE_NS: Final = 10 * NS


@dataclass(frozen=True, slots=True)
class Hit:
    """What became of one event: whether it was alerted on, after how many prints, and with its cause named first."""

    event: Event
    found: bool
    delay: int = 0
    named: bool = False


@dataclass(slots=True)
class Tally:
    """Results of one detector over a number of runs."""

    hits: list[Hit] = field(default_factory=list)
    true_episodes: int = 0
    false_episodes: int = 0
    prints: int = 0

    def add(self, other: "Tally") -> None:
        """Add the runs of another tally."""
        self.hits += other.hits
        self.true_episodes += other.true_episodes
        self.false_episodes += other.false_episodes
        self.prints += other.prints

    @property
    def recall(self) -> float:
        """Share of events that were hit."""
        return sum(hit.found for hit in self.hits) / max(len(self.hits), 1)

    @property
    def precision(self) -> float:
        """Share of episodes that hit an event."""
        return self.true_episodes / max(self.true_episodes + self.false_episodes, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2.0 * self.precision * self.recall / both if both > 0.0 else 0.0


_NAMED_BY: Final = {
    ("sliced_block", "sweep"): ("sliced_block", "block"),
    ("sliced_block", "uneven"): ("sliced_block", "block"),
    ("sliced_block", "patient"): ("sliced_block", "block"),
    ("off_market", "swept"): ("off_market", "price_burst"),
    ("price_burst", "fast"): ("off_market", "price_burst"),
    ("close_ramp", "straight"): ("close_ramp", "price_burst"),
    ("close_ramp", "late"): ("close_ramp", "price_burst"),
    ("close_ramp", "noisy"): ("close_ramp", "price_burst"),
}
"""Kinds that count as the cause if not only the event's own kind is right: a jump over four prints may be either, a
slice of a block may itself be a block, and a closing ramp is a price burst."""


def tally(
    tape: Tape, events: list[Event], alerts: NDArray[np.int64], kinds: list[str] | None, strength: NDArray[np.float64]
) -> Tally:
    """Count one run.

    An event is hit by an alert from its first print until 10 s after its last. Alerts at most 10 s apart form one
    episode, which is true if any of its alerts hits an event.

    Parameters
    ----------
    tape : Tape
        The tape with events.
    events : list of Event
        The injected events.
    alerts : ndarray of int64, shape (m,)
        Rows that were flagged, in rising order.
    kinds : list of str, optional
        Kind of each alert by its first reason; without it, no cause counts as named.
    strength : ndarray of float64, shape (m,)
        Score of each alert; for each event, the kind of the strongest alert counts.
    """
    result = Tally(prints=len(tape))
    clock = np.maximum.accumulate(tape.ts_event)
    told = clock[alerts]
    hit_by_any = np.zeros(len(alerts), dtype=bool)
    for event in events:
        rows = np.flatnonzero(tape.event == event.number)
        first, until = int(rows[0]), int(clock[rows[-1]]) + EPISODE_NS
        inside = (alerts >= first) & (told <= until)
        hit_by_any |= inside
        if not inside.any():
            result.hits.append(Hit(event, found=False))
            continue
        mine = np.flatnonzero(inside)
        named = kinds is not None and kinds[mine[np.argmax(strength[mine])]] in _NAMED_BY.get(
            (event.kind, event.execution), (event.kind,)
        )
        result.hits.append(Hit(event, True, int(alerts[mine[0]]) - first, named))
    begins = np.flatnonzero(np.diff(told, prepend=-(2**62)) > EPISODE_NS) if len(alerts) else alerts
    for start, end in pairwise([*begins.tolist(), len(alerts)]):
        if hit_by_any[start:end].any():
            result.true_episodes += 1
        else:
            result.false_episodes += 1
    return result


def interval(found: int, count: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share (Wilson 1927).

    >>> low, high = interval(5, 10)
    >>> round(low, 3), round(high, 3)
    (0.237, 0.763)
    """
    if count == 0:
        return 0.0, 1.0
    z, share = 1.96, found / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))
