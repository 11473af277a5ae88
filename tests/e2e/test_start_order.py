"""Services whose servers are not up yet, or go away: alive but not ready, with the reason; then they recover."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.kafka import SESSION_TIMEOUT_MS
from common.topics.create import ensure_topics
from local import reference
from local.pipeline import Pipeline
from local.process import free_port
from local.stack import Stack
from nasdaq import SAMPLE
from tests.e2e.health import status
from tests.e2e.playing import SLOWLY, found, works
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e

_AWAY_S = 8.0


def test_every_service_may_start_first(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "stack")
    pipeline = Pipeline(stack, tmp_path)
    try:
        waiting = {
            "producer": pipeline.launch("producer", str(SAMPLE)),
            "detector": pipeline.launch("detector"),
            "sink": pipeline.launch("sink"),
            "dashboard": pipeline.launch(
                "dashboard", STREAMLIT_SERVER_PORT=str(free_port()), STREAMLIT_SERVER_ADDRESS="127.0.0.1"
            ),
        }
        for service in waiting.values():
            wait_until(lambda service=service: status(service, "healthz") == 200)  # type: ignore[misc]
        for service in waiting.values():
            # A detector that is the first on its machine compiles before it asks for anything.
            wait_until(lambda service=service: "Kafka" in service.child.log.read_text(), 120)  # type: ignore[misc]
        time.sleep(_AWAY_S)
        for which, service in waiting.items():
            assert service.child.exit_code() is None, service.child.tail()
            assert status(service, "healthz") == 200, which
            assert status(service, "readyz") == 503, which
            assert "Traceback" not in service.child.log.read_text()

        stack.start()
        ensure_topics(pipeline.kafka, pipeline.topics)
        wait_until(lambda: waiting["producer"].child.exit_code() == 0, 120)
        for which in ("detector", "sink", "dashboard"):
            waiting[which].wait_until_ready()
        pipeline.wait_until_done()
        documents = found(pipeline)
        assert documents == reference.documents(SAMPLE)
    finally:
        pipeline.stop()
        stack.stop()


def test_every_service_survives_kafka_being_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS_PER_MILLION", "3000")
    with Stack(tmp_path / "stack") as stack, Pipeline(stack, tmp_path, free_port()) as pipeline:
        producer = pipeline.launch("producer", str(SAMPLE), "--speed", "600")
        detector = pipeline.services["detector"]
        wait_until(lambda: detector.metric("trades_scored_total") > 1_000)

        stack.kill_kafka()
        # The broker removes members that are silent for longer than the session timeout.
        time.sleep(SESSION_TIMEOUT_MS / 1000 + 10)
        for which, service in pipeline.services.items():
            assert service.child.exit_code() is None, service.child.tail()
            assert status(service, "readyz") == 503, which
        stack.start_kafka()

        wait_until(lambda: producer.child.exit_code() == 0, 120)
        for which in ("detector", "sink", "dashboard"):
            pipeline.services[which].wait_until_ready()
        pipeline.wait_until_done()
        documents = found(pipeline)
        assert documents == reference.documents(SAMPLE)
        assert detector.child.exit_code() is None
        assert "Traceback" not in detector.child.log.read_text()


@pytest.mark.parametrize("after_s", [0.0, 0.05, 0.2])
def test_a_detector_ends_that_is_stopped_as_it_begins(pipeline: Pipeline, after_s: float) -> None:
    ensure_topics(pipeline.kafka, pipeline.topics)
    service = pipeline.launch("detector")
    try:
        service.wait_until_ready()
        time.sleep(after_s)
        service.child.send(signal.SIGTERM)
        wait_until(lambda: service.child.exit_code() is not None, 30)
    finally:
        pipeline.stop()

    assert service.child.exit_code() in (0, 130)
    assert "refused" not in service.child.log.read_text()


@pytest.fixture
def hears_hangups() -> Iterator[None]:
    """Let services be started as from a terminal, though the tests themselves run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hears_hangups")
def test_a_detector_whose_terminal_is_closed_commits_and_ends(pipeline: Pipeline) -> None:
    with pipeline:
        pipeline.launch("producer", str(SAMPLE), *SLOWLY)
        works(pipeline)
        detector = pipeline.services["detector"].child
        detector.send(signal.SIGHUP)
        wait_until(lambda: detector.exit_code() is not None, 30)

        assert detector.exit_code() == 0
        assert "will not be committed" not in detector.log.read_text()
