"""Says once that the kernel is being compiled, where numba's cache does not hold it."""

import logging
from contextlib import AbstractContextManager
from typing import Any

from numba.core.event import Listener, install_listener

logger = logging.getLogger(__name__)


class _Once(Listener):
    """Hears of each function that numba compiles; of those that it reads from its cache it hears nothing."""

    def __init__(self) -> None:
        self._said = False

    def on_start(self, _event: Any) -> None:
        if not self._said:
            self._said = True
            logger.info("Compiling the kernel, which takes up to a minute, once on a machine.")

    def on_end(self, _event: Any) -> None:
        return


def told() -> AbstractContextManager[Any]:
    """Return a context within which it is said in the log."""
    listening: AbstractContextManager[Any] = install_listener("numba:compile", _Once())
    return listening
