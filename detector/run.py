"""``python -m detector run``: runs the stream until stopped."""

import argparse
import logging
import signal
import time
from collections.abc import Callable
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
    from detector.rights import Refusal

logger = logging.getLogger(__name__)

_PAUSE_S: Final = 1.0
_DENIED_PAUSE_S: Final = 5.0


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("run", help="find anomalies on the trades topic until stopped (the default)")
    parser.set_defaults(handler=handler)


def handler(_arguments: argparse.Namespace) -> None:
    """Wait for Kafka and its topics, then run; settings come from the environment."""
    # Quix Streams takes seconds to import, which commands that work on files do not need.
    from detector.app import build_application
    from detector.rights import Refusal

    kafka, topics, settings = load(KafkaSettings), load(TopicSettings), load(DetectorSettings)
    waiting: list[str] = ["getting the kernel ready"]
    watch, refusal = Watch(kafka, topics.trades_topic), Refusal()
    metrics.UNREAD.set_function(lambda: watch.unread)
    health.serve(load(HealthSettings), lambda: refusal.current or (waiting[0] if waiting else watch.trouble))
    engine = load_engine()
    engine.warm_up()
    waiting[:] = ["waiting for Kafka"]
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    def build() -> "BatchApplication":
        app = build_application(kafka, topics, settings, engine, watch)
        waiting.clear()
        logger.info(
            "Detecting. input=%s output=%s group=%s model=%s",
            topics.trades_topic,
            topics.anomalies_topic,
            settings.consumer_group,
            engine.tag.hash,
        )
        return app

    ended = False
    while not ended:
        wait_for_broker(kafka, topics=(topics.trades_topic, topics.anomalies_topic, topics.dead_letters_topic))
        ended = _run(build, refusal)
        waiting.append("waiting for Kafka")
        # While waiting for Kafka, signals end the process; a running application takes them over.
        for number, action in handlers.items():
            signal.signal(number, action)
    logger.info("Stopped.")


def _run(build: Callable[[], "BatchApplication"], refusal: "Refusal") -> bool:
    """Build and run the application; return whether it is done, or False if it has to be built anew.

    The latter is so if Kafka denies a right, expelled this member of the group or aborted its transaction. Whatever was
    not committed is then lost, state included, as if the process had been killed.

    Raises
    ------
    ServiceUnavailableError, SettingError
        If the partitions of the trades are not those of the state, or its folder cannot be used.
    """
    from quixstreams.exceptions import QuixException

    from detector.faults import explained, reported
    from detector.rights import denied

    app = None
    try:
        app = build()
        # Under nohup, SIGHUP stays ignored; Quix Streams handles SIGINT and SIGTERM itself.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, lambda _number, _frame: app.stop())
        app.run()
    except Exception as error:
        if (remedied := explained(error)) is not None:
            raise remedied from None
        right = denied(app.fault if app is not None and app.fault is not None else error)
        reason = reported(error)
        if not isinstance(error, KafkaException | QuixException) or (right is None and reason is None):
            raise
        if app is None or not app.stop_requested:
            if right is not None:
                refusal.note(f"Kafka denies a right: {right}")
                logger.warning("Kafka denies a right; retrying until it is granted. reason=%r", right)
            elif reason is not None:
                logger.warning("Kafka refused a commit; resuming from the previous one. reason=%r", reason.str())
            time.sleep(_PAUSE_S if right is None else _DENIED_PAUSE_S)
        # A signal during the pause counts too.
        return app is not None and app.stop_requested
    return True
