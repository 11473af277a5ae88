"""How far the feed has read, so that it continues there after an outage without losing or repeating messages."""

from collections.abc import Iterable

from confluent_kafka import Consumer, Message, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from common.kafka import connection
from common.reading import TIMEOUT_S, partitions
from common.settings import KafkaSettings

Place = tuple[str, int]
"""Topic and partition."""


class Positions:
    """The next offset of each partition, and the ids of the topics.

    Parameters
    ----------
    kafka : KafkaSettings
        How to reach the broker.
    backlogs : dict of str to int
        By topic, how many messages before its end to read at the start.
    """

    def __init__(self, kafka: KafkaSettings, backlogs: dict[str, int]) -> None:
        self._kafka, self._backlogs = kafka, backlogs
        self._ids: dict[str, str] = {}
        self._next: dict[Place, int] = {}

    def note(self, messages: Iterable[Message]) -> None:
        """Remember that messages were processed; those of one partition must be in order."""
        self._next.update({(message.topic(), message.partition()): message.offset() + 1 for message in messages})

    def resume(self, reader: Consumer) -> bool:
        """Assign the partitions to the reader; return whether it continues from its last position.

        It starts at the backlogs the first time, and again if a topic is no longer the one that was read: deleted and
        recreated, truncated, or with other partitions. If the broker gives topics no ids, as before Kafka 2.8, a
        recreated topic is recognised by its ends alone.

        Raises
        ------
        KafkaException
            If the broker does not answer.
        """
        ids = self._topic_ids()
        held = [partition for topic in self._backlogs for partition in partitions(reader, topic)]
        limits = {(p.topic, p.partition): reader.get_watermark_offsets(p, timeout=TIMEOUT_S) for p in held}
        starts = self._next
        known = ids == self._ids and limits.keys() == starts.keys()
        if not known or any(starts[place] > high for place, (_low, high) in limits.items()):
            known = False
            starts = {place: max(low, high - self._share(place, limits)) for place, (low, high) in limits.items()}
        reader.assign([TopicPartition(*place, offset) for place, offset in starts.items()])
        self._ids, self._next = ids, starts
        return known

    def _share(self, place: Place, limits: Iterable[Place]) -> int:
        topic, _partition = place
        return self._backlogs[topic] // sum(other == topic for other, _number in limits)

    def _topic_ids(self) -> dict[str, str]:
        admin = AdminClient(connection(self._kafka))
        found = admin.describe_topics(TopicCollection(list(self._backlogs)), request_timeout=TIMEOUT_S)
        return {topic: str(future.result().topic_id) for topic, future in found.items()}
