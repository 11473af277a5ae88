"""How fast a consumer group works through a topic, seen from outside by the offsets that it commits."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from confluent_kafka import KafkaException, TopicPartition

from common.errors import ServiceUnavailableError
from common.kafka import consumer
from common.settings import KafkaSettings
from local.process import Child

_FIRST_SHARE: Final = 0.1
_PAUSE_S: Final = 0.02
_MOST_QUIET_S: Final = 60.0
_REQUEST_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress between two commits.

    Attributes
    ----------
    messages : int
        Messages committed in between.
    seconds : float
        Time between the two.
    processor_s : float
        Processor time used in between by all threads of the process, in seconds.
    """

    messages: int
    seconds: float
    processor_s: float

    @property
    def rate(self) -> float:
        """Return messages per second."""
        return self.messages / self.seconds

    @property
    def processor_us(self) -> float:
        """Return microseconds of processor time per message."""
        return self.processor_s / self.messages * 1e6


class Watch:
    """Follows one group through a topic of exactly `count` messages, without transaction markers or anything else."""

    def __init__(self, settings: KafkaSettings, group: str, topic: str, count: int) -> None:
        self._count = count
        self._watcher = consumer(settings, group)
        known = self._watcher.list_topics(topic, timeout=_REQUEST_TIMEOUT_S).topics[topic].partitions
        self._partitions = [TopicPartition(topic, number) for number in known]

    def follow(self, child: Child) -> Progress:
        """Wait until the group has committed the end of the topic.

        Raises
        ------
        ServiceUnavailableError
            If the process ends early, or commits nothing for a minute.
        """
        first: tuple[float, int, float] | None = None
        before, changed = 0, time.monotonic()
        while before < self._count:
            if child.exit_code() is not None or time.monotonic() - changed > _MOST_QUIET_S:
                raise ServiceUnavailableError(
                    f"The process stopped after {before} of {self._count} messages:\n{child.tail()}"
                )
            time.sleep(_PAUSE_S)
            done = self._committed()
            if done is None or done == before:
                continue
            before, changed = done, time.monotonic()
            if first is None and done >= self._count * _FIRST_SHARE:
                first = changed, done, processor_s(child.pid)
        if first is None or first[1] == self._count:
            raise ServiceUnavailableError(f"{self._count} messages are too few to time: one commit took them all")
        return Progress(self._count - first[1], changed - first[0], processor_s(child.pid) - first[2])

    def close(self) -> None:
        """Close the connection to the broker."""
        self._watcher.close()

    def _committed(self) -> int | None:
        """Return how many messages the group has committed; None if the group's coordinator is not ready yet."""
        try:
            found = self._watcher.committed(self._partitions, timeout=_REQUEST_TIMEOUT_S)
        except KafkaException as error:
            if error.args[0].retriable() or error.args[0].name() == "NOT_COORDINATOR":
                return None
            raise
        return sum(max(0, int(partition.offset)) for partition in found)


def processor_s(pid: int) -> float:
    """Return the processor time, in seconds, that a process has used in user and system mode."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
