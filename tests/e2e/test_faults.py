"""A fault that cannot take place is told."""

from pathlib import Path

import pytest

from bench.chaos.faults import Chaos
from bench.chaos.proxy import Proxy
from local.pipeline import Pipeline
from local.stack import Stack
from tests import dbn
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e


def test_a_producer_that_has_ended_cannot_be_harmed(pipeline: Pipeline, stack: Stack, tmp_path: Path) -> None:
    with pipeline, Proxy(stack.elasticsearch_url) as proxy:
        path = dbn.write(tmp_path / "few.dbn", dbn.trades(50))
        played = pipeline.launch("producer", str(path)).child
        wait_until(lambda: played.exit_code() == 0, 60)
        start = {
            "detector": lambda: pipeline.launch("detector"),
            "second detector": lambda: pipeline.launch("second", module="detector", STATE_DIR=str(tmp_path / "second")),
        }
        chaos = Chaos(stack, pipeline, proxy, start)

        for fault in ("kill the producer", "pause the producer", "another producer takes over"):
            assert chaos.harm(fault)[0] is False
        assert chaos.restarts == 0
        assert chaos.harm("kill the detector")[0] is True
        assert chaos.harm("a second detector comes and goes")[0] is True
        assert chaos.restarts == 1
