"""The dashboard's page without a browser, and windows of prints and alerts for it."""

from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from streamlit.testing.v1 import AppTest

from common.anomaly import Anomaly, Severity
from common.settings import load
from dashboard.bars import BAR_NS
from dashboard.messages import Prints
from dashboard.settings import DashboardSettings
from dashboard.window import Window

BEFORE: Final = datetime(2024, 3, 8, 15, 59, tzinfo=ZoneInfo("America/New_York"))
"""The last minute of a Friday, before the clocks go forward."""


def ns(time: datetime) -> int:
    return int(time.timestamp()) * BAR_NS


def at(alert: Anomaly, time: datetime) -> Anomaly:
    """Return an alert of half a second after a time, with an episode of its own."""
    trade = replace(alert.trade, ts_event=ns(time) + 500_000_000)
    return replace(alert, trade=trade, episode=replace(alert.episode, episode_id=f"{ns(time):032x}"))


def episodes(alert: Anomaly, severities: list[Severity]) -> list[Anomaly]:
    """Return alerts of one time, each of an episode of its own."""
    return [
        replace(alert, severity=severity, episode=replace(alert.episode, episode_id=f"{number:032x}"))
        for number, severity in enumerate(severities)
    ]


def play(window: Window, symbol: str, *times: datetime, venue: str = "XNAS") -> None:
    """Add one print of a symbol at each time."""
    prints = Prints(venue, [ns(time) for time in times], [10.0] * len(times), [1] * len(times))
    window.add_trades({symbol: prints}, np.zeros(len(times), np.int64), 0)


def filled(*times: datetime) -> Window:
    """Return a window with one print of AAA at each time."""
    window = Window(load(DashboardSettings))
    play(window, "AAA", *times)
    return window


def _script(window):  # type: ignore[no-untyped-def]
    """Draw the page; run as a script of its own, by its source."""
    from dashboard import page

    page.draw(window, 60.0)


def opened(window: Window) -> AppTest:
    """Return the page of a window, not yet drawn."""
    return AppTest.from_function(_script, args=(window,), default_timeout=60)
