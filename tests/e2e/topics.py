"""What a topic holds, what it must hold, and waiting for it."""

import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from common.decode import open_file


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


def wait_until(what: Callable[[], bool], timeout_s: float = 60.0) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + timeout_s
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
