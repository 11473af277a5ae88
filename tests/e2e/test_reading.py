"""The state of topics on a real broker: transaction markers take up offsets but are not messages."""

import uuid
from contextlib import closing

import pytest
from confluent_kafka import KafkaException, TopicPartition

from common import reading
from common.errors import ServiceUnavailableError
from common.kafka import consumer, producer, wait_for_broker
from common.settings import KafkaSettings, TopicSettings
from local import offsets

pytestmark = pytest.mark.e2e

GROUP = "reading"


@pytest.fixture
def topic(kafka: KafkaSettings, topics: TopicSettings) -> str:
    """Return a topic of three partitions: 5 messages and 4 aborted ones, 3 messages, none."""
    writer = producer(kafka, **{"transactional.id": uuid.uuid4().hex})
    writer.init_transactions(30)
    for partition, count, kept in ((0, 5, True), (1, 3, True), (0, 4, False)):
        writer.begin_transaction()
        for number in range(count):
            writer.produce(topics.trades_topic, b"%d" % number, partition=partition)
        if kept:
            writer.commit_transaction(30)
        else:
            writer.flush(30)
            writer.abort_transaction(30)
    return topics.trades_topic


def commit(kafka: KafkaSettings, topic: str, *reached: int) -> None:
    with closing(consumer(kafka, GROUP)) as member:
        held = [TopicPartition(topic, number, offset) for number, offset in enumerate(reached)]
        member.commit(offsets=held, asynchronous=False)


def lag(kafka: KafkaSettings, topic: str, *numbers: int) -> int:
    with closing(consumer(kafka, "other")) as reader, closing(reading.follower(kafka, GROUP)) as group:
        held = reading.partitions(reader, topic)
        assert [(partition.topic, partition.partition) for partition in held] == [
            (topic, number) for number in (0, 1, 2)
        ]
        return reading.lag(reader, group, [held[number] for number in numbers])


def test_messages_are_those_that_were_committed(kafka: KafkaSettings, topic: str) -> None:
    found = [(message.partition(), message.value()) for message in reading.messages(kafka, topic, GROUP)]
    assert sorted(found) == [(0, b"%d" % n) for n in range(5)] + [(1, b"%d" % n) for n in range(3)]
    later = reading.messages(kafka, topic, GROUP, {0: 3, 1: -1001})
    assert sorted(message.offset() for message in later) == [0, 1, 2, 3, 4]


def test_messages_that_a_group_has_not_read_are_counted(kafka: KafkaSettings, topic: str) -> None:
    assert offsets.count(kafka, topic) == offsets.unread(kafka, GROUP, topic) == 8
    commit(kafka, topic, 2, 3)
    assert offsets.unread(kafka, GROUP, topic) == 3
    assert offsets.behind(kafka, GROUP, topic)
    commit(kafka, topic, 5, 3)
    assert offsets.unread(kafka, GROUP, topic) == 0
    assert not offsets.behind(kafka, GROUP, topic)


def test_lag_leaves_out_the_last_marker(kafka: KafkaSettings, topic: str) -> None:
    assert lag(kafka, topic, 1, 2) == 4
    commit(kafka, topic, 5, 2)
    assert lag(kafka, topic, 1, 2) == 2
    commit(kafka, topic, 5, 3)
    assert lag(kafka, topic, 1, 2) == 0
    assert lag(kafka, topic, 0) == 6


def test_an_open_transaction_that_moves_the_group_keeps_nobody_waiting(kafka: KafkaSettings, topic: str) -> None:
    commit(kafka, topic, 1, 1)
    writer = producer(kafka, **{"transactional.id": uuid.uuid4().hex})
    writer.init_transactions(30)
    with closing(consumer(kafka, GROUP)) as member:
        writer.begin_transaction()
        reached = [TopicPartition(topic, 0, 5), TopicPartition(topic, 1, 3)]
        writer.send_offsets_to_transaction(reached, member.consumer_group_metadata(), 30)

        with pytest.raises(KafkaException, match="Timed out"):
            member.committed(reached, timeout=1)
        assert offsets.committed(kafka, GROUP, topic) == {0: 1, 1: 1, 2: -1001}
        assert (lag(kafka, topic, 0, 1), offsets.behind(kafka, GROUP, topic)) == (13, True)

        writer.commit_transaction(30)
        assert offsets.committed(kafka, GROUP, topic) == {0: 5, 1: 3, 2: -1001}


def test_topics_that_are_not_there_are_named_with_the_remedy(kafka: KafkaSettings, topic: str) -> None:
    with pytest.raises(ServiceUnavailableError, match=r"no topic gone; create them: `python -m common\.topics`"):
        wait_for_broker(kafka, 0, (topic, "gone"))
