"""What the running detector logs: how many trades it has scored, and what went to the dead letters."""

import logging
import time
from collections.abc import Callable
from typing import Final

from common.deadletters.letter import DeadLetter

logger = logging.getLogger(__name__)

_EVERY_S: Final = 10.0


class Notes:
    """Counts, and logs what was new, at most every ten seconds: a topic may hold nothing but invalid messages.

    Parameters
    ----------
    clock : callable
        Returns a monotonic time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told_at = clock()
        self._trades = self._anomalies = self._letters = self._told = 0
        self._latest: DeadLetter | None = None

    def alert(self) -> None:
        """Count an anomaly."""
        self._anomalies += 1

    def bury(self, letter: DeadLetter) -> None:
        """Count a dead letter."""
        self._letters += 1
        self._latest = letter

    def score(self, trades: int) -> None:
        """Count trades, and log if it is time."""
        self._trades += trades
        now = self._clock()
        if now - self._told_at < _EVERY_S:
            return
        if self._trades > self._told:
            logger.info("Scored. trades=%d anomalies=%d", self._trades, self._anomalies)
            self._told, self._told_at = self._trades, now
        if self._latest is not None:
            logger.warning(
                "Messages went to the dead letters; `python -m common.deadletters list` shows them. "
                "messages=%d latest=%s reason=%s error=%r",
                self._letters,
                self._latest.place,
                self._latest.reason,
                self._latest.error,
            )
            self._letters, self._latest, self._told_at = 0, None, now
