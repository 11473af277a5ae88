"""The one background thread that reads both topics for all viewers."""

import logging
import math
import threading
import time
from typing import Final

import numpy as np
from confluent_kafka import KafkaException, Message

from common.anomaly import Anomaly
from common.errors import MessageError, ServiceUnavailableError
from common.kafka import consumer, wait_for_broker
from common.reading import follower, lag, partitions
from common.settings import KafkaSettings, TopicSettings
from dashboard import metrics
from dashboard.messages import read_trades
from dashboard.positions import Positions
from dashboard.settings import DashboardSettings
from dashboard.window import Window

logger = logging.getLogger(__name__)

_BATCH: Final = 5_000
_POLL_S: Final = 0.25
_LAG_EVERY_S: Final = 2.0


class Feed(threading.Thread):
    """Reads trades and anomalies into a window until the process ends.

    Parameters
    ----------
    kafka, topics, settings
        Settings, as read from the environment.
    window : Window
        Receives what is read.
    """

    def __init__(
        self, kafka: KafkaSettings, topics: TopicSettings, settings: DashboardSettings, window: Window
    ) -> None:
        super().__init__(name="feed", daemon=True)
        self._kafka, self._topics, self.settings = kafka, topics, settings
        self.window = window
        backlogs = {topics.trades_topic: settings.backlog, topics.anomalies_topic: settings.max_anomalies}
        self._positions = Positions(kafka, backlogs)
        self._stopping = threading.Event()
        metrics.DETECTOR_LAG.set_function(lambda: math.nan if (known := window.lag) is None else known)

    def stop(self) -> None:
        """Ask the thread to stop."""
        self._stopping.set()

    def run(self) -> None:
        """Read until stopped; after losing the broker, wait for it and continue from the last position."""
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
        group = follower(self._kafka, self.settings.detector_group)
        try:
            trades = partitions(reader, self._topics.trades_topic)
            if not self._positions.resume(reader):
                logger.info("Reading starts at the backlog, before the ends of the topics.")
                self.window.clear()
            self.window.trouble = None
            next_lag = 0.0
            while not self._stopping.is_set():
                self._take(reader.consume(_BATCH, _POLL_S))
                if time.monotonic() >= next_lag:
                    if self._positions.outdated(reader):
                        logger.warning("A topic has other partitions than before; reading starts again.")
                        return
                    self.window.lag = lag(reader, group, trades)
                    next_lag = time.monotonic() + _LAG_EVERY_S
        finally:
            self.window.lag = None
            reader.close()
            group.close()

    def _take(self, messages: list[Message]) -> None:
        sound = [message for message in messages if message.error() is None]
        trades = []
        for message in sound:
            if message.topic() == self._topics.trades_topic:
                trades.append(message)
            else:
                self._take_anomaly(message)
        if trades:
            by_symbol, unreadable = read_trades([(message.key(), message.value()) for message in trades])
            appended_s = np.array([message.timestamp()[1] // 1000 for message in trades])
            self.window.add_trades(by_symbol, appended_s, unreadable)
            metrics.TRADES.inc(len(trades) - unreadable)
            metrics.UNREADABLE.inc(unreadable)
        self._positions.note(sound)
        for message in messages:
            if (error := message.error()) is not None:
                raise KafkaException(error)

    def _take_anomaly(self, message: Message) -> None:
        try:
            self.window.add_anomaly(Anomaly.from_json(message.value() or b""))
            metrics.ANOMALIES.inc()
        except MessageError:
            self.window.add_unreadable()
            metrics.UNREADABLE.inc()
