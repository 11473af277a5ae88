"""Prints of files → their anomalies, one engine over all, with counts by symbol; `backtest` and `explain` share it."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from common.anomaly import Anomaly
from common.batch import TradeBatch
from detector.engine import Engine
from detector.kernel import step
from detector.sweep import empty_scores

Watching = Callable[[TradeBatch, NDArray[np.float64], list[Anomaly]], None]
"""Receives each batch, its scores and its alerts."""
_SILENCE_NS: Final = int(step.GAP_S * 1e9)
"""A longer silence, such as a night, does not count as trading time."""


@dataclass(slots=True)
class SymbolCount:
    """Counts of one symbol, or of several together.

    `traded_ns` is the trading time, in which silences of a symbol over half an hour do not count.
    """

    trades: int = 0
    latest_ts: int | None = None
    traded_ns: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    episodes: set[str] = field(default_factory=set)
    worst: Anomaly | None = None

    def add(self, anomaly: Anomaly) -> None:
        """Count one alert."""
        self.kinds[anomaly.kind] += 1
        self.episodes.add(anomaly.episode.episode_id)
        if self.worst is None or anomaly.once_in > self.worst.once_in:
            self.worst = anomaly


def find(
    engine: Engine, batches: Iterable[TradeBatch], counts: dict[str, SymbolCount], *watching: Watching
) -> Iterator[Anomaly]:
    """Yield the anomalies among the prints, in order; update `counts`, and pass each batch to every `watching`."""
    states: dict[str, NDArray[np.float64]] = {}
    for batch in batches:
        _count(batch, counts)
        scores = empty_scores(batch) if watching else None
        anomalies = [anomaly for _index, anomaly in engine.replay(batch, states, time.time_ns(), scores)]
        if scores is not None:
            for watch in watching:
                watch(batch, scores, anomalies)
        for anomaly in anomalies:
            counts[anomaly.trade.symbol].add(anomaly)
            yield anomaly


def _count(batch: TradeBatch, counts: dict[str, SymbolCount]) -> None:
    trades = np.bincount(batch.symbol)
    order = np.argsort(batch.symbol, kind="stable")
    present = np.flatnonzero(trades)
    starts = (np.cumsum(trades) - trades)[present]
    times = batch.ts_event[order]
    seen = [counts[batch.symbols[j]] for j in present.tolist()]
    first, last = times[starts], times[np.append(starts[1:], len(times)) - 1]
    known = [begin if count.latest_ts is None else count.latest_ts for count, begin in zip(seen, first, strict=True)]
    gaps = np.diff(times, prepend=0)
    gaps[starts] = first - np.array(known)
    # A time that leaps ahead or back, and the one that returns, are left out just as a night is.
    traded = np.add.reduceat(np.where(np.abs(gaps) <= _SILENCE_NS, gaps, 0), starts)
    for count, number, end, own in zip(seen, trades[present].tolist(), last.tolist(), traded.tolist(), strict=True):
        count.trades += number
        count.latest_ts = end
        count.traded_ns += own
