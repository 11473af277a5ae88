"""The page without a browser: which charts, selections and sentences it shows."""

import numpy as np
import orjson
import pytest
from streamlit.testing.v1 import AppTest

from common.anomaly import Anomaly
from common.settings import load
from dashboard.messages import Prints
from dashboard.page import LEARNING_PRINTS
from dashboard.settings import DashboardSettings
from dashboard.window import Window
from detector.engine import Engine
from detector.kernel import step
from tests import tape
from tests.test_dashboard_charts import BEFORE, at, filled, ns, page
from tests.test_detector_engine import scored, with_block

SILENCE = "No anomaly to show. The detector is silent while it learns from a symbol's first 400 prints."


@pytest.fixture(scope="module")
def found() -> Anomaly:
    return scored(Engine.load(), with_block(tape.trades(600), 500))[0][0]


@pytest.mark.parametrize("symbols", [["AAA"], ["AAA", "BBB", "CCC"], ["AAA", "BBB", "CCC", "DDD"]])
def test_charts_come_in_the_order_of_the_symbols_where_columns_stand_below_each_other(symbols: list[str]) -> None:
    window = Window(load(DashboardSettings))
    for symbol in symbols:
        window.add_trades({symbol: Prints("XNAS", [ns(BEFORE)], [10.0], [1])}, np.zeros(1, np.int64), 0)

    tested = AppTest.from_function(page, args=(window,), default_timeout=60).run()

    assert not tested.exception
    specs = [orjson.loads(chart.proto.spec) for chart in tested.get("vega_lite_chart")]
    assert [spec["title"]["text"] for spec in specs[::2]] == symbols


def test_a_selected_symbol_that_is_forgotten_stays_selected_and_the_page_says_so() -> None:
    window = Window(load(DashboardSettings, max_symbols=1))

    def play(symbol: str) -> None:
        window.add_trades({symbol: Prints("XNAS", [ns(BEFORE)], [10.0], [1])}, np.zeros(1, np.int64), 0)

    play("AAA")
    tested = AppTest.from_function(page, args=(window,), default_timeout=60).run()
    tested.selectbox(key="symbol").set_value("AAA").run()
    play("BBB")
    tested.run()

    assert not tested.exception
    assert tested.selectbox(key="symbol").value == "AAA"
    assert tested.selectbox(key="symbol").options[1:] == ["AAA", "BBB"]
    captions = [caption.value for caption in tested.caption]
    assert "No prints of this symbol are kept." in captions
    assert "Symbols without charts, as there are more than DASHBOARD_MAX_SYMBOLS: 1." in captions


def test_without_anomalies_the_page_has_no_empty_tables_and_says_that_the_detector_learns_at_first() -> None:
    tested = AppTest.from_function(page, args=(filled(BEFORE),), default_timeout=60).run()

    assert not tested.exception
    assert [caption.value for caption in tested.caption] == [SILENCE]
    assert len(tested.dataframe) == 0


def test_a_symbol_without_anomalies_is_not_taken_for_a_filter_that_hides_them(found: Anomaly) -> None:
    window = filled(BEFORE)
    window.add_trades({"NEW": Prints("XNAS", [ns(BEFORE)], [10.0], [1])}, np.zeros(1, np.int64), 0)
    window.add_anomaly(at(found, BEFORE))
    tested = AppTest.from_function(page, args=(window,), default_timeout=60).run()

    tested.selectbox(key="symbol").set_value("NEW").run()

    assert not tested.exception
    assert [caption.value for caption in tested.caption] == [SILENCE]


def test_the_page_knows_how_long_the_detector_is_silent() -> None:
    assert LEARNING_PRINTS == step.LEARNING_PRINTS


def test_the_page_says_where_messages_that_are_not_valid_are_listed() -> None:
    window = filled(BEFORE)
    window.add_unreadable()

    tested = AppTest.from_function(page, args=(window,), default_timeout=60).run()

    remedy = "1 messages are not valid and are not shown; `python -m common.deadletters list` names them."
    assert remedy in [caption.value for caption in tested.caption]
