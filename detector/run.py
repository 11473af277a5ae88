"""``python -m detector run``: the stream, until it is stopped."""

import argparse
import logging
import signal
import time
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import KafkaException

from common import health
from common.kafka import wait_for_broker
from common.settings import HealthSettings, KafkaSettings, TopicSettings, load
from common.watch import Watch
from detector import metrics
from detector.load import load_engine
from detector.settings import DetectorSettings

if TYPE_CHECKING:
    from detector.loop import BatchApplication

logger = logging.getLogger(__name__)

_PAUSE_S: Final = 1.0


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("run", help="find anomalies on the trades topic until stopped (the default)")
    parser.set_defaults(handler=handler)


def handler(_arguments: argparse.Namespace) -> None:
    """Wait for Kafka and its topics, then run; settings come from the environment."""
    # Quix Streams takes seconds to import, which the commands that work on files need not pay.
    from detector.app import build_application

    kafka, topics, settings = load(KafkaSettings), load(TopicSettings), load(DetectorSettings)
    waiting: list[str] = ["getting the kernel ready"]
    watch = Watch(kafka, topics.trades_topic)
    metrics.UNREAD.set_function(lambda: watch.unread)
    health.serve(load(HealthSettings), lambda: waiting[0] if waiting else watch.trouble)
    engine = load_engine()
    engine.warm_up()
    waiting[:] = ["waiting for Kafka"]
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    ended = False
    while not ended:
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
        ended = _run(app)
        waiting.append("waiting for Kafka")
        # While Kafka is waited for, they end the process; an application that runs takes them for itself.
        for number, action in handlers.items():
            signal.signal(number, action)
    logger.info("Stopped.")


def _run(app: "BatchApplication") -> bool:
    """Run; return False if Kafka gave up this member of the group, or its transaction: one of the two was away.

    What was not committed is gone then, state and all, as if the process had been killed.
    """
    from quixstreams.exceptions import PartitionAssignmentError

    # Under nohup it is ignored; Quix Streams takes the other two for itself.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda _number, _frame: app.stop())
    try:
        app.run()
    except (KafkaException, PartitionAssignmentError) as error:
        # The consumer may be given partitions once more while it is closed, which hides what closed it.
        fault = error.__cause__ if isinstance(error, PartitionAssignmentError) else error
        if not isinstance(fault, KafkaException):
            raise
        if not app.asked:
            logger.warning("Kafka refused a commit; going on from the one before it. reason=%r", fault.args[0].str())
            time.sleep(_PAUSE_S)
        return app.asked
    return True
