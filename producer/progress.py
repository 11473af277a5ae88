"""How far each file was played: written in the transaction of its trades, read back from the progress topic."""

import logging
import time
from dataclasses import asdict, dataclass
from typing import Final, Self

import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from common import kafka
from common.errors import MessageError
from common.settings import KafkaSettings

logger = logging.getLogger(__name__)

_SILENCE_S: Final = 5.0
_METADATA_S: Final = 10.0
_PAUSE_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one file was played with one selection of symbols and times.

    Attributes
    ----------
    file : str
        Its name, for people; the key of the message identifies it by content.
    session, owner : str
        Who wrote this: one run of the producer, and its transactional id.
    next_record : int
        Records before this one are done.
    trades, rejected : int
        Published trades and dead letters so far.
    finished : bool
        Whether the file was played to its end.
    """

    file: str
    session: str
    owner: str
    next_record: int = 0
    trades: int = 0
    rejected: int = 0
    finished: bool = False

    def to_json(self) -> bytes:
        """Return the message as it stands on the topic."""
        return orjson.dumps(asdict(self))

    @classmethod
    def from_json(cls, message: bytes) -> Self:
        """Parse one message.

        Raises
        ------
        MessageError
            If it is no progress.
        """
        try:
            return cls(**orjson.loads(message))
        except (orjson.JSONDecodeError, TypeError) as error:
            raise MessageError(
                f"the progress topic holds a message that is no progress ({error}); "
                "set PROGRESS_TOPIC to a topic of its own"
            ) from None


class Ledger:
    """The committed progress of every file, read from the topic.

    Parameters
    ----------
    settings : KafkaSettings
        Where the broker is.
    topic : str
        The progress topic.
    """

    def __init__(self, settings: KafkaSettings, topic: str) -> None:
        self._topic = topic
        self._entries: dict[str, Progress] = {}
        self._next: dict[int, int] = {}
        self._all: list[int] = []
        self._consumer: Consumer = kafka.consumer(
            settings,
            "producer-progress-reader",
            **{"enable.partition.eof": True, "fetch.wait.max.ms": 20, "error_cb": lambda _error: None, "log_level": 2},
        )

    def get(self, key: str) -> Progress | None:
        """Return the progress of one file as last read."""
        return self._entries.get(key)

    def read(self) -> None:
        """Read up to the last committed message, waiting for the broker where need be.

        Raises
        ------
        MessageError
            If something else was written to the topic.
        """
        ends = self._ends()
        while ends:
            self._consumer.assign(
                [TopicPartition(self._topic, number, self._next.get(number, OFFSET_BEGINNING)) for number in self._all]
            )
            while ends and (message := self._consumer.poll(_SILENCE_S)) is not None:
                # Transaction markers are not shown, so the last offset may never come; while others go on writing,
                # the end of the partition may never come. One of the two does.
                if self._take(message) or self._next.get(message.partition(), 0) >= ends.get(message.partition(), 0):
                    ends.pop(message.partition(), None)
            if ends:
                logger.warning("Waiting for Kafka to tell the progress. topic=%s", self._topic)

    def poll(self) -> None:
        """Take what has arrived, without waiting."""
        while (message := self._consumer.poll(0)) is not None:
            self._take(message)

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    def _ends(self) -> dict[int, int]:
        """Return the offset behind the last committed message of each partition."""
        while True:
            try:
                known = self._consumer.list_topics(self._topic, timeout=_METADATA_S).topics[self._topic].partitions
                ends = {number: self._end(number) for number in known}
            except KafkaException as error:
                logger.warning("Waiting for Kafka. topic=%s reason=%r", self._topic, error.args[0].str())
            else:
                if ends:
                    self._all = list(ends)
                    return ends
            time.sleep(_PAUSE_S)

    def _end(self, partition: int) -> int:
        _low, high = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), timeout=_METADATA_S)
        return int(high)

    def _take(self, message: Message) -> bool:
        """Enter one message; return whether it is none but the end of its partition."""
        error = message.error()
        if error is not None:
            return bool(error.code() == KafkaError._PARTITION_EOF)
        self._next[message.partition()] = message.offset() + 1
        key, value = message.key(), message.value()
        if key is not None and value is not None:
            self._entries[key.decode("utf-8", "replace")] = Progress.from_json(value)
        return False
