"""What librdkafka reports about a consumer: whether a broker answers, what it refuses, and how much is unread."""

import logging
import time
from collections.abc import Callable
from typing import Any, Final

import orjson
from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from common.settings import KafkaSettings

logger = logging.getLogger(__name__)

_INTERVAL_MS: Final = 1_000
_SILENCE_S: Final = 20.0
"""Statistics arrive while the consumer polls; after a longer silence, it hangs in a call to an unreachable broker."""


class Watch:
    """Watches one consumer.

    Parameters
    ----------
    settings : KafkaSettings
        For the address in error texts.
    topic : str
        The topic whose unread messages are counted.
    clock : callable
        Returns seconds.

    Attributes
    ----------
    unread : int
        Messages of the consumer's own partitions that it has not received yet.
    """

    def __init__(self, settings: KafkaSettings, topic: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.unread = 0
        self._address = settings.bootstrap_servers
        self._topic = topic
        self._clock = clock
        self._connected = True
        self._refusal: str | None = None
        self._denied: str | None = None
        self._heard = clock()

    @property
    def options(self) -> dict[str, Any]:
        """Options that the watched consumer must be created with."""
        return {"statistics.interval.ms": _INTERVAL_MS, "stats_cb": self.hear}

    @property
    def trouble(self) -> str | None:
        """Why the consumer receives nothing, or None."""
        silent_s = self._clock() - self._heard
        if not self._connected or silent_s > _SILENCE_S:
            return f"Kafka at {self._address} does not answer"
        return self._refusal

    def usable(self, messages: list[Message]) -> list[Message]:
        """Return the messages without the errors among them; the last error stays in `trouble` until it is over."""
        kept = []
        for message in messages:
            error = message.error()
            if error is None:
                kept.append(message)
                self._refusal = None
            else:
                self._refusal = f"Kafka at {self._address}: {error.str()}"
                denied = error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED
                self._denied = str(message.partition()) if denied else None
                logger.warning("Nothing is read. reason=%r code=%s", self._refusal, error.name())
        return kept

    def assigned(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Forget an earlier error; to be called on each assignment of partitions to the consumer."""
        if partitions:
            self._refusal = None

    def hear(self, statistics: str) -> None:
        """Process one statistics report of librdkafka, as JSON."""
        report = orjson.loads(statistics)
        self._heard = self._clock()
        self._connected = any(broker["state"] == "UP" for broker in report["brokers"].values())
        partitions = report["topics"].get(self._topic, {"partitions": {}})["partitions"]
        # librdkafka reports a denied partition once and then retries silently. A denied response carries no end offset;
        # a granted one does, even if there is nothing to read.
        if self._denied in partitions and partitions[self._denied]["hi_offset"] >= 0:
            self._refusal = self._denied = None
        active = (partition for partition in partitions.values() if partition["fetch_state"] == "active")
        self.unread = sum(map(_unread, active))


def _unread(partition: dict[str, Any]) -> int:
    end: int = partition["ls_offset"]
    # A transaction marker occupies an offset but is never delivered.
    if not partition["fetchq_cnt"] and partition["next_offset"] >= end:
        return 0
    known: list[int] = [partition[name] for name in ("app_offset", "committed_offset", "lo_offset")]
    return max(0, end - next((offset for offset in known if offset >= 0), 0))
