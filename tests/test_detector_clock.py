"""Times that jump ahead or back: a wrong time is undone; trading pauses and late prints are not mistaken for one."""

from dataclasses import replace

import numpy as np
import pytest

from common.anomaly import Anomaly
from common.trade import Trade
from detector.engine import Engine
from detector.kernel import layout
from tests import tape
from tests.scoring import scored

SECOND = 10**9
DAY = 86_400 * SECOND


def replayed(engine: Engine, trades: list[Trade]) -> tuple[list[Anomaly], int]:
    """Score prints of one symbol; return the alerts and the clock after them."""
    found, states = scored(engine, trades)
    return found, int(np.frombuffer(states["AAA"], dtype=np.int64)[layout.I_CLOCK])


def sequences(found: list[Anomaly]) -> set[int]:
    return {anomaly.trade.sequence for anomaly in found}


@pytest.mark.parametrize("row", [0, 450, 900])
@pytest.mark.parametrize("ahead", [[5 * 60], [86_400], [75 * 365 * 86_400], [3_600, 7_200], [3_600, 7_200, 90_000]])
def test_prints_with_times_far_ahead_change_nothing_but_the_next_few(
    engine: Engine, row: int, ahead: list[int]
) -> None:
    trades = tape.trades(1_500)
    trades[1_300] = replace(trades[1_300], size=1_000_000)
    usual, _ = replayed(engine, trades)
    for place, seconds in enumerate(ahead, row):
        trades[place] = tape.later(trades[place], seconds * SECOND)

    found, clock = replayed(engine, trades)

    assert clock == trades[-1].ts_event
    near = set(range(row, row + 2 * len(ahead) + 2))
    assert sequences(found) - near == sequences(usual) - near
    block = next(anomaly for anomaly in found if anomaly.trade.sequence == 1_300)
    assert block.kind == "block"
    assert block.episode.first_ts_event <= block.trade.ts_event


def test_late_prints_of_a_slow_symbol_leave_the_price_alone(engine: Engine) -> None:
    trades = [replace(trade, ts_event=tape.START + 400 * (trade.ts_event - tape.START)) for trade in tape.trades(1_500)]
    usual, _ = replayed(engine, trades)
    row = max(range(600, 1_400), key=lambda i: trades[i].ts_event - trades[i - 1].ts_event) + 1
    late = trades[row - 1].ts_event - 60 * SECOND
    pair = [
        replace(trades[row - 1], ts_event=late, price=1.02 * trades[row - 1].price, sequence=i) for i in (5_000, 5_001)
    ]

    found, _ = replayed(engine, [*trades[:row], *pair, *trades[row:]])

    assert sequences(found) - {5_000, 5_001} == sequences(usual)


def test_two_feeds_of_which_one_lags_are_told_apart_once_and_for_all(engine: Engine) -> None:
    trades = tape.trades(2_600)
    lagging = [tape.later(trade, -40 * SECOND) if i % 3 else trade for i, trade in enumerate(trades)]

    found, clock = replayed(engine, lagging)

    assert clock == max(trade.ts_event for trade in lagging)
    assert len(found) < 60


def test_a_pause_is_no_wrong_time_and_a_late_batch_after_it_changes_no_clock(engine: Engine) -> None:
    trades = tape.trades(1_200)
    trades = [*trades[:600], *(tape.later(trade, DAY) for trade in trades[600:])]
    batch = [replace(trades[599], ts_event=trades[800].ts_event - 300 * SECOND, sequence=5_000 + i) for i in range(5)]

    found, clock = replayed(engine, [*trades[:800], *batch, *trades[800:]])

    assert clock == trades[-1].ts_event
    stale = [anomaly.trade.sequence for anomaly in found if anomaly.kind == "stale_print"]
    assert stale[:3] == [5_000, 5_001, 5_002]
    assert all(sequence >= 5_000 for sequence in stale)


def test_an_older_day_after_a_newer_one_is_taken_as_it_comes(engine: Engine) -> None:
    trades = tape.trades(3_000)
    trades[2_600] = replace(trades[2_600], price=1.02 * trades[2_600].price)
    newer = [replace(tape.later(trade, DAY), sequence=trade.sequence + 10_000) for trade in tape.trades(1_500, seed=2)]
    usual, _ = replayed(engine, trades)

    found, clock = replayed(engine, [*newer, *trades])

    assert clock == trades[-1].ts_event
    own = sequences([anomaly for anomaly in found if anomaly.trade.sequence < 10_000])
    assert own - set(range(31)) <= sequences(usual)
    assert 2_600 in own


def test_a_file_that_is_played_again_is_late_for_a_moment(engine: Engine) -> None:
    trades = tape.trades(3_000)
    once, _ = replayed(engine, trades)

    found, clock = replayed(engine, trades + trades)

    assert clock == trades[-1].ts_event
    assert len(found) - 2 * len(once) <= 35


def test_many_prints_a_day_ahead_leave_the_price_alone(engine: Engine) -> None:
    trades = tape.trades(2_000)
    trades[1_500] = replace(trades[1_500], price=1.02 * trades[1_500].price)
    ahead = [tape.later(trade, DAY) if 1_000 <= i < 1_050 else trade for i, trade in enumerate(trades)]

    found, clock = replayed(engine, ahead)

    assert clock == trades[-1].ts_event
    assert 1_500 in sequences(found)
    assert len(sequences(found) - {1_500}) <= 35


def test_a_print_a_minute_ahead_makes_no_burst_of_those_that_follow(engine: Engine) -> None:
    trades = tape.trades(2_000)
    trades[1_000] = tape.later(trades[1_000], 59 * SECOND)

    found, _ = replayed(engine, trades)

    assert sequences(found) <= set(range(1_000, 1_005))


def test_a_wrong_time_with_a_wrong_price_moves_no_reference(engine: Engine) -> None:
    trades = tape.trades(2_000)
    trades[1_000] = replace(tape.later(trades[1_000], DAY), price=0.5 * trades[1_000].price)

    found, _ = replayed(engine, trades)

    assert sequences(found) <= set(range(1_000, 1_005))


def test_an_episode_begins_when_its_first_print_was_traded(engine: Engine) -> None:
    trades = tape.trades(1_500)
    trades[1_000] = tape.later(trades[1_000], -300 * SECOND)

    found, _ = replayed(engine, trades)

    stale = next(anomaly for anomaly in found if anomaly.trade.sequence == 1_000)
    assert stale.episode.first_ts_event == trades[1_000].ts_event


def test_the_rate_of_before_is_no_burst_after_a_night(engine: Engine) -> None:
    day = [replace(trade, ts_event=tape.START + row * SECOND) for row, trade in enumerate(tape.trades(4_000))]
    trades = [replace(tape.later(trade, i * DAY), trade_id=f"{i}-{trade.trade_id}") for i in range(4) for trade in day]

    found, _ = replayed(engine, trades)

    assert [anomaly.summary for anomaly in found if anomaly.kind == "rate_burst"] == []
