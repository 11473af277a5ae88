"""Logging: a line is a sentence plus ``key=value`` pairs, on standard error, with UTC times."""

import logging
import math
import time
import unicodedata
from collections.abc import Callable
from typing import Final

_CATEGORIES: Final = ("Cc", "Cf", "Zl", "Zp")
"""Control and format characters, and separators of lines: strings of a feed could forge lines of the log with them."""

_SELDOM_S: Final = 10.0
_MOST_KINDS: Final = 100
KAFKA_CLIENTS: Final = "librdkafka"
"""Logger of our own clients of Kafka; Quix Streams gives its clients those of its modules."""
_CLIENTS: Final = (KAFKA_CLIENTS, "quixstreams.kafka.consumer", "quixstreams.kafka.producer")
"""They log each error of a client, of which there are ten a second while Kafka is away."""
_LIBRDKAFKA: Final = "%s [%s] %s"
"""How confluent-kafka logs what librdkafka says: the kind of the line, the client, and the text, which varies."""
_CONNECTION_FAILED: Final = "FAIL"


class Seldom:
    """Holds back what was said a moment ago, and counts it.

    Parameters
    ----------
    clock : callable
        Gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: dict[str, tuple[float, int]] = {}

    def left_out(self, what: str) -> int | None:
        """Return how often this was held back since it was last said; None if it was said within ten seconds."""
        now = self._clock()
        said, count = self._said.get(what, (-math.inf, 0))
        if now - said < _SELDOM_S:
            self._said[what] = said, count + 1
            return None
        if len(self._said) >= _MOST_KINDS:
            self._said.clear()
        self._said[what] = now, 0
        return count

    def filter(self, record: logging.LogRecord) -> bool:
        """Let a line through if none of its kind was logged a moment ago; a filter of a logger."""
        line, kind = record.getMessage(), None
        if record.msg == _LIBRDKAFKA and isinstance(record.args, tuple):
            kind = record.args[0]
            # The client's error callback is told that too, and says it in a line of its own.
            if kind == _CONNECTION_FAILED:
                return False
        count = self.left_out(line if kind is None else str(kind))
        if count:
            record.msg, record.args = "%s left_out=%d", (line, count)
        return count is not None


_clients: Final = Seldom()


class _OneLine(logging.Formatter):
    """Keeps a message on one line, with such characters escaped; a traceback below it has lines of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return the line."""
        line = super().formatMessage(record)
        if line.isprintable():
            return line
        return "".join(
            ascii(letter)[1:-1] if unicodedata.category(letter) in _CATEGORIES else letter for letter in line
        )


def configure(service: str, level: str = "INFO") -> None:
    """Send the log of a whole process to standard error.

    Parameters
    ----------
    service : str
        Stands in every line.
    level : str
        Name of the lowest level shown.
    """
    layout = f"%(asctime)s.%(msecs)03dZ %(levelname)-7s {service}: %(message)s"
    handler = logging.StreamHandler()
    formatter = _OneLine(layout, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("elastic_transport", "elasticsearch", "quixstreams", "urllib3", "databento"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    for client in _CLIENTS:
        logging.getLogger(client).addFilter(_clients.filter)
    # Warnings of libraries are errors in the tests, and nothing that a user could act on.
    logging.captureWarnings(capture=True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
