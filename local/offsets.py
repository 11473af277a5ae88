"""What a topic holds and how far a consumer group has come, counted in messages that readers see.

Offsets alone do not tell: the marker of each transaction occupies one.
"""

from contextlib import closing

from common import reading
from common.kafka import consumer
from common.reading import TIMEOUT_S, follower, messages, partitions
from common.settings import KafkaSettings


def count(settings: KafkaSettings, topic: str) -> int:
    """Return how many committed messages the topic holds."""
    return sum(1 for _ in messages(settings, topic, "count"))


def unread(settings: KafkaSettings, group: str, topic: str) -> int:
    """Return how many committed messages the topic holds that the group has not committed as read."""
    return sum(1 for _ in messages(settings, topic, group, committed(settings, group, topic)))


def behind(settings: KafkaSettings, group: str, topic: str) -> bool:
    """Return whether there is, or may yet come into sight, a message that the group has not committed as read.

    While a transaction is open, as that of a killed process until it times out, readers see nothing that follows.
    """
    if ends(settings, topic) != ends(settings, topic, "read_uncommitted"):
        return True
    with closing(messages(settings, topic, group, committed(settings, group, topic))) as found:
        return next(found, None) is not None


def ends(settings: KafkaSettings, topic: str, isolation: str = "read_committed") -> dict[int, int]:
    """Return the end offset of each partition, as readers of that isolation level see it."""
    with closing(consumer(settings, "ends", **{"isolation.level": isolation})) as reader:
        return reading.ends(reader, topic)


def committed(settings: KafkaSettings, group: str, topic: str) -> dict[int, int]:
    """Return the group's offset of each partition; negative where it has none."""
    with closing(follower(settings, group)) as reader:
        return {p.partition: p.offset for p in reader.committed(partitions(reader, topic), timeout=TIMEOUT_S)}
