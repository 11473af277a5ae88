"""Counts the messages of a topic and those that a consumer group has not read, as readers see them.

Differences of offsets would count too much: each transaction's marker occupies an offset.
"""

from contextlib import closing

from common import reading
from common.kafka import consumer
from common.reading import TIMEOUT_S, follower, messages, partitions
from common.settings import KafkaSettings


def count(settings: KafkaSettings, topic: str) -> int:
    """Return the number of committed messages in the topic."""
    return sum(1 for _ in messages(settings, topic, "count"))


def unread(settings: KafkaSettings, group: str, topic: str) -> int:
    """Return the number of committed messages in the topic after the group's committed offsets."""
    return sum(1 for _ in messages(settings, topic, group, committed(settings, group, topic)))


def behind(settings: KafkaSettings, group: str, topic: str) -> bool:
    """Return whether a message follows the group's committed offsets, or may yet become visible after them.

    Readers see nothing after the beginning of an open transaction, such as that of a killed process until it times out.
    """
    if ends(settings, topic) != ends(settings, topic, "read_uncommitted"):
        return True
    with closing(messages(settings, topic, group, committed(settings, group, topic))) as found:
        return next(found, None) is not None


def ends(settings: KafkaSettings, topic: str, isolation: str = "read_committed") -> dict[int, int]:
    """Return the end offset of each partition, as readers with this isolation level see it."""
    with closing(consumer(settings, "ends", **{"isolation.level": isolation})) as reader:
        return reading.ends(reader, topic)


def committed(settings: KafkaSettings, group: str, topic: str) -> dict[int, int]:
    """Return the group's committed offset of each partition; negative if there is none."""
    with closing(follower(settings, group)) as reader:
        return {p.partition: p.offset for p in reader.committed(partitions(reader, topic), timeout=TIMEOUT_S)}
