"""The loop: a batch of messages → documents → offsets, committed once every document is answered."""

import logging
import time
from collections.abc import Callable
from typing import Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from common.anomaly import APPENDED_HEADER, Anomaly
from common.deadletters.letter import DeadLetter
from common.errors import MessageError
from common.reading import warn_of_deleted
from common.settings import TopicSettings
from common.watch import Watch
from sink import metrics
from sink.document import document, index
from sink.settings import SinkSettings
from sink.writer import Item, Writer

logger = logging.getLogger(__name__)

_FLUSH_S: Final = 5.0
_PAUSE_S: Final = 0.5
_SAY_EVERY_S: Final = 10.0
_MOST_DIGITS: Final = 15
"""Digits of milliseconds since 1970; enough until the year 33658."""


class Pump:
    """Moves anomalies from their topic to Elasticsearch.

    Parameters
    ----------
    consumer : Consumer
        Not yet subscribed, without automatic commits.
    producer : Producer
        Sends the dead letters.
    writer : Writer
        Writes to Elasticsearch.
    watch : Watch
        Tracks the state of the consumer.
    topics : TopicSettings
        Names of the topics.
    settings : SinkSettings
        Size of a batch.
    prefix : str
        Prefix of the index names.
    clock : callable
        Returns the wall-clock time in nanoseconds.
    """

    def __init__(
        self,
        consumer: Consumer,
        producer: Producer,
        writer: Writer,
        watch: Watch,
        topics: TopicSettings,
        settings: SinkSettings,
        prefix: str,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._consumer = consumer
        self._producer = producer
        self._writer = writer
        self._watch = watch
        self._topics = topics
        self._settings = settings
        self._prefix = prefix
        self._clock = clock
        self._undelivered = 0
        self._written = self._told = 0
        self._said = time.monotonic()

    def run(self) -> None:
        """Work until interrupted; the next run repeats what was not committed, which changes nothing."""
        self._consumer.subscribe([self._topics.anomalies_topic], on_assign=self._assigned)
        while True:
            messages = self._consumer.consume(self._settings.batch_documents, self._settings.linger_s)
            self.process(self._watch.usable(messages))
            # Without dead letters, nothing else would call the producer's callbacks.
            self._producer.poll(0)
            self._tell()

    def process(self, messages: list[Message]) -> None:
        """Write one batch, send what cannot be written to the dead letters, then commit."""
        if not messages:
            return
        items: list[Item] = []
        anomalies: list[Anomaly] = []
        for message in messages:
            try:
                anomaly = Anomaly.from_json(message.value() or b"")
                body = document(anomaly)
                items.append(Item(index(self._prefix, anomaly), anomaly.anomaly_id, body, message))
                anomalies.append(anomaly)
            except MessageError as error:
                self._bury(message, error.reason, str(error))
        refused = self._writer.write(items)
        for each in refused:
            self._bury(each.item.message, "refused", each.error)
        lost = {id(each.item) for each in refused}
        written = [pair for pair in zip(items, anomalies, strict=True) if id(pair[0]) not in lost]
        self._measure(written)
        self._flush()
        self._commit(messages)
        self._written += len(written)

    def _tell(self) -> None:
        """Log the count every few seconds in which it has grown."""
        if self._written > self._told and time.monotonic() - self._said >= _SAY_EVERY_S:
            logger.info("Writing. documents=%d", self._written)
            self._told, self._said = self._written, time.monotonic()

    def wait_in_group(self, seconds: float) -> None:
        """Wait while keeping the consumer in its group: it is paused, and polled so as not to time out."""
        assigned = self._consumer.assignment()
        self._consumer.pause(assigned)
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            for message in self._watch.usable(self._consumer.consume(1, min(left, 0.5))):
                # A rebalance has assigned a partition that is not paused: read this message again later.
                self._consumer.seek(TopicPartition(message.topic(), message.partition(), message.offset()))
                self._consumer.pause(self._consumer.assignment())
        self._consumer.resume(self._consumer.assignment())

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._watch.assigned(consumer, partitions)
        warn_of_deleted(consumer, partitions)

    def _measure(self, written: list[tuple[Item, Anomaly]]) -> None:
        now = self._clock()
        for item, anomaly in written:
            metrics.LATENCY.observe(max(0.0, (now - anomaly.detected_at) / 1e9))
            appended_s = _appended_s(item.message)
            if appended_s is not None:
                metrics.END_TO_END.observe(max(0.0, now / 1e9 - appended_s))
            metrics.EVENT_DELAY.set((now - anomaly.trade.ts_event) / 1e9)

    def _bury(self, message: Message, reason: str, error: str) -> None:
        metrics.DEAD_LETTERS.labels(reason).inc()
        logger.warning(
            "A message went to the dead letters. reason=%s origin=%s/%d/%d error=%s",
            reason,
            message.topic(),
            message.partition(),
            message.offset(),
            error,
        )
        letter = DeadLetter.of(
            message.value() or b"",
            service="sink",
            reason=reason,
            error=error,
            origin=message.topic(),
            partition=message.partition(),
            offset=message.offset(),
            key=message.key(),
            at=self._clock(),
        )
        self._undelivered += 1
        # An uncommitted batch is sent to the dead letters again; the place as key identifies duplicates.
        self._send(letter.to_json(), letter.place.encode())

    def _send(self, value: bytes, key: bytes) -> None:
        self._producer.produce(self._topics.dead_letters_topic, value, key, on_delivery=self._sent)

    def _sent(self, error: KafkaError | None, message: Message) -> None:
        if error is None:
            self._undelivered -= 1
        elif error.fatal():
            raise KafkaException(error)
        else:
            self._send(message.value(), message.key())

    def _flush(self) -> None:
        while self._undelivered:
            self._producer.flush(_FLUSH_S)
            if self._undelivered:
                logger.warning("Waiting for Kafka to take dead letters. left=%d", self._undelivered)
                self.wait_in_group(_PAUSE_S)

    def _commit(self, messages: list[Message]) -> None:
        offsets: dict[tuple[str, int], int] = {}
        for message in messages:
            offsets[message.topic(), message.partition()] = message.offset() + 1
        owned = {(part.topic, part.partition) for part in self._consumer.assignment()}
        wanted = [TopicPartition(*place, offset) for place, offset in offsets.items() if place in owned]
        if not wanted:
            return
        try:
            self._consumer.commit(offsets=wanted, asynchronous=False)
        except KafkaException as error:
            # Another instance owns the partition now, or the broker is unreachable. The documents will be written
            # again under the same ids, which changes nothing.
            logger.warning("Offsets were not committed; the batch may be read again. reason=%s", error.args[0].str())


def _appended_s(message: Message) -> float | None:
    """Return when the trade was appended to its topic, in seconds since 1970; None without a valid header."""
    try:
        appended = dict(message.headers() or ()).get(APPENDED_HEADER)
    except SystemError:
        # confluent-kafka raises this if a header's name is not text; a second call would crash the process.
        return None
    if not isinstance(appended, bytes) or not appended.isdigit() or len(appended) > _MOST_DIGITS:
        return None
    return int(appended) / 1e3
