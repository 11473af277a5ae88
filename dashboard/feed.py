"""The one background thread that reads both topics for all viewers."""

import logging
import threading
import time
from typing import Final

import numpy as np
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition

from common.errors import MessageError, ServiceUnavailableError
from common.kafka import consumer, wait_for_broker
from common.settings import KafkaSettings, TopicSettings
from dashboard import metrics
from dashboard.messages import read_anomaly, read_trades
from dashboard.settings import DashboardSettings
from dashboard.window import Window

logger = logging.getLogger(__name__)

_BATCH: Final = 5_000
_POLL_S: Final = 0.25
_LAG_EVERY_S: Final = 2.0
_TIMEOUT_S: Final = 5.0


class Feed(threading.Thread):
    """Reads trades and anomalies into a window until the process ends.

    Parameters
    ----------
    kafka, topics, settings
        As read from the environment.
    window : Window
        Takes what is read.
    """

    def __init__(
        self, kafka: KafkaSettings, topics: TopicSettings, settings: DashboardSettings, window: Window
    ) -> None:
        super().__init__(name="feed", daemon=True)
        self._kafka, self._topics, self.settings = kafka, topics, settings
        self.window = window
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ask the thread to end."""
        self._stopping.set()

    def run(self) -> None:
        """Read until stopped; a broker that goes away is waited for."""
        while not self._stopping.is_set():
            try:
                self._read()
            except (KafkaException, ServiceUnavailableError) as error:
                self.window.trouble = "waiting for Kafka"
                logger.warning("Reading was interrupted; trying again. error=%r", str(error))
                self._stopping.wait(1.0)

    def _read(self) -> None:
        self.window.trouble = "waiting for Kafka"
        wait_for_broker(self._kafka, topics=(self._topics.trades_topic, self._topics.anomalies_topic))
        reader = consumer(self._kafka, "dashboard")
        watcher = consumer(self._kafka, self.settings.detector_group)
        try:
            partitions = self._partitions(reader, self._topics.trades_topic)
            reader.assign(
                self._start(reader, partitions, self.settings.backlog)
                + self._start(
                    reader, self._partitions(reader, self._topics.anomalies_topic), self.settings.max_anomalies
                )
            )
            self.window.trouble = None
            next_lag = 0.0
            while not self._stopping.is_set():
                self._take(reader.consume(_BATCH, _POLL_S))
                if time.monotonic() >= next_lag:
                    self.window.lag = self._lag(watcher, partitions)
                    metrics.DETECTOR_LAG.set(self.window.lag)
                    next_lag = time.monotonic() + _LAG_EVERY_S
        finally:
            reader.close()
            watcher.close()

    def _partitions(self, reader: Consumer, topic: str) -> list[TopicPartition]:
        known = reader.list_topics(topic, timeout=_TIMEOUT_S).topics[topic].partitions
        return [TopicPartition(topic, number) for number in sorted(known)]

    def _start(self, reader: Consumer, partitions: list[TopicPartition], backlog: int) -> list[TopicPartition]:
        """Return the partitions, each at its share of the backlog before its end."""
        starts = []
        for partition in partitions:
            low, high = reader.get_watermark_offsets(partition, timeout=_TIMEOUT_S)
            wanted = high - backlog // len(partitions)
            offset = wanted if wanted > low else OFFSET_BEGINNING
            starts.append(TopicPartition(partition.topic, partition.partition, offset))
        return starts

    def _lag(self, watcher: Consumer, partitions: list[TopicPartition]) -> int:
        """Return the offsets between the detector's commits and the ends; markers of transactions count too."""
        lag = 0
        for committed in watcher.committed(partitions, timeout=_TIMEOUT_S):
            low, high = watcher.get_watermark_offsets(committed, timeout=_TIMEOUT_S)
            # The marker of the last transaction is an offset which no reader ever commits.
            behind = high - max(committed.offset, low)
            lag += behind if behind > 1 else 0
        return lag

    def _take(self, messages: list[Message]) -> None:
        trades = []
        for message in messages:
            if (error := message.error()) is not None:
                raise KafkaException(error)
            if message.topic() == self._topics.trades_topic:
                trades.append(message)
            else:
                self._take_anomaly(message)
        if trades:
            by_symbol, unreadable = read_trades([message.value() for message in trades])
            appended_s = np.array([message.timestamp()[1] // 1000 for message in trades])
            self.window.add_trades(by_symbol, appended_s, unreadable)
            metrics.TRADES.inc(len(trades) - unreadable)
            metrics.UNREADABLE.inc(unreadable)

    def _take_anomaly(self, message: Message) -> None:
        try:
            self.window.add_anomaly(read_anomaly(message.value()))
            metrics.ANOMALIES.inc()
        except MessageError:
            self.window.add_unreadable()
            metrics.UNREADABLE.inc()
