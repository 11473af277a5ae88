"""Rights that Kafka denies the detector: whether an error is about one, and what to grant."""

import time
from collections.abc import Callable
from typing import Final

from confluent_kafka import KafkaError
from quixstreams.models.topics.exceptions import CreateTopicFailure, TopicPermissionError

from detector.faults import causes, of_client

_NEEDED: Final = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "READ on the topic of trades, WRITE on those of anomalies and dead letters, "
    "CREATE, READ and WRITE on the group's changelog topic, and DESCRIBE_CONFIGS on all of them",
    KafkaError.GROUP_AUTHORIZATION_FAILED: "READ on the consumer group",
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED: "WRITE on all transactional ids",
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: "IDEMPOTENT_WRITE on the cluster, or WRITE on all topics it writes to",
}
_STANDS_S: Final = 15.0
"""A detector that is tried again for longer than this without being denied anything has its rights."""


class Refusal:
    """The right that was denied last.

    Parameters
    ----------
    clock : callable
        Returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._reason: str | None = None
        self._noted = 0.0

    def note(self, reason: str) -> None:
        """Take note of a right that was denied just now."""
        self._reason, self._noted = reason, self._clock()

    @property
    def current(self) -> str | None:
        """Return what was denied a short while ago."""
        return self._reason if self._clock() - self._noted < _STANDS_S else None


def denied(error: BaseException) -> str | None:
    """Return what Kafka denies and which right to grant; None where the error is of another kind."""
    for cause in causes(error):
        # A topic may also fail to be created for other reasons, such as its replication.
        failed = isinstance(cause, CreateTopicFailure) and "credentials" in str(cause)
        if failed or isinstance(cause, TopicPermissionError):
            return f"{cause}; grant the right"
        fault = of_client(cause)
        if fault is not None and fault.code() in _NEEDED:
            return f"{fault.str()}; grant {_NEEDED[fault.code()]}"
    return None
