"""What the page remembers: it follows a replay that starts again, and a wrong time does not freeze it."""

from dataclasses import replace

import numpy as np
import pytest

from common.anomaly import SEVERITIES, Anomaly
from common.settings import load
from dashboard.bars import BAR_NS
from dashboard.charts import price_and_volume
from dashboard.episodes import by_episode
from dashboard.kinds import KINDS
from dashboard.messages import Prints
from dashboard.settings import DashboardSettings
from dashboard.window import Window

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


def told(alert: Anomaly, symbol: str, ts_event: int, detected_at: int = 7) -> Anomaly:
    trade = replace(alert.trade, symbol=symbol, ts_event=ts_event)
    return replace(alert, trade=trade, detected_at=detected_at)


def listed(window: Window) -> list[tuple[str, int]]:
    return [(anomaly.trade.symbol, anomaly.trade.ts_event) for anomaly in window.anomalies()]


def test_alerts_are_in_order_of_their_trades_whichever_partition_comes_first(window: Window, alert: Anomaly) -> None:
    for symbol, first in (("AAA", 2), ("BBB", 1)):
        for place in range(2):
            window.add_anomaly(told(alert, symbol, EARLY + (first + 2 * place) * BAR_NS, 10 * first + place))

    assert [symbol for symbol, _ts_event in listed(window)] == ["AAA", "BBB", "AAA", "BBB"]


def test_of_alerts_at_one_time_that_which_was_detected_later_comes_first(window: Window, alert: Anomaly) -> None:
    for symbol, detected_at in (("AAA", 8), ("BBB", 9), ("CCC", 7)):
        window.add_anomaly(told(alert, symbol, EARLY, detected_at))

    assert [symbol for symbol, _ts_event in listed(window)] == ["BBB", "AAA", "CCC"]


def test_an_older_day_that_is_played_later_has_the_latest_alerts(window: Window, alert: Anomaly) -> None:
    for symbol, ts_event, detected_at in (("NEW", LATE, 1), ("NEW", LATE + 1, 2), ("OLD", EARLY, 3)):
        window.add_anomaly(told(alert, symbol, ts_event, detected_at))

    assert listed(window) == [("OLD", EARLY), ("NEW", LATE + 1), ("NEW", LATE)]


def test_an_older_day_that_one_partition_scores_late_is_not_the_latest(window: Window, alert: Anomaly) -> None:
    for symbol, ts_event, detected_at in (("AAA", EARLY, 1), ("AAA", LATE, 3), ("BBB", EARLY + 1, 6), ("BBB", LATE, 5)):
        window.add_anomaly(told(alert, symbol, ts_event, detected_at))

    assert listed(window) == [("BBB", LATE), ("AAA", LATE), ("BBB", EARLY + 1), ("AAA", EARLY)]


def test_what_a_replay_of_the_same_day_has_yet_to_reach_comes_last(window: Window, alert: Anomaly) -> None:
    play(window, "AAA", "XNAS", EARLY, 600)
    window.add_anomaly(told(alert, "AAA", EARLY + 500 * BAR_NS, 1))
    play(window, "AAA", "XNAS", EARLY)
    window.add_anomaly(told(alert, "AAA", EARLY + 60 * BAR_NS, 2))

    assert listed(window) == [("AAA", EARLY + 60 * BAR_NS), ("AAA", EARLY + 500 * BAR_NS)]


def test_alerts_of_the_oldest_trades_are_forgotten_first(alert: Anomaly) -> None:
    window = Window(load(DashboardSettings, max_anomalies=100))
    for second in (*range(1_000, 1_090), *range(200)):
        window.add_anomaly(told(alert, "AAA", EARLY + second * BAR_NS))

    kept = [(ts_event - EARLY) // BAR_NS for _symbol, ts_event in listed(window)]
    assert kept == [*range(1_089, 999, -1), *range(199, 189, -1)]
    assert window.totals().anomalies == 290


def test_alerts_are_those_of_the_severities_that_are_asked_for(window: Window, alert: Anomaly) -> None:
    for severity in SEVERITIES:
        window.add_anomaly(replace(alert, severity=severity))

    assert {anomaly.severity for anomaly in window.anomalies(severities=["high", "critical"])} == {"high", "critical"}
    assert len(window.anomalies()) == 4


def test_alerts_are_those_of_the_kinds_that_are_asked_for(window: Window, alert: Anomaly) -> None:
    for kind in KINDS:
        window.add_anomaly(replace(alert, kind=kind))

    assert {anomaly.kind for anomaly in window.anomalies(kinds=["block", "off_market"])} == {"block", "off_market"}
    assert len(window.anomalies()) == len(KINDS)


def test_alerts_are_those_of_the_symbols_and_rules_that_are_asked_for(window: Window, alert: Anomaly) -> None:
    for symbol, rules in (("AAA", ("high_volume",)), ("BBB", ("surprise", "high_volume")), ("CCC", ("surprise",))):
        window.add_anomaly(replace(told(alert, symbol, EARLY), rules=rules))

    def symbols(**asked: list[str]) -> set[str]:
        return {anomaly.trade.symbol for anomaly in window.anomalies(**asked)}

    assert symbols(symbols=["AAA", "CCC"]) == {"AAA", "CCC"}
    assert symbols(rules=["surprise"]) == {"BBB", "CCC"}
    assert symbols(symbols=["AAA", "BBB"], rules=["surprise", "isolation_forest"]) == {"BBB"}


def test_the_symbols_that_traded_last_are_remembered() -> None:
    window = Window(load(DashboardSettings, max_symbols=2))
    for symbol in ("AAA", "BBB", "AAA", "CCC"):
        play(window, symbol, "XNYS", EARLY, 5)

    assert window.symbols() == ["AAA", "CCC"]
    assert [len(window.bars(symbol)) for symbol in ("AAA", "BBB", "CCC")] == [5, 0, 5]
    assert [window.venue(symbol) for symbol in ("AAA", "BBB", "CCC")] == ["XNYS", "", "XNYS"]
    assert (window.totals().trades, window.totals().forgotten) == (20, 1)
    play(window, "BBB", "XNYS", EARLY, 5)
    assert (window.symbols(), window.totals().forgotten) == (["BBB", "CCC"], 1)


def test_symbols_with_alerts_are_forgotten_last_and_stay_selectable(alert: Anomaly) -> None:
    window = Window(load(DashboardSettings, max_symbols=2))
    for symbol in ("AAA", "BBB"):
        play(window, symbol, "XNYS", EARLY, 5)
        window.add_anomaly(told(alert, symbol, EARLY))
    play(window, "CCC", "XNYS", EARLY, 5)
    assert [len(window.bars(symbol)) for symbol in ("AAA", "BBB", "CCC")] == [5, 5, 0]

    window.add_anomaly(told(alert, "CCC", EARLY))
    play(window, "CCC", "XNYS", EARLY, 5)

    assert [len(window.bars(symbol)) for symbol in ("AAA", "BBB", "CCC")] == [0, 5, 5]
    assert window.symbols() == ["AAA", "BBB", "CCC"]


def test_charts_are_of_the_symbols_with_most_episodes_then_most_bars(window: Window, alert: Anomaly) -> None:
    for symbol, count in (("AAA", 5), ("BBB", 9), ("CCC", 7), ("DDD", 1)):
        play(window, symbol, "XNAS", EARLY, count)
    for symbol, episode in (("AAA", "a"), ("DDD", "b"), ("DDD", "c"), *[("CCC", "d")] * 3):
        window.add_anomaly(replace(told(alert, symbol, EARLY), episode=replace(alert.episode, episode_id=episode)))

    assert [window.busiest(count) for count in (1, 2, 3)] == [["DDD"], ["CCC", "DDD"], ["AAA", "CCC", "DDD"]]


def test_what_fits_no_contract_is_counted_and_so_is_the_rate_until_all_is_forgotten() -> None:
    window = Window(load(DashboardSettings), clock=lambda: 1_000.0)
    prints = Prints("XNAS", [EARLY] * 40, [10.0] * 40, [1] * 40)
    window.add_trades({"AAA": prints}, np.repeat(np.arange(990, 1_000), 4), 2)
    window.add_unreadable()
    totals = window.totals()

    assert (totals.trades, totals.unreadable, totals.trades_per_s) == (40, 3, 4.0)
    window.clear()
    assert (window.totals().trades, window.totals().unreadable, window.symbols()) == (0, 0, [])


def test_marks_outside_the_bars_are_not_drawn(window: Window, alert: Anomaly) -> None:
    start = alert.trade.ts_event // BAR_NS * BAR_NS
    play(window, "AAA", "XNAS", start - 80 * BAR_NS)

    def marks(anomaly: Anomaly) -> list[str]:
        price, _volume = price_and_volume("AAA", "XNAS", window.bars("AAA"), by_episode([anomaly]))
        return [row["why"] for name, rows in price.to_dict()["datasets"].items() for row in rows if "why" in row]

    assert marks(alert) == [alert.summary]
    assert marks(told(alert, "AAA", alert.trade.ts_event + 3_600 * BAR_NS)) == []
