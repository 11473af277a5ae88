"""What the page remembers: it follows a replay that begins again, and is not held by a wrong time."""

from dataclasses import replace

import numpy as np
import pytest

from common.anomaly import Anomaly
from common.settings import load
from dashboard.bars import BAR_NS
from dashboard.charts import price_and_volume
from dashboard.messages import Prints
from dashboard.settings import DashboardSettings
from dashboard.window import Window
from detector.engine import Engine
from tests import tape
from tests.test_detector_engine import scored, with_block

EARLY, LATE = 1_381_239_000 * BAR_NS, 1_772_461_800 * BAR_NS


@pytest.fixture
def window() -> Window:
    return Window(load(DashboardSettings))


def play(window: Window, symbol: str, venue: str, first_ns: int, count: int = 90) -> None:
    ts_event = [first_ns + i * BAR_NS for i in range(count)]
    prints = Prints(venue, ts_event, [10.0] * count, [1] * count)
    window.add_trades({symbol: prints}, np.zeros(count, np.int64), 0)


def test_the_clock_goes_back_with_a_replay_of_an_earlier_day(window: Window) -> None:
    play(window, "NEW", "XNSE", LATE)
    play(window, "OLD", "XNAS", EARLY)
    totals = window.totals()

    assert (totals.latest_ts_event, totals.venue) == (EARLY + 89 * BAR_NS, "XNAS")


def test_the_clock_is_not_held_ahead_by_a_wrong_time(window: Window) -> None:
    play(window, "AAA", "XNAS", EARLY + 86_400 * BAR_NS, 1)
    play(window, "AAA", "XNAS", EARLY)

    assert window.totals().latest_ts_event == EARLY + 89 * BAR_NS


def test_the_clock_does_not_follow_partitions_that_are_somewhat_behind(window: Window) -> None:
    play(window, "AAA", "XNAS", EARLY)
    play(window, "BBB", "XNYS", EARLY - 30 * BAR_NS)

    assert (window.totals().latest_ts_event, window.totals().venue) == (EARLY + 89 * BAR_NS, "XNAS")


def test_marks_outside_the_bars_are_not_drawn(window: Window) -> None:
    found = scored(Engine.load(), with_block(tape.trades(600), 500))[0][0]
    start = found.trade.ts_event // BAR_NS * BAR_NS
    play(window, "AAA", "XNAS", start - 80 * BAR_NS)

    def marks(*anomalies: Anomaly) -> list[str]:
        price, _volume = price_and_volume("AAA", "XNAS", window.bars("AAA"), list(anomalies))
        return [row["why"] for name, rows in price.to_dict()["datasets"].items() for row in rows if "why" in row]

    later = replace(found, trade=replace(found.trade, ts_event=found.trade.ts_event + 3_600 * BAR_NS))
    assert marks(found, later) == [found.summary]
