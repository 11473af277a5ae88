"""An episode is shown once, by its gravest alert; the page says how much it shows."""

from dataclasses import replace

import pytest

from common.anomaly import Anomaly, Severity
from dashboard.episodes import Shown, by_episode
from tests.page import BEFORE, filled, ns, opened


def numbered(
    alert: Anomaly, episode: int, count: int, severity: Severity = "low", once_in: float = 2e4, symbol: str = "AAA"
) -> Anomaly:
    """Return the alert of that number in an episode, so many milliseconds after the episode's beginning."""
    trade = replace(alert.trade, symbol=symbol, ts_event=ns(BEFORE) + 1_000_000 * (1_000 * episode + count))
    told = replace(alert.episode, episode_id=f"{episode:032x}", count=count)
    return replace(alert, trade=trade, severity=severity, once_in=once_in, episode=told)


def test_an_episode_is_shown_once_by_its_gravest_alert(alert: Anomaly) -> None:
    gravest = numbered(alert, 1, 2, "critical", 1e9)
    burst = [numbered(alert, 1, count) for count in range(351, 2, -1)]

    assert by_episode([*burst, gravest, numbered(alert, 1, 1)]) == [Shown(gravest, 351)]


def test_of_equally_grave_alerts_the_first_is_shown(alert: Anomaly) -> None:
    first = numbered(alert, 1, 1)

    assert by_episode([numbered(alert, 1, 2), first]) == [Shown(first, 2)]


def test_episodes_stand_at_the_place_of_what_is_shown_of_them(alert: Anomaly) -> None:
    early, late = numbered(alert, 1, 1, "high", 1e6), numbered(alert, 2, 1)

    assert by_episode([numbered(alert, 1, 2), late, early]) == [Shown(late, 1), Shown(early, 2)]


def test_under_a_filter_the_alerts_of_an_episode_are_those_that_match(alert: Anomaly) -> None:
    severities: list[Severity] = ["low", "high", "low"]
    window = filled(BEFORE)
    for episode in (1, 2):
        for count, severity in enumerate(severities, 1):
            window.add_anomaly(numbered(alert, episode, count, severity))

    tested = opened(window).run()
    assert tested.dataframe[0].value["alerts"].to_list() == [3, 3]
    tested.multiselect(key="severities").set_value(["low"]).run()

    assert not tested.exception
    assert "2 episodes, 4 alerts. Each episode is shown by its gravest alert." in [c.value for c in tested.caption]
    assert tested.dataframe[0].value["alerts"].to_list() == [2, 2]


def test_an_episode_is_of_one_symbol_whatever_its_id(alert: Anomaly) -> None:
    assert len(by_episode([numbered(alert, 1, 1, symbol=symbol) for symbol in ("AAA", "BBB")])) == 2


@pytest.mark.parametrize(
    ("episodes", "alerts", "told"),
    [
        (1, 1, "1 episode, 1 alert."),
        (2, 3, "2 episodes, 6 alerts."),
        (201, 2, "The newest 200 of 201 episodes, 402 alerts."),
    ],
)
def test_the_page_says_how_much_it_shows(alert: Anomaly, episodes: int, alerts: int, told: str) -> None:
    window = filled(BEFORE)
    for episode in range(episodes):
        for count in range(1, alerts + 1):
            window.add_anomaly(numbered(alert, episode, count))

    tested = opened(window).run()

    assert not tested.exception
    assert f"{told} Each episode is shown by its gravest alert." in [caption.value for caption in tested.caption]
    assert {metric.label: metric.value for metric in tested.metric}["Episodes"] == str(episodes)
    assert len(tested.dataframe[0].value) == min(episodes, 200)
    assert set(tested.dataframe[0].value["alerts"]) == {alerts}


def test_by_rule_and_symbol_an_episode_counts_once_for_each_of_its_rules(alert: Anomaly) -> None:
    window = filled(BEFORE)
    for symbol, episode, count, rules in (
        ("AAA", 1, 1, ("surprise",)),
        ("AAA", 1, 2, ("high_volume", "surprise")),
        ("AAA", 1, 3, ("surprise",)),
        ("AAA", 2, 1, ("surprise",)),
        ("BBB", 3, 1, ("isolation_forest",)),
    ):
        window.add_anomaly(replace(numbered(alert, episode, count, symbol=symbol), rules=rules))

    tested = opened(window).run()

    assert not tested.exception
    assert tested.dataframe[1].value.to_dict("records") == [
        {"symbol": "AAA", "high_volume": 1, "surprise": 2, "isolation_forest": 0},
        {"symbol": "BBB", "high_volume": 0, "surprise": 0, "isolation_forest": 1},
    ]


def test_the_figures_follow_the_filters_and_tell_of_how_many(alert: Anomaly) -> None:
    severities: list[Severity] = ["low", "low", "high"]
    window = filled(BEFORE)
    for episode, severity in enumerate(severities):
        window.add_anomaly(numbered(alert, episode, 1, severity))

    def figures() -> tuple[str, str]:
        assert not tested.exception
        shown = {metric.label: metric.value for metric in tested.metric}
        return shown["Anomalies"], shown["Episodes"]

    tested = opened(window).run()
    assert figures() == ("3", "3")
    tested.multiselect(key="severities").set_value(["low"]).run()
    assert figures() == ("2 of 3", "2")
    tested.multiselect(key="severities").set_value(["critical"]).run()
    assert figures() == ("0 of 3", "0")
