"""Logging to standard error: each line is a sentence plus ``key=value`` pairs, with UTC times."""

import logging
import math
import time
import unicodedata
from collections.abc import Callable
from typing import Final

_CATEGORIES: Final = ("Cc", "Cf", "Zl", "Zp")
"""Control and format characters and line separators: with these, strings from a feed could forge log lines."""

_SELDOM_S: Final = 10.0
_MOST_KINDS: Final = 100
KAFKA_CLIENTS: Final = "librdkafka"
"""Logger of our own Kafka clients; Quix Streams' clients use the loggers of its modules."""
_CLIENTS: Final = (KAFKA_CLIENTS, "quixstreams.kafka.consumer", "quixstreams.kafka.producer")
"""Loggers of Kafka clients, each of which logs the same errors while Kafka is unreachable."""
_LIBRDKAFKA: Final = "%s [%s] %s"
"""How confluent-kafka logs a line of librdkafka: its kind, the client, and the text, which varies."""
_CONNECTION_FAILED: Final = "FAIL"


class Seldom:
    """Suppresses what was logged less than ten seconds ago, and counts it.

    Parameters
    ----------
    clock : callable
        Returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: dict[str, tuple[float, int]] = {}

    def left_out(self, what: str) -> int | None:
        """Return how often `what` was suppressed since it was last logged; None if it is to be suppressed now."""
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
        """Return whether to log a line: not if one of its kind was logged less than ten seconds ago.

        To be used as the filter of a logger.
        """
        line, kind = record.getMessage(), None
        if record.msg == _LIBRDKAFKA and isinstance(record.args, tuple):
            kind = record.args[0]
            # The client's error callback receives this too and logs it.
            if kind == _CONNECTION_FAILED:
                return False
        count = self.left_out(line if kind is None else str(kind))
        if count:
            record.msg, record.args = "%s left_out=%d", (line, count)
        return count is not None


_clients: Final = Seldom()


class _OneLine(logging.Formatter):
    """Escapes the characters of `_CATEGORIES`, so that a message stays on one line; tracebacks keep their lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return the line."""
        line = super().formatMessage(record)
        if line.isprintable():
            return line
        return "".join(
            ascii(letter)[1:-1] if unicodedata.category(letter) in _CATEGORIES else letter for letter in line
        )


def configure(service: str, level: str = "INFO") -> None:
    """Send the log of the whole process to standard error.

    Parameters
    ----------
    service : str
        Name shown in every line.
    level : str
        Name of the lowest level shown.
    """
    layout = f"%(asctime)s.%(msecs)03dZ %(levelname)-7s {service}: %(message)s"
    handler = logging.StreamHandler()
    formatter = _OneLine(layout, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("elastic_transport", "elasticsearch", "quixstreams", "urllib3", "databento", "matplotlib"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    for client in _CLIENTS:
        logging.getLogger(client).addFilter(_clients.filter)
    # Warnings of libraries fail the tests; a user cannot act on them.
    logging.captureWarnings(capture=True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
