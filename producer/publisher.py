"""Transactions: trades, dead letters and progress become visible together, exactly once, whatever the broker does."""

import logging
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Producer

from common import kafka
from common.errors import PipelineError, ServiceUnavailableError
from common.settings import KafkaSettings, TopicSettings
from producer.encode import Message
from producer.progress import Ledger, Progress, claim_key

logger = logging.getLogger(__name__)

_CALL_S: Final = 5.0
_PAUSE_S: Final = 0.5
_FAREWELL_S: Final = 2.0
# After this time the broker aborts the open transaction of a dead producer, unless another one takes over; until then,
# readers see nothing after it.
_TRANSACTION_TIMEOUT_MS: Final = 30_000


class ReplacedError(PipelineError):
    """Another producer has taken over a file."""

    def __init__(self, file: str) -> None:
        super().__init__(
            f"another producer plays {file} now; this one stops, and nothing is lost or duplicated. If it has other "
            "files to play, start it again when the other producer has ended"
        )


@dataclass(frozen=True, slots=True)
class Parcel:
    """Content of one transaction: messages for the trades and dead-letters topics, and progress by key."""

    trades: Sequence[Message]
    letters: Sequence[Message]
    progress: Mapping[str, Progress]


class Publisher:
    """One transactional producer, opened for one set of files.

    A second producer, for the same files or an overlapping set, fences the first, which then finds the claim in the
    progress topic and stops.

    Parameters
    ----------
    settings : KafkaSettings
        How to reach the broker.
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
        self._producer = self._made(owner)

    def open(self) -> None:
        """Connect, end what an earlier run of the same owner left open, and read the progress of the files."""
        self._begin(self._producer, self.owner)
        self._ledger.read()
        self.waiting = None

    def progress(self) -> dict[str, Progress]:
        """Return the committed progress of the files that have any; raises as `Ledger.known`."""
        return self._ledger.known(self._keys)

    def published(self, file: str) -> int:
        """Return how many trades were published of all files with this name."""
        return self._ledger.published(file)

    def claim(self, progress: Mapping[str, Progress], *, restart: bool = False) -> dict[str, Progress]:
        """Take files over from all other producers; return their final progress by key.

        The claim is committed before other owners are fenced, and a fenced producer reads the topic before it sends
        again. So the others commit nothing after the fence, and their progress is final.

        Parameters
        ----------
        progress : mapping
            Progress of the files as far as known, by key.
        restart : bool
            Whether to play the files from there, whatever others have published.

        Raises
        ------
        ReplacedError
            If another producer has claimed one of the files since.
        """
        self._claimed = frozenset(progress)
        claims = {claim_key(key, self.owner): self._mine(entry).claim for key, entry in progress.items()}
        self.send(Parcel((), (), claims))
        self.waiting = "the transactions of other producers have not ended yet"
        self._fence_others()
        if not self._holds(claims):
            # Another run of the same owner has claimed the files since, and compaction has removed this claim.
            raise ReplacedError(next(iter(progress.values())).file)
        known = {} if restart else self.progress()
        stands = {key: self._mine(known.get(key, entry)) for key, entry in progress.items()}
        self.send(Parcel((), (), stands))
        return stands

    def send(self, parcel: Parcel) -> None:
        """Publish one transaction and return once it is committed, retrying as long as necessary.

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
                # Reading all again also finds a claim made meanwhile, as it was committed before this one was fenced.
                self._ledger.settle()
                if not self._holds(parcel.progress):
                    continue
            self.waiting = None
            return

    def close(self) -> None:
        """Discard what is not committed and disconnect."""
        try:
            self._producer.purge()
            self._producer.abort_transaction(_FAREWELL_S)
        except KafkaException:
            # Nothing was open, or the broker is unreachable and will abort the transaction itself.
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
        for message in messages:
            self._producer.produce(topic, **message)

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
        """Restore a state in which a transaction can begin."""
        logger.warning("A transaction failed; recovering. reason=%r", fault.str())
        self.waiting = fault.str()
        time.sleep(_PAUSE_S)
        if not fault.fatal():
            try:
                self._patiently("abort", self._producer.abort_transaction)
            except KafkaException as error:
                fault = error.args[0]
            else:
                return
        # Either another producer fenced this one, or the broker aborted the transaction. Only the progress topic tells
        # which; it is read first, so as not to fence a successor.
        self._ledger.read()
        self._check_not_replaced()
        self._producer = self._made(self.owner)
        self._begin(self._producer, self.owner)

    def _made(self, owner: str) -> Producer:
        return kafka.producer(
            self._settings,
            **{
                "transactional.id": owner,
                "transaction.timeout.ms": _TRANSACTION_TIMEOUT_MS,
                "linger.ms": 5,
                "queue.buffering.max.messages": 500_000,
                "error_cb": _leave_to_the_calls,
                "log_level": 2,
            },
        )

    def _fence_others(self) -> None:
        """Fence every other owner that has claimed one of the files, until no new claims appear."""
        self._ledger.read()
        fenced, settled = {self.owner}, False
        while (others := self._ledger.owners(self._claimed) - fenced) or not settled:
            self._check_not_replaced()
            for owner in others:
                logger.info("Fencing the producer of an overlapping set of files. owner=%s", owner)
                self._begin(self._made(owner), owner)
            fenced |= others
            self._ledger.settle()
            settled = True

    def _begin(self, producer: Producer, owner: str) -> None:
        """Abort the owner's open transaction and fence its earlier producers."""
        try:
            self._patiently("init_transactions", producer.init_transactions)
        except KafkaException as error:
            raise ServiceUnavailableError(
                f"Kafka refuses transactions with the id {owner}: {error.args[0].str()}. Grant the right to use it"
            ) from None

    def _holds(self, progress: Mapping[str, Progress]) -> bool:
        return all(self._ledger.get(key) == entry for key, entry in progress.items())

    def _check_not_replaced(self) -> None:
        self._ledger.poll()
        for key in self._claimed:
            if (successor := self._ledger.successor(key, self.session)) is not None:
                raise ReplacedError(successor.file)

    def _mine(self, entry: Progress) -> Progress:
        return replace(entry, session=self.session, owner=self.owner)


def _leave_to_the_calls(_error: KafkaError) -> None:
    """Ignore client errors: the calls that wait for the broker report a lost connection."""
