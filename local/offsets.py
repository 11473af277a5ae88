"""What a topic holds and how far a consumer group has come, counted in messages that readers see.

Offsets alone do not tell: the marker of each transaction occupies one.
"""

from typing import Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from common.kafka import consumer
from common.settings import KafkaSettings

_TIMEOUT_S: Final = 10.0
_BATCH: Final = 10_000


def count(settings: KafkaSettings, topic: str) -> int:
    """Return how many committed messages the topic holds."""
    reader = _reader(settings, "count")
    try:
        starts = [TopicPartition(topic, p.partition, OFFSET_BEGINNING) for p in _partitions(reader, topic)]
        return _read(reader, starts, None)
    finally:
        reader.close()


def behind(settings: KafkaSettings, group: str, topic: str) -> bool:
    """Return whether the topic holds a committed message that the group has not committed as read."""
    reader = _reader(settings, group)
    try:
        committed = reader.committed(_partitions(reader, topic), timeout=_TIMEOUT_S)
        starts = [
            TopicPartition(topic, p.partition, p.offset if p.offset >= 0 else OFFSET_BEGINNING) for p in committed
        ]
        return _read(reader, starts, 1) > 0
    finally:
        reader.close()


def ends(settings: KafkaSettings, topic: str) -> dict[int, int]:
    """Return the end offset of each partition."""
    reader = _reader(settings, "ends")
    try:
        return {p.partition: reader.get_watermark_offsets(p, timeout=_TIMEOUT_S)[1] for p in _partitions(reader, topic)}
    finally:
        reader.close()


def committed(settings: KafkaSettings, group: str, topic: str) -> dict[int, int]:
    """Return the group's offset of each partition; negative where it has none."""
    reader = _reader(settings, group)
    try:
        return {p.partition: p.offset for p in reader.committed(_partitions(reader, topic), timeout=_TIMEOUT_S)}
    finally:
        reader.close()


def _reader(settings: KafkaSettings, group: str) -> Consumer:
    return consumer(settings, group, **{"enable.partition.eof": True})


def _partitions(reader: Consumer, topic: str) -> list[TopicPartition]:
    known = reader.list_topics(topic, timeout=_TIMEOUT_S).topics[topic].partitions
    return [TopicPartition(topic, number) for number in sorted(known)]


def _read(reader: Consumer, starts: list[TopicPartition], limit: int | None) -> int:
    """Read up to `limit` messages, or to the end of every partition, and return their number."""
    reader.assign(starts)
    unfinished, found = {start.partition for start in starts}, 0
    while unfinished and (limit is None or found < limit):
        for message in reader.consume(_BATCH, 1.0):
            error = message.error()
            if error is None:
                found += 1
            elif error.code() == KafkaError._PARTITION_EOF:
                unfinished.discard(message.partition())
            else:
                raise KafkaException(error)
    return found
