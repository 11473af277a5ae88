"""The page without a browser: which charts, selections and sentences it shows."""

import orjson
import pytest

from common.anomaly import Anomaly
from common.settings import load
from dashboard.page import LEARNING_PRINTS
from dashboard.settings import DashboardSettings
from dashboard.window import Window
from detector.kernel import step
from tests.page import BEFORE, at, filled, opened, play

SILENCE = "No anomaly to show. The detector is silent while it learns from a symbol's first 400 prints."


@pytest.mark.parametrize("symbols", [["AAA"], ["AAA", "BBB", "CCC"], ["AAA", "BBB", "CCC", "DDD"]])
def test_charts_come_in_the_order_of_the_symbols_where_columns_stand_below_each_other(symbols: list[str]) -> None:
    window = Window(load(DashboardSettings))
    for symbol in symbols:
        play(window, symbol, BEFORE)

    tested = opened(window).run()

    assert not tested.exception
    specs = [orjson.loads(chart.proto.spec) for chart in tested.get("vega_lite_chart")]
    assert [spec["title"]["text"] for spec in specs[::2]] == symbols


def test_a_selected_symbol_that_is_forgotten_stays_selected_and_the_page_says_so() -> None:
    window = Window(load(DashboardSettings, max_symbols=1))
    play(window, "AAA", BEFORE)
    tested = opened(window).run()
    tested.selectbox(key="symbol").set_value("AAA").run()
    play(window, "BBB", BEFORE)
    tested.run()

    assert not tested.exception
    assert tested.selectbox(key="symbol").value == "AAA"
    assert tested.selectbox(key="symbol").options[1:] == ["AAA", "BBB"]
    captions = [caption.value for caption in tested.caption]
    assert "No prints of this symbol are kept." in captions
    assert "Symbols without charts, as there are more than DASHBOARD_MAX_SYMBOLS: 1." in captions


def test_without_anomalies_the_page_has_no_empty_tables_and_says_that_the_detector_learns_at_first() -> None:
    tested = opened(filled(BEFORE)).run()

    assert not tested.exception
    assert [caption.value for caption in tested.caption] == [SILENCE]
    assert len(tested.dataframe) == 0


def test_a_symbol_without_anomalies_is_not_taken_for_a_filter_that_hides_them(alert: Anomaly) -> None:
    window = filled(BEFORE)
    play(window, "NEW", BEFORE)
    window.add_anomaly(at(alert, BEFORE))
    tested = opened(window).run()

    tested.selectbox(key="symbol").set_value("NEW").run()

    assert not tested.exception
    assert [caption.value for caption in tested.caption] == [SILENCE]


def test_the_page_knows_how_long_the_detector_is_silent() -> None:
    assert LEARNING_PRINTS == step.LEARNING_PRINTS


def test_the_page_says_where_messages_that_are_not_valid_are_listed() -> None:
    window = filled(BEFORE)
    window.add_unreadable()

    tested = opened(window).run()

    remedy = "1 messages are not valid and are not shown; `python -m common.deadletters list` names them."
    assert remedy in [caption.value for caption in tested.caption]
