"""How benchmarks say that what they measure works wrongly."""

import time
from collections.abc import Callable

from common.errors import PipelineError


class FaultyError(PipelineError):
    """What was measured works wrongly, which no speed makes up for."""


def within(seconds: float, otherwise: str, watch: Callable[[], None] = lambda: None) -> Callable[[], None]:
    """Return a function to call repeatedly: it calls `watch`, and once the time is over raises what is `otherwise`."""
    deadline = time.monotonic() + seconds

    def check() -> None:
        watch()
        if time.monotonic() > deadline:
            raise FaultyError(f"{otherwise} within {seconds:,.0f} s.")

    return check
