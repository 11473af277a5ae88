"""Logs, once, that the kernel is being compiled, if numba's cache does not hold it."""

import logging
from contextlib import AbstractContextManager
from typing import Any

from numba.core.event import Listener, install_listener

logger = logging.getLogger(__name__)


class _Once(Listener):
    """Is notified of each function that numba compiles, but not of those that it reads from its cache."""

    def __init__(self) -> None:
        self._said = False

    def on_start(self, _event: Any) -> None:
        if not self._said:
            self._said = True
            logger.info("Compiling the kernel, which takes up to a minute, once per machine.")

    def on_end(self, _event: Any) -> None:
        return


def logged() -> AbstractContextManager[Any]:
    """Return a context in which compiling is logged."""
    listening: AbstractContextManager[Any] = install_listener("numba:compile", _Once())
    return listening
