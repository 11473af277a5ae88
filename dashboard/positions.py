"""How far the feed has read, so that after an outage it goes on there: nothing is lost, and nothing counted twice."""

from collections.abc import Iterable

from confluent_kafka import Consumer, Message, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from common.kafka import connection
from common.reading import TIMEOUT_S, partitions
from common.settings import KafkaSettings

Place = tuple[str, int]
"""Topic and partition."""


class Positions:
    """The next offset of each partition, and the identity of the topics that it belongs to.

    Parameters
    ----------
    kafka : KafkaSettings
        Where the broker is.
    backlogs : dict of str to int
        By topic, how many messages before its end are read at the beginning.
    """

    def __init__(self, kafka: KafkaSettings, backlogs: dict[str, int]) -> None:
        self._kafka, self._backlogs = kafka, backlogs
        self._ids: dict[str, str] = {}
        self._next: dict[Place, int] = {}

    def note(self, messages: Iterable[Message]) -> None:
        """Remember that messages were taken; those of a partition are in order."""
        self._next.update({(message.topic(), message.partition()): message.offset() + 1 for message in messages})

    def resume(self, reader: Consumer) -> bool:
        """Let the reader go on, and return whether it does so where it was.

        It begins at the backlogs the first time, and where a topic is no longer the one that was read: deleted and
        made anew, cut at its end, or with other partitions. A broker that gives topics no ids, as one that speaks
        Kafka's protocol from before 2.8, is asked for the ends alone.

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
