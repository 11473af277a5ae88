"""``python -m detector run``: the stream, until it is stopped."""

import argparse
import logging
from typing import Any

from common import health
from common.kafka import wait_for_broker
from common.settings import HealthSettings, KafkaSettings, TopicSettings, load
from common.watch import Watch
from detector import metrics
from detector.load import load_engine
from detector.settings import DetectorSettings

logger = logging.getLogger(__name__)


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("run", help="find anomalies on the trades topic until stopped (the default)")
    parser.set_defaults(handler=handler)


def handler(_arguments: argparse.Namespace) -> None:
    """Wait for Kafka and its topics, then run; settings come from the environment."""
    # Quix Streams takes seconds to import, which the commands that work on files need not pay.
    from detector.app import build_application

    kafka, topics, settings = load(KafkaSettings), load(TopicSettings), load(DetectorSettings)
    waiting: list[str] = ["waiting for Kafka"]
    watch = Watch(kafka, topics.trades_topic)
    metrics.UNREAD.set_function(lambda: watch.unread)
    health.serve(load(HealthSettings), lambda: waiting[0] if waiting else watch.trouble)
    engine = load_engine()
    wait_for_broker(kafka, topics=(topics.trades_topic, topics.anomalies_topic, topics.dead_letters_topic))
    app = build_application(kafka, topics, settings, engine, watch)
    waiting.clear()
    logger.info(
        "Detecting. input=%s output=%s group=%s model=%s",
        topics.trades_topic,
        topics.anomalies_topic,
        settings.consumer_group,
        engine.tag.hash,
    )
    app.run()
    logger.info("Stopped.")
