"""The machine's limits: reading the topic with only the Kafka client, and parsing with only orjson."""

import logging
import time
from collections.abc import Callable
from typing import Any, Final

import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from bench.speed.report import Row, Table
from common.kafka import consumer
from common.reading import partitions
from common.settings import KafkaSettings

logger = logging.getLogger(__name__)

_BATCH: Final = 1_000
_TIMEOUT_S: Final = 10.0
_PARSED: Final = 200_000


def measure(settings: KafkaSettings, topic: str, count: int) -> Table:
    """Read the topic of `count` messages twice, one by one and in batches, and parse some of what was read."""
    logger.info("Limits: reading the topic with the Kafka client alone.")
    values, by_one = _read(settings, topic, count, lambda reader, _left: [reader.poll(_TIMEOUT_S)])
    _values, by_batch = _read(
        settings, topic, count, lambda reader, left: reader.consume(min(_BATCH, left), _TIMEOUT_S)
    )
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


def _read(
    settings: KafkaSettings, topic: str, count: int, take: Callable[[Consumer, int], list[Any]]
) -> tuple[list[bytes], float]:
    """Read `count` messages; return some of them, and the rate per second from the first to the last."""
    reader = consumer(settings, "ceiling")
    try:
        found = partitions(reader, topic)
        reader.assign([TopicPartition(topic, place.partition, OFFSET_BEGINNING) for place in found])
        values, seen, began = list[bytes](), 0, 0.0
        while seen < count:
            taken = take(reader, count - seen) or [None]
            for message in taken:
                if message is None or message.error() is not None:
                    raise KafkaException(KafkaError(KafkaError._TIMED_OUT) if message is None else message.error())
                if len(values) < _PARSED:
                    values.append(message.value())
            began = began or time.perf_counter()
            seen += len(taken)
        return values, count / (time.perf_counter() - began)
    finally:
        reader.close()
