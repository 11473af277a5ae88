"""Transactions: trades, dead letters and progress become visible together, once, whatever happens to the broker."""

import logging
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Producer

from common import kafka
from common.errors import PipelineError, ServiceUnavailableError
from common.settings import KafkaSettings, TopicSettings
from producer.encode import Message
from producer.progress import Ledger, Progress

logger = logging.getLogger(__name__)

_CALL_S: Final = 5.0
_PAUSE_S: Final = 0.5
_FAREWELL_S: Final = 2.0
_TAKEOVER_S: Final = 1.0
_CLAIM_READS: Final = 20
_CLAIM_PAUSE_S: Final = 0.05
# The broker gives up a dead producer's open transaction after this; until then readers wait behind it.
_TRANSACTION_TIMEOUT_MS: Final = 30_000


class ReplacedError(PipelineError):
    """Another producer plays the same files now."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one transaction holds: messages for the trades and the dead-letter topics, and progress by key."""

    trades: Sequence[Message]
    letters: Sequence[Message]
    progress: Mapping[str, Progress]


class Publisher:
    """One transactional producer, opened for one set of files.

    A second one with the same `owner` fences the first; one with another set of files that shares a file is noticed
    through the progress topic.

    Parameters
    ----------
    settings : KafkaSettings
        Where the broker is.
    topics : TopicSettings
        Names of the topics.
    owner : str
        The transactional id.
    keys : sequence of str
        Keys of the files' progress.
    """

    def __init__(self, settings: KafkaSettings, topics: TopicSettings, owner: str, keys: Sequence[str]) -> None:
        self.session = uuid.uuid4().hex
        self.owner = owner
        self.waiting: str | None = "not connected yet"
        self._settings = settings
        self._topics = topics
        self._keys = keys
        self._claimed: frozenset[str] = frozenset()
        self._ledger = Ledger(settings, topics.progress_topic)
        self._producer = self._made()

    def open(self) -> None:
        """Connect, end whatever an earlier run of the same owner left open, and read where the files stand."""
        self._begin()
        self._ledger.read()
        self.waiting = None

    def progress(self) -> dict[str, Progress]:
        """Return the committed progress of the files that have any."""
        return {key: entry for key in self._keys if (entry := self._ledger.get(key)) is not None}

    def claim(self, progress: dict[str, Progress]) -> dict[str, Progress]:
        """Tell every other producer that these files are played by this one; return where they stand.

        `progress` is what is claimed. Another set of files that shares one of them is given time to notice and
        stop, and what it published until then counts.
        """
        others = {entry.owner for entry in progress.values() if not entry.finished} - {self.owner, ""}
        while True:
            self.send(Parcel((), (), {key: self._mine(entry) for key, entry in progress.items()}))
            if others:
                logger.warning("Another selection that shares a file was not finished; checking that it has stopped.")
                time.sleep(_TAKEOVER_S)
            if self._sees_its_claim(progress):
                self._claimed = frozenset(progress)
                return self.progress()
            progress = progress | self.progress()

    def send(self, parcel: Parcel) -> None:
        """Publish one transaction; return when it is committed.

        Raises
        ------
        ReplacedError
            If another producer has taken over.
        """
        while True:
            try:
                self._attempt(parcel)
            except KafkaException as error:
                self._recover(error.args[0])
                if self._is_committed(parcel):
                    return
            else:
                self.waiting = None
                return

    def close(self) -> None:
        """Drop what is not committed and leave the broker."""
        try:
            self._producer.purge()
            self._producer.abort_transaction(_FAREWELL_S)
        except KafkaException:
            # Nothing was open, or the broker is away: it will drop the transaction itself.
            pass
        self._ledger.close()

    def _attempt(self, parcel: Parcel) -> None:
        self._producer.poll(0)
        self._check_not_replaced()
        self._producer.begin_transaction()
        self._produce(self._topics.trades_topic, parcel.trades)
        self._produce(self._topics.dead_letters_topic, parcel.letters)
        marks = [{"key": key.encode(), "value": entry.to_json()} for key, entry in parcel.progress.items()]
        self._produce(self._topics.progress_topic, marks)
        self._patiently("commit", self._producer.commit_transaction)

    def _produce(self, topic: str, messages: Sequence[Message]) -> None:
        if messages and self._producer.produce_batch(topic, list(messages)) != len(messages):
            failed = next(message["_error"] for message in messages if "_error" in message)
            raise KafkaException(failed)

    def _patiently(self, what: str, call: Callable[[float], None]) -> None:
        started = time.monotonic()
        while True:
            try:
                call(_CALL_S)
            except KafkaException as error:
                fault = error.args[0]
                if fault.fatal() or fault.txn_requires_abort() or not fault.retriable():
                    raise
                self._wait(what, fault, started)
            else:
                return

    def _wait(self, what: str, fault: KafkaError, started: float) -> None:
        self.waiting = f"Kafka does not answer ({fault.str()})"
        logger.warning(
            "Waiting for Kafka. call=%s reason=%r waited_s=%.0f", what, fault.str(), time.monotonic() - started
        )
        time.sleep(_PAUSE_S)

    def _recover(self, fault: KafkaError) -> None:
        """Get back to a state in which a transaction can begin."""
        logger.warning("A transaction failed and is made good. reason=%r", fault.str())
        self.waiting = fault.str()
        time.sleep(_PAUSE_S)
        if not fault.fatal():
            try:
                self._patiently("abort", self._producer.abort_transaction)
            except KafkaException as error:
                fault = error.args[0]
            else:
                return
        # Fenced, or given up by the broker while it was away: only the progress topic can tell which.
        self._ledger.read()
        self._check_not_replaced()
        self._producer = self._made()
        self._begin()

    def _made(self) -> Producer:
        return kafka.producer(
            self._settings,
            **{
                "transactional.id": self.owner,
                "transaction.timeout.ms": _TRANSACTION_TIMEOUT_MS,
                "linger.ms": 5,
                "queue.buffering.max.messages": 500_000,
                "error_cb": _leave_to_the_calls,
                "log_level": 2,
            },
        )

    def _begin(self) -> None:
        try:
            self._patiently("init_transactions", self._producer.init_transactions)
        except KafkaException as error:
            raise ServiceUnavailableError(
                f"Kafka refuses transactions of {self.owner}: {error.args[0].str()}. Check its rights on the cluster"
            ) from None

    def _is_committed(self, parcel: Parcel) -> bool:
        self._ledger.read()
        return all(self._ledger.get(key) == entry for key, entry in parcel.progress.items())

    def _check_not_replaced(self) -> None:
        self._ledger.poll()
        for key in self._claimed:
            entry = self._ledger.get(key)
            if entry is not None and entry.session != self.session:
                raise ReplacedError(
                    f"another producer plays {entry.file} now; this one stops, nothing is lost or doubled. "
                    "Run one producer for each set of files"
                )

    def _sees_its_claim(self, keys: Iterable[str]) -> bool:
        # The broker shows a transaction a moment after it has confirmed it.
        for _ in range(_CLAIM_READS):
            self._ledger.read()
            seen = [self._ledger.get(key) for key in keys]
            if all(entry is not None and entry.session == self.session for entry in seen):
                return True
            time.sleep(_CLAIM_PAUSE_S)
        return False

    def _mine(self, entry: Progress) -> Progress:
        return replace(entry, session=self.session, owner=self.owner)


def _leave_to_the_calls(_error: KafkaError) -> None:
    """Say nothing: what matters of a lost connection is told by the call that waits for it."""
