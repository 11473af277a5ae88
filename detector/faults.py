"""What has ended the stream: what Kafka's client reported, or an error that says what to do."""

import re
from collections.abc import Iterator
from typing import Final

from confluent_kafka import KafkaError, KafkaException
from quixstreams.kafka.exceptions import BaseKafkaException
from quixstreams.models.topics.exceptions import TopicConfigurationMismatch
from quixstreams.state.exceptions import InvalidChangelogOffset, InvalidStoreChangelogOffset

from common.errors import PipelineError, ServiceUnavailableError, SettingError

_OF_ROCKSDB: Final = re.compile(r"(IO error|Corruption)|.*\(os error \d+\)$")
"""Messages of its errors, which have no class of their own, and of the system's, which it passes on as text."""


def explained(error: BaseException) -> PipelineError | None:
    """Return an error that names the remedy, where starting again would not help; else None."""
    for cause in causes(error):
        if isinstance(cause, TopicConfigurationMismatch):
            return ServiceUnavailableError(
                f"the topic of trades has other partitions than the state: {cause}. Trades of many symbols now come in "
                "other partitions than their state is in. Name new topics (`input`, `output`), made with the new "
                "TOPIC_PARTITIONS, or give the changelog topic as many: symbols that have moved are then learned anew"
            )
        if isinstance(cause, InvalidChangelogOffset | InvalidStoreChangelogOffset):
            # Known beforehand where topics have ids (`detector.state`).
            return SettingError(
                f"STATE_DIR: holds the state of another changelog topic ({cause}). Delete the folder or name another "
                "one; the state is then read from the topic that is there"
            )
        if _OF_ROCKSDB.match(str(cause)):
            return SettingError(
                f"STATE_DIR: the state cannot be kept there ({cause}). Make room on its disk, let the detector write "
                "there, and give each detector a folder of its own; what is deleted there is read from Kafka again"
            )
    return None


def reported(error: BaseException) -> KafkaError | None:
    """Return what Kafka's client reported that led to an error; None where it has nothing to do with it."""
    return next(filter(None, map(of_client, causes(error))), None)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and its causes."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def of_client(error: BaseException) -> KafkaError | None:
    """Return what an error holds that Kafka's client reported; Quix Streams wraps it in errors of its own."""
    if isinstance(error, BaseKafkaException):
        return error.error
    first = error.args[0] if isinstance(error, KafkaException) else None
    return first if isinstance(first, KafkaError) else None
