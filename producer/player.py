"""The loop: prints in time order → those that are due → transactions."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from common.batch import TradeBatch
from common.deadletters.letter import DeadLetter
from common.decode import Rejected
from common.decode.merge import take
from common.output import legible
from producer import metrics
from producer.encode import Message, messages
from producer.pace import Pace, market_clock
from producer.playlist import Entry, Playlist
from producer.publisher import Parcel, Publisher
from producer.settings import ProducerSettings

_LETTERS_AT_MOST: Final = 2_000
"""Most dead letters held in memory: a file of nothing but bad prints must not exhaust it."""

_FIRST_COUNT: Final = 1_000
_LEAST_COUNT: Final = 100


@dataclass(frozen=True, slots=True)
class _Letter:
    entry: Entry
    reason: str
    message: Message


class Player:
    """Plays a list of files through a publisher.

    Parameters
    ----------
    playlist : Playlist
        The files to play, and the progress of each.
    publisher : Publisher
        Opened for these files.
    settings : ProducerSettings
        The speed and the size of transactions.
    on_batch : callable
        Called with each slice of prints once it is committed.
    """

    def __init__(
        self,
        playlist: Playlist,
        publisher: Publisher,
        settings: ProducerSettings,
        on_batch: Callable[[TradeBatch], None] = lambda _batch: None,
    ) -> None:
        self._playlist = playlist
        self._publisher = publisher
        self._on_batch = on_batch
        self._pace = Pace(settings.speed)
        self._target_s = settings.transaction_ms / 1000
        self._most = settings.transaction_trades
        self._count = min(_FIRST_COUNT, self._most)
        self._letters: list[_Letter] = []

    def play(self) -> None:
        """Publish what is left of the files, up to the limit.

        Raises
        ------
        ReplacedError
            If another producer has taken over.
        IntegrityError
            If a file changes while being read.
        """
        before = None
        for batch in self._playlist.play(self._reject):
            metrics.READ.inc(len(batch))
            market_ns = market_clock(batch.ts_recv, before)
            before, first = int(batch.ts_recv[-1]), 0
            while first < len(batch):
                last = min(self._pace.due(market_ns, first), first + self._count)
                self._publish(take(batch, slice(first, last)))
                first = last
        ended = [] if self._playlist.limit_reached else self._playlist.unfinished()
        for entry in ended:
            entry.progress = replace(entry.progress, finished=True)
        if ended or self._letters:
            self._commit([], ended)

    def _publish(self, batch: TradeBatch) -> None:
        began = time.monotonic()
        self._commit(messages(batch), self._playlist.advance(batch))
        self._adapt(time.monotonic() - began, len(batch))
        metrics.PUBLISHED.inc(len(batch))
        metrics.MARKET_CLOCK.set(int(batch.ts_recv[-1]) / 1e9)
        self._on_batch(batch)

    def _commit(self, trades: list[Message], entries: Iterable[Entry]) -> None:
        letters, self._letters = self._letters, []
        for letter in letters:
            letter.entry.progress = replace(letter.entry.progress, rejected=letter.entry.progress.rejected + 1)
        touched = [*entries, *(letter.entry for letter in letters)]
        progress = {entry.key: entry.progress for entry in touched}
        self._publisher.send(Parcel(trades, [letter.message for letter in letters], progress))
        for letter in letters:
            metrics.DEAD_LETTERS.labels(letter.reason).inc()

    def _adapt(self, seconds: float, count: int) -> None:
        """Adjust the number of trades per transaction so that one takes `transaction_ms`."""
        if count == self._count:
            wanted = count * self._target_s / max(seconds, 1e-3)
            self._count = min(int(min(max(wanted, count / 2, _LEAST_COUNT), count * 2)), self._most)

    def _reject(self, entry: Entry, rejected: Rejected) -> None:
        origin = legible(entry.path.name)
        letter = DeadLetter.of(
            rejected.content.encode(),
            service="producer",
            reason=rejected.reason,
            error=rejected.error,
            origin=origin,
            partition=-1,
            offset=rejected.record,
            key=None,
            at=time.time_ns(),
        )
        message = {"key": origin.encode(), "value": letter.to_json()}
        self._letters.append(_Letter(entry, rejected.reason, message))
        # No transaction is open while a file is being decoded, so one can be made here.
        if len(self._letters) >= _LETTERS_AT_MOST:
            self._commit([], [])
