"""Detectors that come, go, die and lose their state while trades stream: the documents are the back-test's, always."""

import shutil

import pytest

from local import reference
from local.pipeline import Pipeline
from local.services import Service
from nasdaq import SAMPLE
from tests.e2e.topics import wait_until

pytestmark = pytest.mark.e2e

SPEED = "300"
"""The session of 23,400 s is played in 78 s."""


def test_detectors_may_come_and_go_and_lose_their_state(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS_PER_MILLION", "3000")

    def launch(name: str) -> Service:
        return pipeline.launch(name, module="detector", STATE_DIR=str(pipeline.folder / name))

    def works(name: str) -> None:
        """Wait until a detector has scored trades of its share, which it has all the state for then."""
        service = pipeline.services[name]
        before = service.metric("trades_scored_total")
        wait_until(lambda: service.metric("trades_scored_total") > before)

    with pipeline:
        producer = pipeline.launch("producer", str(SAMPLE), "--speed", SPEED)
        works("detector")
        for name in ("second", "third"):
            launch(name)
        for name in ("detector", "second", "third"):
            works(name)

        pipeline.services.pop("second").child.kill()
        shutil.rmtree(pipeline.folder / "second")
        launch("second")
        works("second")

        pipeline.services.pop("third").child.stop()
        works("detector")
        pipeline.services["detector"].child.stop()
        shutil.rmtree(pipeline.folder / "state")
        works("second")

        pipeline.launch("detector")
        works("detector")
        assert producer.child.exit_code() is None, "the file ended before the last change"

        wait_until(lambda: producer.child.exit_code() == 0, 120)
        pipeline.wait_until_done()
        found = {key: reference.comparable(fields) for key, fields in pipeline.documents().items()}
        assert len(found) > 1_000
        assert found == reference.documents(SAMPLE)
