"""The data that the page shows, in bounded memory: written by the one feed, read by all viewers."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from common.anomaly import Anomaly
from dashboard.bars import BAR_NS, START, Bars
from dashboard.messages import Prints
from dashboard.rates import SecondCounts
from dashboard.settings import DashboardSettings

MOST_FORGOTTEN: Final = 10_000
_RATE_SPAN_S = 180
_RATE_S = 5
_SKEW_NS = 60_000_000_000
_DAY_NS = 86_400 * BAR_NS


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts since the dashboard began to read these topics.

    Attributes
    ----------
    trades, anomalies, unreadable : int
        Number of trades, anomalies and invalid messages.
    forgotten : int
        Number of symbols whose bars are not kept, counted up to `MOST_FORGOTTEN`.
    trades_per_s : float
        Trades per second appended to the topic, averaged over the last five seconds.
    latest_ts_event : int
        Market clock in nanoseconds since the epoch; 0 before the first trade.
    venue : str
        Venue of the market clock.
    lag : int or None
        Number of messages that the detector has yet to score; None while unknown.
    """

    trades: int
    anomalies: int
    unreadable: int
    forgotten: int
    trades_per_s: float
    latest_ts_event: int
    venue: str
    lag: int | None


class Window:
    """Bars of every symbol and the latest anomalies.

    Parameters
    ----------
    settings : DashboardSettings
        Limits on what is kept.
    clock : callable
        Returns the wall-clock time in seconds since the epoch.
    """

    def __init__(self, settings: DashboardSettings, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self.clear()
        self.lag: int | None = None
        self.trouble: str | None = "connecting to Kafka"

    def clear(self) -> None:
        """Forget everything that was read."""
        with self._lock:
            self._bars: dict[str, Bars] = {}
            self._venue: dict[str, str] = {}
            self._forgotten: set[str] = set()
            self._anomalies: list[Anomaly] = []
            self._rates = SecondCounts(_RATE_SPAN_S)
            self._trades = self._count = self._unreadable = self._latest = 0
            self._latest_venue = ""

    def add_trades(self, by_symbol: dict[str, Prints], appended_s: NDArray[np.int64], unreadable: int) -> None:
        """Add prints by symbol, the seconds at which the broker appended them, and the number of invalid messages."""
        with self._lock:
            for symbol, prints in by_symbol.items():
                # Removed and put back, so that the dictionary stays in order of the latest print.
                bars = self._bars.pop(symbol, None) or Bars(self._settings.max_bars)
                bars.add(np.array(prints.ts_event), np.array(prints.price, float), np.array(prints.size, float))
                self._bars[symbol] = bars
                self._venue[symbol] = prints.venue
                self._forgotten.discard(symbol)
                self._trades += len(prints.price)
            self._forget(len(self._bars) - self._settings.max_symbols)
            if by_symbol:
                self._move_clock(max(by_symbol.values(), key=lambda prints: prints.ts_event[-1]))
            self._rates.add(appended_s)
            self._unreadable += unreadable

    def _forget(self, count: int) -> None:
        """Forget the bars of `count` symbols: those without alerts first, and among them the longest quiet."""
        if count > 0:
            flagged = {anomaly.trade.symbol for anomaly in self._anomalies}
            for symbol in sorted(self._bars, key=flagged.__contains__)[:count]:
                del self._bars[symbol], self._venue[symbol]
                if len(self._forgotten) < MOST_FORGOTTEN:
                    self._forgotten.add(symbol)

    def _move_clock(self, newest: Prints) -> None:
        """Follow the newest print.

        The clock only goes back by more than a minute, for a replay that starts again: partitions arrive slightly out
        of order.
        """
        ts_event = newest.ts_event[-1]
        if not self._latest - _SKEW_NS <= ts_event <= self._latest:
            self._latest, self._latest_venue = ts_event, newest.venue

    def add_anomaly(self, anomaly: Anomaly) -> None:
        """Add one anomaly."""
        limit = self._settings.max_anomalies
        with self._lock:
            self._anomalies.append(anomaly)
            self._count += 1
            # Not for each one beyond the limit: sorting takes milliseconds.
            if len(self._anomalies) > limit + limit // 4:
                self._anomalies = self._newest_first()

    def add_unreadable(self) -> None:
        """Count a message that is not a valid anomaly."""
        with self._lock:
            self._unreadable += 1

    def totals(self) -> Totals:
        """Return the counts."""
        with self._lock:
            rate = self._rates.rate(self._clock(), _RATE_S)
            return Totals(
                self._trades,
                self._count,
                self._unreadable,
                len(self._forgotten),
                rate,
                self._latest,
                self._latest_venue,
                self.lag,
            )

    def symbols(self) -> list[str]:
        """Return the symbols with bars or alerts, sorted by name."""
        with self._lock:
            return sorted({*self._bars, *(anomaly.trade.symbol for anomaly in self._anomalies)})

    def busiest(self, count: int) -> list[str]:
        """Return the `count` symbols with the most episodes, then the most bars, sorted by name."""
        with self._lock:
            episodes = {(anomaly.trade.symbol, anomaly.episode.episode_id) for anomaly in self._anomalies}
            flagged = Counter(symbol for symbol, _episode in episodes)
            ranked = sorted(self._bars, key=lambda symbol: (-flagged[symbol], -len(self._bars[symbol]), symbol))
        return sorted(ranked[:count])

    def venue(self, symbol: str) -> str:
        """Return the venue of a symbol's latest prints; empty if unknown."""
        with self._lock:
            return self._venue.get(symbol, "")

    def bars(self, symbol: str) -> NDArray[np.float64]:
        """Return a copy of a symbol's bars, shape (n, 7)."""
        with self._lock:
            held = self._bars.get(symbol)
            return np.empty((0, 7)) if held is None else held.table().copy()

    def anomalies(
        self,
        symbols: Collection[str] = (),
        rules: Collection[str] = (),
        kinds: Collection[str] = (),
        severities: Collection[str] = (),
    ) -> list[Anomaly]:
        """Return anomalies, newest first, filtered by symbols, rules, kinds and severities; empty means all.

        The order is by event time, whatever the order of arrival. An older day comes before a newer one only if all of
        it was detected later: it was played after that one. Anomalies ahead of their symbol's prints come last: they
        belong to a replay that has been started again.
        """
        with self._lock:
            kept = self._newest_first()
        return [
            anomaly
            for anomaly in kept
            if (not symbols or anomaly.trade.symbol in symbols)
            and (not rules or not set(rules).isdisjoint(anomaly.rules))
            and (not kinds or anomaly.kind in kinds)
            and (not severities or anomaly.severity in severities)
        ]

    def _newest_first(self) -> list[Anomaly]:
        plays = _plays((anomaly.trade.ts_event // _DAY_NS, anomaly.detected_at) for anomaly in self._anomalies)
        reached = {symbol: float(bars.table()[-1, START]) for symbol, bars in self._bars.items()}

        def age(anomaly: Anomaly) -> tuple[bool, int, int, int]:
            ts_event = anomaly.trade.ts_event
            played = ts_event // BAR_NS <= reached.get(anomaly.trade.symbol, np.inf)
            return played, plays[ts_event // _DAY_NS], ts_event, anomaly.detected_at

        return sorted(self._anomalies, key=age, reverse=True)[: self._settings.max_anomalies]


def _plays(detected: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Return for each day the number of its play: days that were detected in one stretch of time were played together.

    >>> _plays([(1, 10), (2, 12), (1, 13), (0, 20)])
    {1: 1, 2: 1, 0: 2}
    """
    spans: dict[int, tuple[int, int]] = {}
    for day, at in detected:
        first, last = spans.get(day, (at, at))
        spans[day] = min(first, at), max(last, at)
    plays: dict[int, int] = {}
    number, reached = 0, -1
    for day, (first, last) in sorted(spans.items(), key=lambda item: item[1]):
        number += first > reached
        reached = max(reached, last)
        plays[day] = number
    return plays
