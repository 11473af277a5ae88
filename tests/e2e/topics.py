"""Makes and fills topics, reads what they hold, and computes what they must hold."""

import time
import uuid
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions

from common import reading
from common.anomaly import Anomaly
from common.decode import open_file
from common.kafka import connection, producer
from common.settings import KafkaSettings, TopicSettings
from common.topics.create import ensure_topics
from common.trade import Trade
from tests.waiting import wait_until


def created(kafka: KafkaSettings) -> TopicSettings:
    """Create topics with names of their own."""
    name = uuid.uuid4().hex[:8]
    settings = TopicSettings(
        trades_topic=f"trades-{name}",
        anomalies_topic=f"anomalies-{name}",
        dead_letters_topic=f"dead-letters-{name}",
        progress_topic=f"progress-{name}",
        topic_partitions=3,
        topic_replication=1,
    )
    ensure_topics(kafka, settings)
    return settings


def changelog(group: str, trades_topic: str) -> str:
    """Return the name of the topic that holds the state of a group of detectors."""
    return f"changelog__{group}--{trades_topic}--default"


def grow(kafka: KafkaSettings, topic: str, count: int) -> None:
    """Give a topic more partitions."""
    admin = AdminClient(connection(kafka))
    admin.create_partitions([NewPartitions(topic, count)])[topic].result(30)


def delete(kafka: KafkaSettings, *topics: str) -> None:
    admin = AdminClient(connection(kafka))
    for deleted in admin.delete_topics(list(topics)).values():
        deleted.result(30)


def variables(kafka: KafkaSettings, topics: TopicSettings) -> dict[str, str]:
    """Return the variables that name a broker and topics to a service."""
    return {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "input": topics.trades_topic,
        "output": topics.anomalies_topic,
        "DEAD_LETTERS_TOPIC": topics.dead_letters_topic,
        "PROGRESS_TOPIC": topics.progress_topic,
    }


def publish(kafka: KafkaSettings, topic: str, messages: Iterable[Trade | Anomaly]) -> None:
    """Publish trades or anomalies, each with its symbol as key."""
    writer = producer(kafka)
    for message in messages:
        trade = message if isinstance(message, Trade) else message.trade
        writer.produce(topic, message.to_json(), trade.symbol.encode())
        writer.poll(0)
    assert writer.flush(60) == 0


def committed(stack: Any, topic: str) -> list[tuple[int, str, bytes]]:
    """Return partition, key and value of every committed message of a topic."""
    consumer = Consumer(
        {
            "bootstrap.servers": stack.bootstrap_servers,
            "group.id": "test",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "enable.auto.commit": False,
        }
    )
    partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
    ends = {number: _end(consumer, TopicPartition(topic, number)) for number in partitions}
    consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
    messages = []
    while ends:
        for message in consumer.consume(1_000, 0.1):
            if message.error() is None:
                messages.append((message.partition(), message.key().decode(), message.value()))
            if message.error() is not None or message.offset() + 1 >= ends.get(message.partition(), 0):
                assert message.error() is None or message.error().code() == KafkaError._PARTITION_EOF
                ends.pop(message.partition(), None)
    consumer.close()
    return messages


def _end(consumer: Any, partition: TopicPartition) -> int:
    while True:
        try:
            return int(consumer.get_watermark_offsets(partition, timeout=10)[1])
        except KafkaException:
            time.sleep(0.2)  # A new topic has no leader yet.


def expected(*paths: Path) -> dict[str, list[bytes]]:
    """Return what each symbol's messages must be, in order."""
    messages = defaultdict(list)
    for path in paths:
        for batch in open_file(path).batches():
            for trade in batch.trades():
                messages[trade.symbol].append(trade.to_json())
    return messages


def published(stack: Any, topic: str) -> dict[str, list[bytes]]:
    """Return each symbol's messages in order."""
    messages = defaultdict(list)
    for _partition, key, value in committed(stack, topic):
        messages[key].append(value)
    return messages


def compact(kafka: KafkaSettings, topic: str, filler: bytes) -> None:
    """Let the broker compact the topic to the last message of each key; writes `filler` messages to trigger it."""
    place = ConfigResource("topic", topic)
    for name, value in {"segment.ms": "1", "min.cleanable.dirty.ratio": "0"}.items():
        place.add_incremental_config(ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET))
    admin = AdminClient(connection(kafka))
    admin.incremental_alter_configs([place])[place].result()
    writer = producer(kafka)
    for _ in range(4):
        writer.produce(topic, filler, b"OTHER")
        writer.flush(30)
        time.sleep(0.05)
    wait_until(lambda: [message.key() for message in reading.messages(kafka, topic, "test")].count(b"OTHER") < 3)
