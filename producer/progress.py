"""How far each file was played, and by whom: kept in the progress topic, written in one transaction with its trades.

The topic is compacted. Each file has one key for its progress, and one more for each owner's last claim to it, because
the owners that may still be playing a file must not be forgotten.
"""

import logging
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Final, Self

import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from common import checks, kafka, reading
from common.errors import MessageError
from common.settings import KafkaSettings

logger = logging.getLogger(__name__)

_SILENCE_S: Final = 5.0
_PAUSE_S: Final = 0.5
_SETTLE_S: Final = 0.02
_USUAL_SETTLE_S: Final = 2.0
_CLAIM: Final = "claim/"
_MOST_FILE: Final = 4 * 255
"""Maximum length of a file's name: every byte of it may be escaped."""
_MOST_OWNER: Final = 300
"""Maximum length of an owner: a transactional id, which holds the name of a topic."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one file was played with one selection of symbols and times.

    Attributes
    ----------
    file : str
        Name of the file, for people; the message key identifies it by content.
    session, owner : str
        The run of the producer that wrote this, and its transactional id.
    next_record : int
        Number of the first record not yet played.
    trades, rejected : int
        Trades and dead letters published so far.
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

    @property
    def claim(self) -> "Progress":
        """Return the message by which this session claims the file; it does not hold how far the file was played."""
        return Progress(self.file, self.session, self.owner)

    def to_json(self) -> bytes:
        """Return the message as published on the topic."""
        return orjson.dumps(asdict(self))

    @classmethod
    def from_json(cls, message: bytes) -> Self:
        """Parse one message.

        Raises
        ------
        MessageError
            If it is not JSON, or a field is missing, of the wrong type or out of range.
        """
        fields = checks.parsed(message)
        return cls(
            file=checks.text(fields, "file", _MOST_FILE),
            session=checks.text(fields, "session"),
            owner=checks.text(fields, "owner", _MOST_OWNER),
            next_record=checks.integer(fields, "next_record"),
            trades=checks.integer(fields, "trades"),
            rejected=checks.integer(fields, "rejected"),
            finished=checks.flag(fields, "finished"),
        )


def claim_key(key: str, owner: str) -> str:
    """Return the key of an owner's claims to a file; `key` is the key of the file's progress."""
    return f"{_CLAIM}{key}/{owner}"


class Ledger:
    """The committed progress of every file and the claims to it, read from the topic.

    A foreign message, which does not parse as progress, is skipped with a warning. Trades are only ever committed
    together with valid progress, so the last valid message of a key remains correct, and no trade is duplicated or
    lost. After the broker has compacted the topic, a foreign message may be all that is left under the key of a file.
    How far that file was played is then unknown, and `known` refuses to guess. A claim can be lost in the same way, but
    not its owner, who is part of the key and is fenced like any other.

    Parameters
    ----------
    settings : KafkaSettings
        How to reach the broker.
    topic : str
        The progress topic.
    """

    def __init__(self, settings: KafkaSettings, topic: str) -> None:
        self._topic = topic
        self._entries: dict[str, Progress] = {}
        self._foreign: dict[str, str] = {}
        self._owners: dict[str, set[str]] = {}
        self._sessions: dict[str, dict[str, Progress]] = {}
        self._next: dict[int, int] = {}
        self._all: list[int] = []
        quiet = {"error_cb": lambda _error: None, "log_level": 2}
        self._consumer: Consumer = kafka.consumer(
            settings, "producer-progress-reader", **{"enable.partition.eof": True, "fetch.wait.max.ms": 20}, **quiet
        )
        self._unsettled: Consumer = kafka.consumer(
            settings, "producer-progress-reader", **{"isolation.level": "read_uncommitted"}, **quiet
        )

    def get(self, key: str) -> Progress | None:
        """Return the progress or claim under a key, as last read; None if there is none."""
        return self._entries.get(key)

    def known(self, keys: Iterable[str]) -> dict[str, Progress]:
        """Return the progress, as last read, of those files that have any.

        Raises
        ------
        MessageError
            If only a foreign message is left under the key of a file.
        """
        found = {key: entry for key in keys if (entry := self._entries.get(key)) is not None}
        for key in keys:
            if key not in found and key in self._foreign:
                raise MessageError(
                    f"it is unknown how far the file with the SHA-256 {key.partition('-')[0]} was played: the message "
                    f"at {self._foreign[key]} is not progress. Check how much of the file is on the trades topic; "
                    "--restart plays it from the beginning"
                )
        return found

    def published(self, file: str) -> int:
        """Return how many trades were published, as last read, of all files with this name."""
        return sum(entry.trades for entry in self._entries.values() if entry.file == file)

    def owners(self, keys: Iterable[str]) -> set[str]:
        """Return all owners that ever claimed one of the files, as last read."""
        return {owner for key in keys for owner in self._owners.get(key, ())}

    def successor(self, key: str, session: str) -> Progress | None:
        """Return the last claim to a file if another session made it after this session's own claim, else None."""
        claims = self._sessions.get(key, {})
        last = next(reversed(claims.values()), None)
        return last if last is not None and session in claims and last.session != session else None

    def settle(self) -> None:
        """Read everything written so far, waiting until each open transaction is committed or aborted.

        Until then, readers see neither the messages of an open transaction nor those committed after its beginning.
        """
        written = self._ends(self._unsettled)
        began = time.monotonic()
        warned = False
        while any(end < written.get(number, 0) for number, end in self._ends(self._consumer).items()):
            if not warned and time.monotonic() - began > _USUAL_SETTLE_S:
                logger.warning("Waiting for the broker to end a transaction that a producer left open.")
                warned = True
            time.sleep(_SETTLE_S)
        self.read()

    def read(self) -> None:
        """Read up to the last visible message, waiting for the broker if necessary."""
        ends = self._ends(self._consumer)
        self._all = list(ends)
        while ends:
            self._consumer.assign(
                [TopicPartition(self._topic, number, self._next.get(number, OFFSET_BEGINNING)) for number in self._all]
            )
            while ends and (message := self._consumer.poll(_SILENCE_S)) is not None:
                # The last offset may be a transaction marker, which is never delivered; and while others keep writing,
                # the end-of-partition event may never come. One of the two always does.
                if self._take(message) >= ends.get(message.partition(), 0):
                    ends.pop(message.partition(), None)
            if ends:
                logger.warning("Waiting for Kafka to return the progress. topic=%s", self._topic)

    def poll(self) -> None:
        """Process the messages that have arrived, without waiting."""
        while (message := self._consumer.poll(0)) is not None:
            self._take(message)

    def close(self) -> None:
        """Close the connections to the broker."""
        self._consumer.close()
        self._unsettled.close()

    def _ends(self, client: Consumer) -> dict[int, int]:
        """Return, by partition, the offset after the last message visible to this client; retries until answered."""
        while True:
            try:
                ends = reading.ends(client, self._topic)
            except KafkaException as error:
                logger.warning("Waiting for Kafka. topic=%s reason=%r", self._topic, error.args[0].str())
            else:
                if ends:
                    return ends
            time.sleep(_PAUSE_S)

    def _take(self, message: Message) -> int:
        """Record one message; return the offset after it, or the partition's end if it is an end-of-partition event."""
        error = message.error()
        if error is not None:
            return int(message.offset()) if error.code() == KafkaError._PARTITION_EOF else 0
        self._next[message.partition()] = message.offset() + 1
        name = (message.key() or b"").decode("utf-8", "replace")
        file, _, owner = name.removeprefix(_CLAIM).partition("/") if name.startswith(_CLAIM) else ("", "", "")
        if owner:
            self._owners.setdefault(file, set()).add(owner)
        try:
            entry = Progress.from_json(message.value() or b"")
        except MessageError as fault:
            self._foreign[name] = f"{message.topic()}/{message.partition()}/{message.offset()}"
            logger.warning(
                "Skipped a message that is not progress; use PROGRESS_TOPIC for nothing else. place=%s reason=%s",
                self._foreign[name],
                fault,
            )
        else:
            self._entries[name] = entry
            if owner:
                self._sessions.setdefault(file, {}).setdefault(entry.session, entry)
        return self._next[message.partition()]
