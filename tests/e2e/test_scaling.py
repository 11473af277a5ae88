"""Detectors that come, go, die and lose their state while trades stream: the documents are the back-test's, always."""

import shutil

import pytest

from local import reference
from local.pipeline import Pipeline
from local.services import Service
from nasdaq import SAMPLE
from tests.e2e.playing import SLOWLY, found, hurry, works
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e


def test_detectors_may_come_and_go_and_lose_their_state(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS_PER_MILLION", "10000")

    def launch(name: str) -> Service:
        return pipeline.launch(name, module="detector", STATE_DIR=str(pipeline.folder / name))

    with pipeline:
        pipeline.launch("producer", str(SAMPLE), *SLOWLY)
        works(pipeline)
        for name in ("second", "third"):
            launch(name)
        for name in ("detector", "second", "third"):
            works(pipeline, name)

        pipeline.services.pop("second").child.kill()
        shutil.rmtree(pipeline.folder / "second")
        launch("second")
        works(pipeline, "second")

        pipeline.services.pop("third").child.stop()
        works(pipeline)
        pipeline.services["detector"].child.stop()
        shutil.rmtree(pipeline.folder / "state")
        works(pipeline, "second")

        pipeline.launch("detector")
        works(pipeline)
        hurry(pipeline)

        wait_until(lambda: pipeline.services["producer"].child.exit_code() == 0, 120)
        pipeline.wait_until_done()
        documents = found(pipeline)
        assert len(documents) > 250
        assert documents == reference.documents(SAMPLE)
