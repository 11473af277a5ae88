"""The short form of ``make chaos``, and its control, which shows that the comparison can fail."""

import re
from functools import partial

import pytest

from tests.cluster import CLUSTER
from tests.processes import command

pytestmark = pytest.mark.e2e


# A cluster of the user's own, which must not matter.
chaos = partial(command, "bench.chaos", **CLUSTER)


def test_nothing_is_lost_doubled_or_changed() -> None:
    done = chaos("--cycles", "14", "--seed", "5")
    assert done.returncode == 0, done.stdout + done.stderr[-2_000:]
    assert "lost 0, doubled 0, differing 0, foreign 0" in done.stdout
    for fault in (
        "kill the detector",
        "another producer takes over",
        "lose the detector's state",
        "a second detector comes and goes",
        "suspend and replace the detector",
        "suspend and replace the sink",
        "restart Kafka",
    ):
        assert fault in done.stdout


def test_the_control_loses_documents() -> None:
    done = chaos("--cycles", "2", "--seed", "5", "--control")
    assert done.returncode == 1, done.stdout + done.stderr[-2_000:]
    assert re.search(r"; lost [1-9]\d*, doubled \d", done.stdout), done.stdout
