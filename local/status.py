"""What the demo shows while it plays: the progress of each service, and the producer's warnings."""

import re
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import orjson

from local.pipeline import Pipeline
from local.services import Service

_LOG_EVERY_S: Final = 10.0
_TROUBLE: Final = re.compile(r"\S+Z (WARNING|ERROR|CRITICAL) ")


class Status:
    """One status line, overwritten on a terminal; elsewhere, a new line every ten seconds.

    Parameters
    ----------
    pipeline : Pipeline
        A pipeline with a producer.
    started : float
        Start time by the monotonic clock, in seconds.
    summary : Path
        The producer's summary, which is there once it has ended.
    """

    def __init__(self, pipeline: Pipeline, started: float, summary: Path) -> None:
        self._pipeline, self._started, self._summary = pipeline, started, summary
        self._logged = started
        self._terminal = sys.stdout.isatty()
        self._echo = Echo(pipeline.services["producer"].child.log)

    def show(self) -> None:
        """Show the latest counts of the services, and the producer's new warnings and errors above them.

        Raises
        ------
        ServiceUnavailableError
            If a server or service has ended by itself.
        """
        for line in self._echo.read():
            sys.stderr.write(f"\r\033[K{line}\n" if self._terminal else f"{line}\n")
        self._pipeline.check()
        now = time.monotonic()
        if not self._terminal and now - self._logged < _LOG_EVERY_S:
            return
        services = self._pipeline.services
        text = (
            f"published {published(services['producer'], self._summary):,.0f}  "
            f"scored {services['detector'].metric('trades_scored_total'):,.0f}  "
            f"documents {services['sink'].metric('documents_written_total'):,.0f}  "
            f"{now - self._started:.0f} s"
        )
        self._logged = now
        sys.stdout.write(f"\r\033[K{text}" if self._terminal else f"{text}\n")
        sys.stdout.flush()

    def end(self) -> None:
        """End the status line."""
        # The terminal may have been closed, which may even be why this ends.
        with suppress(OSError):
            sys.stdout.write("\n" * self._terminal)


def published(producer: Service, summary: Path) -> float:
    """Return how many trades a producer has published: by its summary once it has ended, and answers no more."""
    if summary.exists():
        return float(orjson.loads(summary.read_bytes())["trades"])
    return producer.metric("trades_published_total")


class Echo:
    """Reads the warnings and errors from a growing log."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read = 0

    def read(self) -> list[str]:
        """Return those written since the last call; an incomplete line is left for the next call."""
        with self._log.open("rb") as file:
            file.seek(self._read)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._read += len(whole)
        return [line for line in whole.decode("utf-8", "replace").splitlines() if _TROUBLE.match(line)]
