"""How far each file was played, and by whom: written with its trades, in one transaction, to the progress topic.

Under one key of a file stands how far it was played, and under one of each owner's its last claim to it: the topic is
compacted, and who may still play a file must not be forgotten.
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
_MOST_OWNER: Final = 300
"""Characters: a transactional id holds the name of a topic."""


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

    @property
    def claim(self) -> "Progress":
        """Return what tells that this session plays the file from now on; it does not tell how far."""
        return Progress(self.file, self.session, self.owner)

    def to_json(self) -> bytes:
        """Return the message as it stands on the topic."""
        return orjson.dumps(asdict(self))

    @classmethod
    def from_json(cls, message: bytes) -> Self:
        """Parse one message.

        Raises
        ------
        MessageError
            If it is not JSON, or a field is missing, of the wrong type or out of its range.
        """
        fields = checks.parsed(message)
        return cls(
            file=checks.text(fields, "file"),
            session=checks.text(fields, "session"),
            owner=checks.text(fields, "owner", _MOST_OWNER),
            next_record=checks.integer(fields, "next_record"),
            trades=checks.integer(fields, "trades"),
            rejected=checks.integer(fields, "rejected"),
            finished=checks.flag(fields, "finished"),
        )


def claim_key(key: str, owner: str) -> str:
    """Return the key of an owner's claims to a file; `key` is that of the file's progress."""
    return f"{_CLAIM}{key}/{owner}"


class Ledger:
    """The committed progress of every file and the claims to it, read from the topic.

    A message that is no progress is passed over with a warning. Trades are committed with sound progress alone, so
    what is passed over counted none: the file stands where the last sound message of its key says, and none of its
    trades is doubled or lost. Once the broker has compacted the topic, the foreign message may be all that is left
    under the key of a file; how far that one was played is not known then, and `known` refuses to guess. A claim may be
    lost in the same way, but not its owner, who stands in the key too: it is fenced like any other.

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
        """Return the progress of one file, or an owner's last claim to it, as last read."""
        return self._entries.get(key)

    def known(self, keys: Iterable[str]) -> dict[str, Progress]:
        """Return the progress of those files that have any, as last read.

        Raises
        ------
        MessageError
            If a message that is no progress is all that is left of a file's.
        """
        found = {key: entry for key in keys if (entry := self._entries.get(key)) is not None}
        for key in keys:
            if key not in found and key in self._foreign:
                raise MessageError(
                    f"how far the file with the SHA-256 {key.partition('-')[0]} was played is not known: at "
                    f"{self._foreign[key]} stands a message that is no progress. Look how much of it is on the trades "
                    "topic; --restart plays it from the beginning"
                )
        return found

    def owners(self, keys: Iterable[str]) -> set[str]:
        """Return who ever claimed one of the files, as last read."""
        return {owner for key in keys for owner in self._owners.get(key, ())}

    def successor(self, key: str, session: str) -> Progress | None:
        """Return the last claim to one file, if it was made after that of the session."""
        claims = self._sessions.get(key, {})
        last = next(reversed(claims.values()), None)
        return last if last is not None and session in claims and last.session != session else None

    def settle(self) -> None:
        """Read all that was written until now, waiting until each open transaction is committed or given up.

        Readers are shown neither what an open transaction holds nor what others have committed behind it.
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
        """Read up to the last message that readers are shown, waiting for the broker where need be."""
        ends = self._ends(self._consumer)
        self._all = list(ends)
        while ends:
            self._consumer.assign(
                [TopicPartition(self._topic, number, self._next.get(number, OFFSET_BEGINNING)) for number in self._all]
            )
            while ends and (message := self._consumer.poll(_SILENCE_S)) is not None:
                # Transaction markers are not shown, so the last offset may never come; while others go on writing,
                # the end of the partition may never come. One of the two does.
                if self._take(message) >= ends.get(message.partition(), 0):
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
        self._unsettled.close()

    def _ends(self, client: Consumer) -> dict[int, int]:
        """Return the offset behind the last message of each partition that this client is shown."""
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
        """Enter one message; return the offset behind it, or that of the partition's end if this is what it tells."""
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
                "A message that is no progress is passed over; PROGRESS_TOPIC must be a topic of its own. "
                "place=%s reason=%s",
                self._foreign[name],
                fault,
            )
        else:
            self._entries[name] = entry
            if owner:
                self._sessions.setdefault(file, {}).setdefault(entry.session, entry)
        return self._next[message.partition()]
