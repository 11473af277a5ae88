"""The short form of ``make chaos``, and its control, which shows that the comparison can fail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]


def chaos(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "bench.chaos", *arguments],
        cwd=ROOT,
        # A cluster of the user's own, which must not matter.
        env=os.environ | {"TOPIC_REPLICATION": "3", "KAFKA_SECURITY_PROTOCOL": "SSL"},
        capture_output=True,
        text=True,
        timeout=600,
    )


def test_nothing_is_lost_doubled_or_changed() -> None:
    done = chaos("--cycles", "12", "--seed", "5")
    assert done.returncode == 0, done.stdout + done.stderr[-2_000:]
    assert "lost 0, doubled 0, differing 0, foreign 0" in done.stdout
    for fault in (
        "kill the detector",
        "another producer takes over",
        "lose the detector's state",
        "a second detector comes and goes",
        "restart Kafka",
    ):
        assert fault in done.stdout


def test_the_control_loses_documents() -> None:
    done = chaos("--cycles", "2", "--seed", "5", "--control")
    assert done.returncode == 1, done.stdout + done.stderr[-2_000:]
    assert "; lost 0," not in done.stdout
