"""Plays the sample slowly while services come and go, then fast to its end, so that changes happen on any machine."""

from typing import Final

from local.pipeline import Pipeline
from nasdaq import SAMPLE
from tests.e2e.topics import wait_until

SLOWLY: Final = ("--speed", "100")
"""The session of 23,400 s would take 234 s."""


def works(pipeline: Pipeline, name: str = "detector") -> None:
    """Wait until a detector has scored trades of its partitions, which shows that it has recovered their state."""
    service = pipeline.services[name]
    before = service.metric("trades_scored_total")
    wait_until(lambda: service.metric("trades_scored_total") > before)


def hurry(pipeline: Pipeline, *options: str) -> None:
    """Let the producer continue at full speed from where it is."""
    slow = pipeline.services["producer"].child
    assert slow.exit_code() is None, "the file ended before the last change"
    slow.stop()
    pipeline.launch("producer", str(SAMPLE), *options)
