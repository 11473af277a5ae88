"""The current state of topics: their partitions and messages, and the lag of a consumer group."""

import logging
import time
from collections.abc import Generator, Iterable, Mapping
from typing import Final

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from common.kafka import connection, consumer
from common.settings import KafkaSettings

logger = logging.getLogger(__name__)

TIMEOUT_S: Final = 10.0
"""How long the broker may take to answer a request."""
_BATCH: Final = 1_000
_POLL_S: Final = 0.2


def partitions(client: Consumer, topic: str) -> list[TopicPartition]:
    """Return the partitions of a topic in the order of their numbers, without offsets."""
    known = client.list_topics(topic, timeout=TIMEOUT_S).topics[topic].partitions
    return [TopicPartition(topic, number) for number in sorted(known)]


def ends(client: Consumer, topic: str) -> dict[int, int]:
    """Return, by partition, the offset after the last message that is visible to the client."""
    return {p.partition: client.get_watermark_offsets(p, timeout=TIMEOUT_S)[1] for p in partitions(client, topic)}


def messages(
    settings: KafkaSettings, topic: str, group: str, starts: Mapping[int, int] | None = None
) -> Generator[Message, None, None]:
    """Yield the committed messages of a topic until each partition has been read to its end once.

    Parameters
    ----------
    settings : KafkaSettings
        How to reach the broker.
    topic : str
        The topic, which must exist.
    group : str
        Consumer group that names the reader to the broker; nothing is committed.
    starts : mapping, optional
        First offset by partition; a partition without one, or with a negative one, is read from its beginning.

    Raises
    ------
    KafkaException
        If the broker does not answer or refuses.
    """
    reader = consumer(settings, group, **{"enable.partition.eof": True})
    try:
        found = partitions(reader, topic)
        for partition in found:
            start = (starts or {}).get(partition.partition, OFFSET_BEGINNING)
            partition.offset = start if start >= 0 else OFFSET_BEGINNING
        reader.assign(found)
        unfinished = {partition.partition for partition in found}
        heard = time.monotonic()
        while unfinished:
            batch = reader.consume(_BATCH, _POLL_S)
            if batch:
                heard = time.monotonic()
            elif time.monotonic() - heard > TIMEOUT_S:
                # An unreachable broker sends nothing, not even an error; this request raises one.
                partitions(reader, topic)
                heard = time.monotonic()
            for message in batch:
                error = message.error()
                if error is None:
                    yield message
                elif error.code() == KafkaError._PARTITION_EOF:
                    unfinished.discard(message.partition())
                else:
                    raise KafkaException(error)
    finally:
        reader.close()


def topic_ids(settings: KafkaSettings, topics: Iterable[str]) -> dict[str, str]:
    """Return the ids of topics by name: a topic that is deleted and created again has another one.

    Brokers that give topics no ids, as Kafka before 2.8, give all of them the same one.

    Raises
    ------
    KafkaException
        If the broker does not answer, or has no such topic.
    """
    admin = AdminClient(connection(settings))
    found = admin.describe_topics(TopicCollection(list(topics)), request_timeout=TIMEOUT_S)
    return {topic: str(future.result().topic_id) for topic, future in found.items()}


def follower(settings: KafkaSettings, group: str) -> Consumer:
    """Return a client for reading the committed offsets of a consumer group.

    With ``read_committed``, it would have to wait while a transaction that commits the group's offsets is open, such as
    that of a killed process until it times out.
    """
    return consumer(settings, group, **{"isolation.level": "read_uncommitted"})


def lag(reader: Consumer, group: Consumer, held: list[TopicPartition]) -> int:
    """Return the number of offsets between a group's commits and the ends of the partitions.

    Transaction markers in between count too. A single offset at a partition's end does not: it may be the marker of
    the last transaction, which no reader ever commits.

    Parameters
    ----------
    reader : Consumer
        The client that is asked for the ends.
    group : Consumer
        The client that is asked for the committed offsets; see `follower`.
    held : list of TopicPartition
        The partitions.

    Raises
    ------
    KafkaException
        If the broker does not answer.
    """
    total = 0
    for committed in group.committed(held, timeout=TIMEOUT_S):
        low, high = reader.get_watermark_offsets(committed, timeout=TIMEOUT_S)
        behind = high - max(committed.offset, low)
        total += behind if behind > 1 else 0
    return total


def warn_of_deleted(reader: Consumer, held: list[TopicPartition]) -> bool:
    """Warn of messages that the broker has deleted before the reader's group had read them; tell whether there are any.

    Parameters
    ----------
    reader : Consumer
        Will begin at the oldest message that is left.
    held : list of TopicPartition
        The partitions that it is being assigned.
    """
    found = False
    try:
        for committed in reader.committed(held, timeout=TIMEOUT_S):
            oldest, _end = reader.get_watermark_offsets(committed, timeout=TIMEOUT_S)
            if 0 <= committed.offset < oldest:
                found = True
                logger.warning(
                    "Kafka deleted messages before they were read; reading goes on at the oldest one left. "
                    "topic=%s partition=%d committed=%d oldest=%d offsets=%d remedy=%r",
                    committed.topic,
                    committed.partition,
                    committed.offset,
                    oldest,
                    oldest - committed.offset,
                    "keep more: raise the topic's retention.ms",
                )
    except KafkaException as error:
        logger.warning("Whether messages were deleted before they were read is not known. reason=%s", error.args[0])
    return found
