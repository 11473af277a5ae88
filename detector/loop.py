"""Quix Streams' application, reading many messages at a time.

The library's own loop polls for one message, checks timers, checkpoints, sources and printers around it, and reads and
writes state for it. That is most of the 13 µs that a message costs there before anything is done with it. Checkpoints,
transactions, rebalancing and recovery remain Quix Streams' own.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, Final

from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec
from quixstreams import Application
from quixstreams.context import set_message_context
from quixstreams.exceptions import QuixException
from quixstreams.kafka.consumer import raise_for_msg_error
from quixstreams.models import MessageContext, Row

from common.reading import TIMEOUT_S, warn_of_deleted

logger = logging.getLogger(__name__)

_MOST: Final = 500
"""Messages read at a time: a few milliseconds of work, for which timers and checkpoints can wait."""
_SETTLE_S: Final = 0.02


class BatchApplication(Application):
    """An application for topics whose keys and values are bytes.

    The messages of a partition keep their order, and the offset of the last one is stored once all are processed.
    Rebalances and checkpoints happen only between messages and after `settle` was called: they are handled within the
    two calls to the consumer or after `_process_message`, and a consumer discards by itself what it has read from
    partitions that it loses. If anything raises, or the partitions are lost, the checkpoint is dropped together with
    its state, and the messages are read again.

    Attributes
    ----------
    settle : callable
        Called after each batch; must write any state held back.
    stop_requested : bool
        Whether it was asked to stop, by a signal or a call, as opposed to stopping on a fault.
    fault : BaseException or None
        What ended it. `run` may raise another error, which came from closing it and hides this one.
    """

    settle: Callable[[], None] = staticmethod(lambda: None)
    stop_requested: bool = False
    fault: BaseException | None = None

    @property
    def changelogs(self) -> list[str]:
        """Names of the topics from which state is rebuilt."""
        return [topic.name for topic in self._topic_manager.changelog_topics_list]

    def stop(self, fail: bool = False) -> None:
        """Stop after a last commit, or without one if something failed."""
        self.stop_requested = self.stop_requested or not fail
        super().stop(fail)

    def _exception_handler(self, exc_type: Any, exc_val: BaseException | None, exc_tb: Any) -> Any:
        self.fault = exc_val
        if isinstance(exc_val, KafkaException) and exc_val.args[0].code() == KafkaError._STATE:
            # A failed transaction accepts no message; beginning another one returns the reason.
            try:
                self._producer.begin_transaction()  # type: ignore[no-untyped-call]
            except (KafkaException, QuixException) as error:
                self.fault = error
        return super()._exception_handler(exc_type, exc_val, exc_tb)  # type: ignore[no-untyped-call]

    def _on_assign(self, client: Any, topic_partitions: list[TopicPartition]) -> None:
        inputs = self._topic_manager.non_changelog_topics
        self._wait_for_changelogs(client, [place for place in topic_partitions if place.topic not in inputs])
        super()._on_assign(client, topic_partitions)
        # Quix Streams has asked the same, and waited for transactions that were open: now it is answered at once.
        if warn_of_deleted(client, [place for place in topic_partitions if place.topic in inputs]):
            logger.warning("The state of all symbols is kept: what this disk lacks of it is read from its changelog.")

    def _wait_for_changelogs(self, client: Any, places: list[TopicPartition]) -> None:
        """Wait until each transaction that wrote to the changelogs has ended there too.

        Every broker ends a transaction in its own time, so the offsets that it committed may be visible before its part
        of the changelog is. Quix Streams recovers what is visible: a state that would be older than the offsets.
        """
        admin = self._topic_manager._admin.admin_client
        latest = dict.fromkeys(places, OffsetSpec.latest())
        written = admin.list_offsets(latest, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=TIMEOUT_S)
        for place, answer in written.items():
            end = answer.result().offset
            while not self.stop_requested and client.get_watermark_offsets(place, timeout=TIMEOUT_S)[1] < end:
                time.sleep(_SETTLE_S)

    def _on_lost(self, client: Any, topic_partitions: list[TopicPartition]) -> None:
        super()._on_lost(client, topic_partitions)
        logger.warning("Kafka had given this member of the group up; resuming from the previous commit.")
        # Quix Streams would still commit what it has processed of them, which Kafka accepts as soon as this member has
        # joined again: over the work of whoever had them meanwhile. All of it is read again, by their next owner.
        self._processing_context.checkpoint.close(revoking=True)
        self._processing_context.init_checkpoint()  # type: ignore[no-untyped-call]

    def _process_message(self, dataframe_composed: Any) -> None:
        if self.stop_requested:
            # Quix Streams handles signals before it marks itself as running, which undoes a stop between the two.
            self._run_tracker.stop()  # type: ignore[no-untyped-call]
            return
        self._producer.poll(self._config.producer_poll_timeout)
        first = self._consumer.poll(self._config.consumer_poll_timeout)
        self._process([] if first is None else [first], dataframe_composed)
        if not self._state_manager.recovery_required:
            # Without waiting: a message that arrives alone has been processed at once.
            self._process(self._consumer.consume(_MOST, 0.0), dataframe_composed)

    def _process(self, messages: list[Any], dataframe_composed: Any) -> None:
        done: dict[tuple[str, int], int] = {}
        for raw in messages:
            message = raise_for_msg_error(raw)
            topic, partition, offset = message.topic(), message.partition(), message.offset()
            value, key, timestamp = message.value(), message.key(), message.timestamp()[1]
            context = MessageContext(topic, partition, offset, len(message))
            set_message_context(context)
            try:
                # Headers are not read: the client fails on one whose name is not valid text.
                dataframe_composed[topic](value, key, timestamp, None)
            except KafkaException:
                # No fault of the message: its transaction has failed.
                raise
            except Exception as error:
                if not self._on_processing_error(error, Row(value, key, timestamp, context, None), logger):
                    raise
            done[topic, partition] = offset
        for (topic, partition), offset in done.items():
            self._processing_context.store_offset(topic=topic, partition=partition, offset=offset)
        if done:
            self._producer._broker_available()  # type: ignore[no-untyped-call]
            self._consumer._broker_available()  # type: ignore[no-untyped-call]
        self.settle()
