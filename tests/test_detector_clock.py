"""Times that leap: a wrong one is undone, a pause of trading and late prints are not mistaken for one."""

from dataclasses import replace

import numpy as np
import pytest

from common.anomaly import Anomaly
from common.trade import Trade
from detector.engine import Engine
from detector.kernel import layout
from tests import tape

SECOND = 10**9
DAY = 86_400 * SECOND


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.load()


def scored(engine: Engine, trades: list[Trade]) -> tuple[list[Anomaly], int]:
    """Score prints of one symbol; return the alerts and the clock after them."""
    state, found = None, []
    for trade in trades:
        state, anomaly = engine.score(state, trade, 7)
        if anomaly is not None:
            found.append(anomaly)
    assert state is not None
    return found, int(np.frombuffer(state, dtype=np.int64)[layout.I_CLOCK])


def later(trade: Trade, by_ns: int) -> Trade:
    return replace(trade, ts_event=trade.ts_event + by_ns, ts_recv=trade.ts_recv + by_ns)


@pytest.mark.parametrize("row", [0, 450, 900])
@pytest.mark.parametrize("ahead", [5 * 60 * SECOND, DAY, 300 * 365 * DAY // 4])
def test_one_print_with_a_time_far_ahead_delays_nothing(engine: Engine, row: int, ahead: int) -> None:
    trades = tape.trades(1_500)
    block = replace(trades[1_300], size=1_000_000)
    trades = [*trades[:row], later(trades[row], ahead), *trades[row + 1 : 1_300], block, *trades[1_301:]]

    found, clock = scored(engine, trades)

    assert clock == trades[-1].ts_event
    assert {anomaly.trade.sequence for anomaly in found if anomaly.kind == "stale_print"} <= {row + 1, row + 2}
    assert [anomaly.kind for anomaly in found if anomaly.trade.sequence == 1_300] == ["block"]


def test_a_pause_is_no_wrong_time_and_a_late_batch_after_it_changes_no_clock(engine: Engine) -> None:
    trades = tape.trades(1_200)
    trades = [*trades[:600], *(later(trade, DAY) for trade in trades[600:])]
    batch = [replace(trades[599], ts_event=trades[800].ts_event - 300 * SECOND, sequence=5_000 + i) for i in range(5)]

    found, clock = scored(engine, [*trades[:800], *batch, *trades[800:]])

    assert clock == trades[-1].ts_event
    stale = [anomaly.trade.sequence for anomaly in found if anomaly.kind == "stale_print"]
    assert stale[:3] == [5_000, 5_001, 5_002]
    assert all(sequence >= 5_000 for sequence in stale)
