"""How far the feed has read, so that it continues there after an outage without losing or repeating messages."""

from collections.abc import Iterable

from confluent_kafka import Consumer, Message, TopicPartition

from common.reading import TIMEOUT_S, partitions, topic_ids
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
        ids = topic_ids(self._kafka, self._backlogs)
        limits = {
            place: reader.get_watermark_offsets(TopicPartition(*place), timeout=TIMEOUT_S)
            for place in self._places(reader)
        }
        starts = self._next
        known = ids == self._ids and limits.keys() == starts.keys()
        if not known or any(starts[place] > high for place, (_low, high) in limits.items()):
            known = False
            starts = {place: max(low, high - self._share(place, limits)) for place, (low, high) in limits.items()}
        reader.assign([TopicPartition(*place, offset) for place, offset in starts.items()])
        self._ids, self._next = ids, starts
        return known

    def outdated(self, reader: Consumer) -> bool:
        """Return whether the topics have other partitions than those assigned; raises as `resume`."""
        return set(self._places(reader)) != self._next.keys()

    def _places(self, reader: Consumer) -> list[Place]:
        return [(held.topic, held.partition) for topic in self._backlogs for held in partitions(reader, topic)]

    def _share(self, place: Place, limits: Iterable[Place]) -> int:
        topic, _partition = place
        return self._backlogs[topic] // sum(other == topic for other, _number in limits)
