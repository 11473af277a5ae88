"""The machine's limits: reading the topic with only the Kafka client, and parsing with only orjson."""

import logging
import time
from collections.abc import Callable
from typing import Any, Final

import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from bench.speed.report import Row, Table
from common.kafka import consumer
from common.settings import KafkaSettings

logger = logging.getLogger(__name__)

_BATCH: Final = 1_000
_TIMEOUT_S: Final = 10.0
_BATCH_WAIT_S: Final = 0.1
_PARSED: Final = 200_000


def measure(settings: KafkaSettings, topic: str) -> Table:
    """Read the topic twice, message by message and in batches, and parse what was read."""
    logger.info("Limits: reading the topic with the Kafka client alone.")
    singles, by_one = _read(settings, topic, lambda reader: [reader.poll(_TIMEOUT_S)])
    _batches, by_batch = _read(settings, topic, lambda reader: reader.consume(_BATCH, _BATCH_WAIT_S))
    values = singles[:_PARSED]
    began = time.perf_counter()
    for value in values:
        orjson.loads(value)
    parsed = len(values) / (time.perf_counter() - began)
    return Table(
        "limits",
        "The limit of this machine: one process, no state, no transactions",
        [
            Row("confluent-kafka, `poll`, message by message", {"trades_a_second": by_one}),
            Row(f"confluent-kafka, `consume`, {_BATCH:,} messages at once", {"trades_a_second": by_batch}),
            Row("`orjson.loads` alone, from memory", {"trades_a_second": parsed}),
        ],
    )


def _read(settings: KafkaSettings, topic: str, take: Callable[[Consumer], list[Any]]) -> tuple[list[bytes], float]:
    """Read all partitions to their ends; return the messages and their rate per second from the first to the last."""
    reader = consumer(settings, "ceiling", **{"enable.partition.eof": True})
    try:
        numbers = reader.list_topics(topic, timeout=_TIMEOUT_S).topics[topic].partitions
        reader.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in numbers])
        unfinished, values, began, ended = set(numbers), list[bytes](), 0.0, 0.0
        seen = 0
        while unfinished:
            for message in take(reader):
                error = None if message is None else message.error()
                if message is None or (error is not None and error.code() != KafkaError._PARTITION_EOF):
                    raise KafkaException(error or KafkaError(KafkaError._TIMED_OUT))
                if error is not None:
                    unfinished.discard(message.partition())
                    continue
                began = began or time.perf_counter()
                values.append(message.value())
            ended = time.perf_counter() if len(values) > seen else ended
            seen = len(values)
        return values, len(values) / (ended - began)
    finally:
        reader.close()
