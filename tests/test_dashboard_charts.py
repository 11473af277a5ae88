"""Times on the page: each in the exchange's clock of its own day, with the date where there is more than one."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from common.anomaly import SEVERITIES, Anomaly, Severity
from common.settings import load
from dashboard.charts import price_and_volume
from dashboard.episodes import by_episode
from dashboard.settings import DashboardSettings
from dashboard.window import Window
from tests.page import BEFORE, at, episodes, filled, opened, play

AFTER = datetime(2024, 3, 11, 9, 30, tzinfo=BEFORE.tzinfo)
"""The first minute of the Monday after the clocks went forward."""


def drawn(window: Window, *anomalies: Anomaly) -> tuple[list[dict[str, Any]], list[dict[str, Any]], set[str]]:
    """Return the rows of bars and of marks, and the formats of the axes of times."""
    charts = price_and_volume("AAA", "XNAS", window.bars("AAA"), by_episode(anomalies))
    price, volume = (chart.to_dict() for chart in charts)
    rows = [row for part in price["datasets"].values() for row in part]
    layers = [*price["layer"], volume]
    formats = {layer["encoding"]["x"]["axis"]["format"] for layer in layers}
    return [row for row in rows if "why" not in row], [row for row in rows if "why" in row], formats


def test_bars_and_marks_on_both_sides_of_a_clock_change_have_the_clock_of_their_own_day(alert: Anomaly) -> None:
    bars, marks, formats = drawn(filled(BEFORE, AFTER), at(alert, AFTER), at(alert, BEFORE))

    assert [row["time"][:19] for row in bars] == ["2024-03-08T15:59:00", "2024-03-11T09:30:00"]
    assert [row["time"][:23] for row in marks] == ["2024-03-08T15:59:00.500", "2024-03-11T09:30:00.500"]
    assert [row["at"] for row in marks] == ["2024-03-08 15:59:00.500 EST", "2024-03-11 09:30:00.500 EDT"]
    assert formats == {"%b %d %H:%M"}


def test_the_times_of_one_day_are_without_its_date(alert: Anomaly) -> None:
    _bars, marks, formats = drawn(filled(BEFORE, BEFORE.replace(hour=20)), at(alert, BEFORE))

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


def test_the_gravest_marks_are_drawn_over_the_others(alert: Anomaly) -> None:
    mixed = episodes(at(alert, BEFORE), [SEVERITIES[place] for place in (2, 3, 0, 1)])

    _bars, marks, _formats = drawn(filled(BEFORE), *mixed)

    assert [row["severity"] for row in marks] == list(SEVERITIES)


def test_of_too_many_episodes_the_gravest_are_marked(alert: Anomaly) -> None:
    low: list[Severity] = ["low"] * 350

    _bars, marks, _formats = drawn(filled(BEFORE), *episodes(at(alert, BEFORE), [*low, "critical", "high"]))

    assert [row["severity"] for row in marks] == ["low"] * 298 + ["high", "critical"]


def contrast(color: str) -> float:
    """Return how far a colour stands out from white, as WCAG 2.2 defines it."""
    parts = np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return 1.05 / (float(linear @ (0.2126, 0.7152, 0.0722)) + 0.05)


def test_charts_stand_out_and_severities_differ_in_more_than_colour(alert: Anomaly) -> None:
    price, volume = (
        chart.to_dict()
        for chart in price_and_volume("AAA", "XNAS", filled(BEFORE).bars("AAA"), by_episode([at(alert, BEFORE)]))
    )
    *lines, marks = price["layer"]
    looks = {name: marks["encoding"][name] for name in ("color", "shape", "size")}
    axes = [each["encoding"][axis]["axis"] for each in (*price["layer"], volume) for axis in ("x", "y")]

    assert all(contrast(color) >= 3.0 for color in looks["color"]["scale"]["range"])
    assert all(contrast(each["mark"]["color"]) >= 3.0 and "opacity" not in each["mark"] for each in (*lines, volume))
    assert all(contrast(each["labelColor"]) >= 4.5 for each in (*axes, looks["color"]["legend"]))
    assert all(len(set(look["scale"]["range"])) == len(SEVERITIES) for look in looks.values())
    assert len({str(look["legend"]) for look in looks.values()}) == 1


def test_charts_are_described_for_those_who_do_not_see_them(alert: Anomaly) -> None:
    price, volume = price_and_volume("AAA", "XNAS", filled(BEFORE).bars("AAA"), by_episode([at(alert, BEFORE)]))

    assert price.to_dict()["description"] == "Price of AAA, 2024-03-08, America/New_York. Anomalies marked: 1."
    assert volume.to_dict()["description"] == "Volume of AAA per s, 2024-03-08, America/New_York."


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        (AFTER, ["2024-03-11 09:30:00.500 EDT", "2024-03-08 15:59:00.500 EST"]),
        (BEFORE, ["15:59:00.500 EST"]),
    ],
)
def test_the_table_has_dates_where_not_everything_is_of_the_day_of_the_market_clock(
    alert: Anomaly, now: datetime, shown: list[str]
) -> None:
    window = filled(BEFORE, now)
    for time in sorted({BEFORE, now}):
        window.add_anomaly(at(alert, time))

    tested = opened(window).run()

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
def test_times_name_the_zone_of_their_venue(alert: Anomaly, venue: str, clock: tuple[str, str], shown: str) -> None:
    window, anomaly = Window(load(DashboardSettings)), at(alert, BEFORE)
    play(window, "AAA", BEFORE, venue=venue)
    window.add_anomaly(replace(anomaly, trade=replace(anomaly.trade, venue=venue)))

    tested = opened(window).run()

    assert not tested.exception
    assert clock in [(metric.label, metric.value) for metric in tested.metric]
    assert tested.dataframe[0].value["time"].to_list() == [shown]
