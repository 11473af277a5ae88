"""When trades are due: at the pace of the market, faster, or at once, whatever times they have."""

import logging

import numpy as np
import pytest

from producer.pace import LONGEST_SILENCE_S, Pace, market_clock

SECOND = 1_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def pace(clock: Clock, speed: float | None) -> Pace:
    return Pace(speed, clock=lambda: clock.now, sleep=clock.sleep)


def test_at_full_speed_everything_is_due_at_once() -> None:
    clock = Clock()

    assert pace(clock, None).due(np.arange(5) * SECOND, 2) == 5
    assert clock.slept == []


def test_a_trade_is_due_when_the_market_clock_reaches_it() -> None:
    clock = Clock()
    paced = pace(clock, 20)
    market = np.array([0, 20, 20, 60, 400], dtype=np.int64) * SECOND

    assert paced.due(market, 0) == 1
    assert paced.due(market, 1) == 3
    assert clock.slept == [1.0]
    assert paced.due(market, 3) == 4
    assert paced.due(market, 4) == 5
    assert clock.now == 120.0


def test_what_became_due_during_a_stall_is_played_at_once() -> None:
    clock = Clock()
    paced = pace(clock, 1)
    market = np.arange(100, dtype=np.int64) * SECOND
    paced.due(market, 0)

    clock.now += 50.5

    assert paced.due(market, 1) == 51


def test_a_burst_is_taken_together() -> None:
    clock = Clock()
    paced = pace(clock, 1)
    market = np.arange(1_000, dtype=np.int64) * 1_000_000
    first = paced.due(market, 0)

    assert paced.due(market, first) > first + 10


def test_of_a_long_silence_a_part_is_waited_for_and_the_rest_is_skipped(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    paced = pace(clock, 20)
    day = 24 * 3600
    market = np.array([0, day, day + 20, day + 60], dtype=np.int64) * SECOND
    paced.due(market, 0)

    with caplog.at_level(logging.INFO):
        assert paced.due(market, 1) == 2
    assert paced.due(market, 2) == 3
    assert paced.due(market, 3) == 4

    assert clock.slept == pytest.approx([LONGEST_SILENCE_S, 1.0, 2.0])
    assert [record.getMessage() for record in caplog.records] == [
        "Long pause in the market: skipping 22:20:00 of its time; the next trade comes in 300 s."
    ]


@pytest.mark.parametrize("years", [1, 200])
def test_after_a_print_that_is_years_ahead_the_speed_is_kept(years: int) -> None:
    clock = Clock()
    paced = pace(clock, 1)
    ahead = np.array([0, years * 365 * 24 * 3600], dtype=np.int64) * SECOND
    paced.due(ahead, 0)
    paced.due(ahead, 1)

    rest = np.array([1, 2, 4], dtype=np.int64) * SECOND
    played = [paced.due(rest, first) for first in range(3)]

    assert played == [1, 2, 3]
    assert clock.slept == pytest.approx([LONGEST_SILENCE_S, 1.0, 2.0])


@pytest.mark.parametrize(("place", "wrong"), [(0, 10**6), (1, 10**6), (3, 10**6), (1, 0), (3, 0)])
def test_one_wrong_time_neither_hurries_nor_stops_the_trades_after_it(place: int, wrong: int) -> None:
    clock = Clock()
    paced = pace(clock, 1)
    times = np.arange(1_000, 1_006, dtype=np.int64) * SECOND
    times[place] = wrong * SECOND
    market, first, played = market_clock(times), 0, []
    while first < len(market):
        first = paced.due(market, first)
        played.append(first)

    assert 3 <= len(played) <= 6
    assert 3.0 <= sum(clock.slept) <= 5.0


def test_a_wrong_time_at_the_begin_of_a_batch_does_not_stop_the_trades_after_it() -> None:
    clock = Clock()
    paced = pace(clock, 1)
    times = np.arange(1_000, 1_006, dtype=np.int64) * SECOND
    times[3] = 0
    for market in (market_clock(times[:3]), market_clock(times[3:], int(times[2]))):
        first = 0
        while first < len(market):
            first = paced.due(market, first)

    assert 3.0 <= sum(clock.slept) <= 5.0


@pytest.mark.parametrize("times", [[7], [7, 9], [7, 8, 9]])
def test_the_clock_of_a_few_trades_in_order_is_their_times(times: list[int]) -> None:
    assert market_clock(np.array(times, dtype=np.int64)).tolist() == times
