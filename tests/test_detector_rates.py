"""Bursts of trades: every window that ends now is scanned, moment by moment."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from common.anomaly import Anomaly
from common.trade import Trade
from detector.engine import Engine
from detector.kernel import features as feature
from detector.kernel import layout, step
from tests import tape

BEGINS = 2_000


def with_burst(gap_s: float, prints: int) -> list[Trade]:
    """Return ordinary prints, one in five seconds, with a burst of small ones in their midst."""
    ordinary = [tape.later(each, 9 * (each.ts_event - tape.START)) for each in tape.trades(BEGINS + 500)]
    last = ordinary[BEGINS - 1]
    burst = [
        replace(tape.later(last, round(i * gap_s * 1e9)), trade_id=f"2-1-{i}-9-0", size=20 + i, sequence=9_000 + i)
        for i in range(1, prints + 1)
    ]
    lasts_ns = burst[-1].ts_event - last.ts_event
    return [*ordinary[:BEGINS], *burst, *(tape.later(each, lasts_ns) for each in ordinary[BEGINS:])]


def bursts(engine: Engine, trades: list[Trade]) -> list[tuple[int, Anomaly]]:
    """Return the alerts whose kind is a burst of trades, by row."""
    found = engine.replay(tape.batch(trades), {}, 0)
    return [(row, anomaly) for row, anomaly in found if anomaly.kind == "rate_burst"]


def scanned(times_s: NDArray[np.float64], row: int) -> float:
    """Return the largest likelihood ratio of a window that ends at a row, by its definition; nats."""
    gaps = np.diff(times_s[: row + 1], prepend=times_s[0])
    moments = 1.0 - np.exp(-gaps / 0.01)
    rate = float((moments * np.exp(-(times_s[row] - times_s[: row + 1]) / 300.0)).sum()) / 300.0
    best = 0.0
    for first in range(max(0, row - layout.REPEAT_RING), row):
        count = float(moments[first + 1 :].sum())
        expected = rate * (times_s[row] - times_s[first]) + 10.0
        if count > expected:
            best = max(best, count * np.log(count / expected) - (count - expected))
    return best


def test_the_scan_finds_the_most_remarkable_window(engine: Engine) -> None:
    trades = with_burst(0.1, 60)
    batch = tape.batch(trades)

    raw = engine.features(batch, {}, step.RAW)[:, feature.RATE_SCAN]
    usual = engine.features(batch, {}, step.USUAL)[:, feature.RATE_SCAN]

    times_s = (batch.ts_event - batch.ts_event[0]) / 1e9
    rows = range(BEGINS - 500, BEGINS + 200)
    found = [raw[i] * np.log(raw[i] / (usual[i] + 10.0)) - (raw[i] - usual[i] - 10.0) if raw[i] else 0.0 for i in rows]
    assert found == pytest.approx([scanned(times_s, row) for row in rows], abs=1e-6)
    assert max(found) > 15.0


def test_a_burst_is_told_while_it_is_young_and_in_words(engine: Engine) -> None:
    row, anomaly = bursts(engine, with_burst(0.3, 60))[0]

    assert BEGINS <= row < BEGINS + 40
    scan = next(reason for reason in anomaly.reasons if reason.feature == "rate_scan")
    assert scan.text == f"prints at {scan.actual:.0f} separate moments in a time in which {scan.expected:.1f} is usual"
    assert scan.actual > 5.0 * scan.expected


def test_a_burst_of_300_prints_gives_few_alerts_in_one_episode(engine: Engine) -> None:
    found = bursts(engine, with_burst(0.05, 300))

    assert 2 <= len(found) <= 40
    assert {anomaly.episode.episode_id for _row, anomaly in found} == {found[0][1].anomaly_id}


def test_a_sweep_is_one_moment_and_no_burst(engine: Engine) -> None:
    trades = with_burst(0.0002, 100)

    raw = engine.features(tape.batch(trades), {}, step.RAW)[:, feature.RATE_SCAN]

    assert bursts(engine, trades) == []
    assert raw[BEGINS : BEGINS + 100].max() < 15.0
