"""The benchmark's part through Kafka, on a few trades: the detector and the counters get to the end of the topic."""

from pathlib import Path

import pytest

from bench import tape
from bench.speed import stream
from nasdaq import SAMPLE

pytestmark = pytest.mark.e2e

COUNT = 100_000


def test_detector_and_counters_read_the_whole_topic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMIT_INTERVAL_S", "0.02")
    trades = [trade for batch in tape.read([SAMPLE]) for trade in batch.trades()]

    through, limits = stream.measure(tape.repeated(trades, COUNT), tmp_path, rounds=1)

    assert not through.failed
    assert [float(row.figures["trades_a_second"]) > 0 for row in through.rows[:3]] == [True] * 3
    assert [row.met is not None for row in through.rows] == [True, False, False, True, True]
    assert all(float(row.figures["trades_a_second"]) > 0 for row in limits.rows)
