"""Plays files through a pipeline.

While services come and go, the sample is played slowly, then fast to its end, so that changes happen on any machine.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from local import reference
from local.pipeline import Pipeline
from nasdaq import SAMPLE
from tests.waiting import wait_until

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


def play(pipeline: Pipeline, path: Path, *options: str, disturb: Callable[[], None] = lambda: None) -> Path:
    """Play a file to its end and wait for the other services; return the producer's summary."""
    summary = pipeline.folder / "producer.json"
    pipeline.launch("producer", str(path), "--summary", str(summary), *options)
    disturb()
    service = pipeline.services["producer"]
    wait_until(lambda: service.child.exit_code() is not None, 120)
    assert service.child.exit_code() == 0, service.child.tail(60)
    pipeline.wait_until_done()
    return summary


def found(pipeline: Pipeline) -> dict[str, dict[str, Any]]:
    """Return the documents of a pipeline by their ids, without what differs from run to run."""
    return {key: reference.comparable(fields) for key, fields in pipeline.documents().items()}
