"""Logging: a line is a sentence plus ``key=value`` pairs, on standard error, with UTC times."""

import logging
import time
import unicodedata
from typing import Final

_CATEGORIES: Final = ("Cc", "Cf", "Zl", "Zp")
"""Control and format characters, and separators of lines: strings of a feed could forge lines of the log with them."""


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
    # Warnings of libraries are errors in the tests, and nothing that a user could act on.
    logging.captureWarnings(capture=True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
