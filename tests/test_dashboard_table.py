"""What the table shows of an alert, so that it can be investigated."""

from dataclasses import replace

import orjson
import pytest
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.testing.v1 import AppTest

from common.anomaly import SEVERITIES, Anomaly
from dashboard.kinds import KINDS, kind_text
from dashboard.page import RULES
from detector import detectors
from detector.catalog import FEATURES
from tests.page import BEFORE, at, episodes, filled, opened


@pytest.fixture
def found(alert: Anomaly) -> Anomaly:
    return at(alert, BEFORE)


def marked(tested: AppTest) -> set[str]:
    """Return the kinds of the marks in the charts."""
    sets = [each.data.data for chart in tested.get("vega_lite_chart") for each in chart.proto.datasets]
    tables = map(convert_arrow_bytes_to_pandas_df, sets)
    return {kind for table in tables if "kind" in table for kind in table["kind"]}


def test_severities_stand_early_and_sort_by_gravity(found: Anomaly) -> None:
    window = filled(BEFORE)
    for each in episodes(found, list(SEVERITIES)):
        window.add_anomaly(each)

    table = opened(window).run().dataframe[0].value

    assert list(table.columns[:3]) == ["time", "severity", "symbol"]
    assert sorted(table["severity"]) == ["1 low", "2 medium", "3 high", "4 critical"]


def test_prices_are_numbers_shown_with_twelve_digits(found: Anomaly) -> None:
    window = filled(BEFORE)
    window.add_anomaly(replace(found, trade=replace(found.trade, price=0.0067345)))

    table = opened(window).run().dataframe[0]

    assert table.value["price"].to_list() == [0.0067345]
    # As Streamlit draws them on a canvas: the text in the page has all digits either way.
    assert orjson.loads(table.proto.columns)["price"]["type_config"] == {"type": "number", "format": "%.12g"}


def test_severities_are_a_filter(found: Anomaly) -> None:
    window = filled(BEFORE)
    for each in episodes(found, list(SEVERITIES)):
        window.add_anomaly(each)

    tested = opened(window).run()
    tested.multiselect(key="severities").set_value(["high", "critical"]).run()

    assert not tested.exception
    assert set(tested.dataframe[0].value["severity"]) == {"3 high", "4 critical"}


def test_kinds_are_a_filter_of_the_table_and_of_the_marks(found: Anomaly) -> None:
    window = filled(BEFORE)
    for kind, each in zip(KINDS, episodes(found, ["low"] * len(KINDS)), strict=True):
        window.add_anomaly(replace(each, kind=kind))

    tested = opened(window).run()
    assert marked(tested) == {kind_text(kind) for kind in KINDS}
    tested.multiselect(key="kinds").set_value(["off_market", "block"]).run()

    assert not tested.exception
    assert set(tested.dataframe[0].value["kind"]) == {"block", "off market"}
    assert marked(tested) == {"block", "off market"}


def test_the_filter_has_the_kinds_that_the_detector_tells() -> None:
    assert {feature.kind for feature in FEATURES} == set(KINDS)


def test_the_filter_has_the_rules_that_the_detector_tells() -> None:
    assert RULES == detectors.NAMES


def test_filters_that_hide_all_are_not_taken_for_silence(found: Anomaly) -> None:
    window = filled(BEFORE)
    window.add_anomaly(replace(found, severity="low"))

    tested = opened(window).run()
    tested.multiselect(key="severities").set_value(["critical"]).run()

    assert not tested.exception
    assert [caption.value for caption in tested.caption] == ["No anomaly matches the filters."]
    assert len(tested.dataframe) == 0


def test_an_alert_has_its_id_and_once_selected_its_reasons(found: Anomaly) -> None:
    window = filled(BEFORE)
    window.add_anomaly(found)
    tested = opened(window).run()
    assert tested.dataframe[0].value["anomaly_id"].to_list() == [found.anomaly_id]
    assert not tested.text

    tested.session_state["selected"] = (found.trade.symbol, found.episode.episode_id)
    tested.run()

    assert not tested.exception
    told = "\n".join(text.value for text in tested.text)
    assert len(found.reasons) > 1
    assert all(f"{reason.feature}: {reason.text}" in told for reason in found.reasons)
    assert found.anomaly_id in tested.code[0].value


def test_the_reasons_are_of_the_selected_episode_when_it_has_a_graver_alert(found: Anomaly) -> None:
    window = filled(BEFORE)
    window.add_anomaly(replace(found, severity="low"))
    tested = opened(window)
    tested.session_state["selected"] = (found.trade.symbol, found.episode.episode_id)
    tested.run()

    window.add_anomaly(replace(found, severity="high", summary="It is graver.", anomaly_id="f" * 32))
    tested.run()

    assert tested.text[0].value == "It is graver."
