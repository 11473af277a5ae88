"""Times on the page: each in the exchange's clock of its own day, with the date where there is more than one."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from common.anomaly import SEVERITIES, Anomaly, Severity
from common.settings import load
from dashboard.bars import BAR_NS
from dashboard.charts import price_and_volume
from dashboard.episodes import by_episode
from dashboard.messages import Prints
from dashboard.settings import DashboardSettings
from dashboard.window import Window
from detector.engine import Engine
from tests import tape
from tests.test_detector_engine import scored, with_block

NEW_YORK = ZoneInfo("America/New_York")
BEFORE, AFTER = datetime(2024, 3, 8, 15, 59, tzinfo=NEW_YORK), datetime(2024, 3, 11, 9, 30, tzinfo=NEW_YORK)
"""The last minute of a Friday, and the first of the Monday after the clocks went forward."""


def ns(time: datetime) -> int:
    return int(time.timestamp()) * BAR_NS


@pytest.fixture(scope="module")
def found() -> Anomaly:
    return scored(Engine.load(), with_block(tape.trades(600), 500))[0][0]


def at(anomaly: Anomaly, time: datetime) -> Anomaly:
    trade = replace(anomaly.trade, ts_event=ns(time) + 500_000_000)
    return replace(anomaly, trade=trade, episode=replace(anomaly.episode, episode_id=f"{ns(time):032x}"))


def filled(*times: datetime) -> Window:
    """Return a window with one print of AAA at each time."""
    window, count = Window(load(DashboardSettings)), len(times)
    prints = Prints("XNAS", [ns(time) for time in times], [10.0] * count, [1] * count)
    window.add_trades({"AAA": prints}, np.zeros(count, np.int64), 0)
    return window


def drawn(window: Window, *anomalies: Anomaly) -> tuple[list[dict[str, Any]], list[dict[str, Any]], set[str]]:
    """Return the rows of bars and of marks, and the formats of the axes of times."""
    charts = price_and_volume("AAA", "XNAS", window.bars("AAA"), by_episode(anomalies))
    price, volume = (chart.to_dict() for chart in charts)
    rows = [row for part in price["datasets"].values() for row in part]
    layers = [*price["layer"], volume]
    formats = {layer["encoding"]["x"]["axis"]["format"] for layer in layers}
    return [row for row in rows if "why" not in row], [row for row in rows if "why" in row], formats


def test_bars_and_marks_on_both_sides_of_a_clock_change_have_the_clock_of_their_own_day(found: Anomaly) -> None:
    bars, marks, formats = drawn(filled(BEFORE, AFTER), at(found, AFTER), at(found, BEFORE))

    assert [row["time"][:19] for row in bars] == ["2024-03-08T15:59:00", "2024-03-11T09:30:00"]
    assert [row["time"][:23] for row in marks] == ["2024-03-08T15:59:00.500", "2024-03-11T09:30:00.500"]
    assert [row["at"] for row in marks] == ["2024-03-08 15:59:00.500 EST", "2024-03-11 09:30:00.500 EDT"]
    assert formats == {"%b %d %H:%M"}


def test_the_times_of_one_day_are_without_its_date(found: Anomaly) -> None:
    _bars, marks, formats = drawn(filled(BEFORE, BEFORE.replace(hour=20)), at(found, BEFORE))

    assert [row["at"] for row in marks] == ["15:59:00.500 EST"]
    assert formats == {"%H:%M:%S"}


@pytest.mark.parametrize(
    ("last", "dates"),
    [(BEFORE, "2024-03-08, America/New_York"), (AFTER, "2024-03-08 to 2024-03-11, America/New_York")],
)
def test_a_chart_names_the_days_and_the_zone_of_its_times(last: datetime, dates: str) -> None:
    price, _volume = price_and_volume("AAA", "XNAS", filled(BEFORE, last).bars("AAA"), [])

    title = price.to_dict()["title"]
    assert (title["text"], title["subtitle"]) == ("AAA", dates)


@pytest.mark.parametrize(
    ("prints", "every_s", "title"),
    [(60, 390, "Volume per min"), (23_400, 1, "Volume per min"), (300, 1, "Volume per s")],
)
def test_bars_of_volume_do_not_overlap_and_their_width_is_told(prints: int, every_s: int, title: str) -> None:
    window = filled(*(BEFORE + timedelta(seconds=every_s * number) for number in range(prints)))

    volume = price_and_volume("AAA", "XNAS", window.bars("AAA"), [])[1].to_dict()

    (rows,) = volume["datasets"].values()
    begins, ends = (np.array([row[name][:19] for row in rows], "datetime64[s]") for name in ("begin", "end"))
    encoding = volume["encoding"]
    assert (encoding["x"]["field"], encoding["x2"]["field"]) == ("begin", "end")
    assert (begins[1:] >= ends[:-1]).all()
    assert ((ends - begins) * 500 >= ends[-1] - begins[0] - 60).all(), "too narrow to be seen"
    assert volume["title"]["text"] == title
    assert sum(row["volume"] for row in rows) == prints


def episodes(anomaly: Anomaly, severities: list[Severity]) -> list[Anomaly]:
    """Return alerts of one time, each of an episode of its own."""
    return [
        replace(anomaly, severity=severity, episode=replace(anomaly.episode, episode_id=f"{number:032x}"))
        for number, severity in enumerate(severities)
    ]


def test_the_gravest_marks_are_drawn_over_the_others(found: Anomaly) -> None:
    mixed = episodes(at(found, BEFORE), [SEVERITIES[place] for place in (2, 3, 0, 1)])

    _bars, marks, _formats = drawn(filled(BEFORE), *mixed)

    assert [row["severity"] for row in marks] == list(SEVERITIES)


def test_of_too_many_episodes_the_gravest_are_marked(found: Anomaly) -> None:
    low: list[Severity] = ["low"] * 350

    _bars, marks, _formats = drawn(filled(BEFORE), *episodes(at(found, BEFORE), [*low, "critical", "high"]))

    assert [row["severity"] for row in marks] == ["low"] * 298 + ["high", "critical"]


def contrast(color: str) -> float:
    """Return how far a colour stands out from white, as WCAG 2.2 defines it."""
    parts = np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return 1.05 / (float(linear @ (0.2126, 0.7152, 0.0722)) + 0.05)


def test_charts_stand_out_and_severities_differ_in_more_than_colour(found: Anomaly) -> None:
    price, volume = (
        chart.to_dict()
        for chart in price_and_volume("AAA", "XNAS", filled(BEFORE).bars("AAA"), by_episode([at(found, BEFORE)]))
    )
    *lines, marks = price["layer"]
    looks = {name: marks["encoding"][name] for name in ("color", "shape", "size")}
    axes = [each["encoding"][axis]["axis"] for each in (*price["layer"], volume) for axis in ("x", "y")]

    assert all(contrast(color) >= 3.0 for color in looks["color"]["scale"]["range"])
    assert all(contrast(each["mark"]["color"]) >= 3.0 and "opacity" not in each["mark"] for each in (*lines, volume))
    assert all(contrast(each["labelColor"]) >= 4.5 for each in (*axes, looks["color"]["legend"]))
    assert all(len(set(look["scale"]["range"])) == len(SEVERITIES) for look in looks.values())
    assert len({str(look["legend"]) for look in looks.values()}) == 1


def test_charts_are_described_for_those_who_do_not_see_them(found: Anomaly) -> None:
    price, volume = price_and_volume("AAA", "XNAS", filled(BEFORE).bars("AAA"), by_episode([at(found, BEFORE)]))

    assert price.to_dict()["description"] == "Price of AAA, 2024-03-08, America/New_York. Anomalies marked: 1."
    assert volume.to_dict()["description"] == "Volume of AAA per s, 2024-03-08, America/New_York."


def page(window):  # type: ignore[no-untyped-def]
    """Draw the page; run as a script of its own, by its source."""
    from dashboard import page

    page.draw(window, 60.0)


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        (AFTER, ["2024-03-11 09:30:00.500 EDT", "2024-03-08 15:59:00.500 EST"]),
        (BEFORE, ["15:59:00.500 EST"]),
    ],
)
def test_the_table_has_dates_where_not_everything_is_of_the_day_of_the_market_clock(
    found: Anomaly, now: datetime, shown: list[str]
) -> None:
    window = filled(BEFORE, now)
    for time in sorted({BEFORE, now}):
        window.add_anomaly(at(found, time))

    tested = AppTest.from_function(page, args=(window,), default_timeout=60).run()

    assert not tested.exception
    assert tested.dataframe[0].value["time"].to_list() == shown
    assert tested.dataframe[0].proto.row_height > 64, "sentences would be cut"


@pytest.mark.parametrize(
    ("venue", "clock", "shown"),
    [
        ("GLBX", ("Market clock, CST (UTC-06:00)", "2024-03-08 14:59:00"), "14:59:00.500 CST"),
        ("?", ("Market clock, UTC", "2024-03-08 20:59:00"), "20:59:00.500 UTC"),
    ],
)
def test_times_name_the_zone_of_their_venue(found: Anomaly, venue: str, clock: tuple[str, str], shown: str) -> None:
    window, anomaly = Window(load(DashboardSettings)), at(found, BEFORE)
    window.add_trades({"AAA": Prints(venue, [ns(BEFORE)], [10.0], [1])}, np.zeros(1, np.int64), 0)
    window.add_anomaly(replace(anomaly, trade=replace(anomaly.trade, venue=venue)))

    tested = AppTest.from_function(page, args=(window,), default_timeout=60).run()

    assert not tested.exception
    assert clock in [(metric.label, metric.value) for metric in tested.metric]
    assert tested.dataframe[0].value["time"].to_list() == [shown]
