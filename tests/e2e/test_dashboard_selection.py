"""The page in a real Chromium: a selected row stays selected while newer ones arrive."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from common.anomaly import Anomaly
from common.settings import KafkaSettings, TopicSettings
from tests import tape
from tests.e2e.browser import dashboard, needs_chromium
from tests.e2e.topics import publish
from tests.scoring import block_alert

pytestmark = [pytest.mark.e2e, needs_chromium]

SYMBOLS = ("AAA", "BBB", "CCC")


@pytest.fixture(scope="module")
def alerts() -> list[Anomaly]:
    """Return an alert of each symbol, a second after that of the symbol before."""
    found = []
    for place, symbol in enumerate(SYMBOLS):
        alert = block_alert(symbol, place)
        trade = replace(alert.trade, ts_event=tape.START + place * 1_000_000_000)
        found.append(replace(alert, trade=trade, summary=f"It is the alert of {symbol}."))
    return found


@pytest.fixture
def address(kafka: KafkaSettings, topics: TopicSettings, tmp_path: Path) -> Iterator[str]:
    """Publish trades and start the dashboard; return its address."""
    for seed, symbol in enumerate(SYMBOLS):
        publish(kafka, topics.trades_topic, tape.trades(300, seed, symbol))
    with dashboard(kafka, topics, tmp_path) as address:
        yield address


def test_the_selected_alert_stays_selected_while_newer_ones_come(
    page: Page, address: str, alerts: list[Anomaly], kafka: KafkaSettings, topics: TopicSettings
) -> None:
    publish(kafka, topics.anomalies_topic, alerts[:2])
    page.goto(address)
    expect(page.get_by_text("2 episodes, 2 alerts.")).to_be_visible()
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    # The mark at the left edge of the second row.
    table.click(position={"x": 15, "y": 134})
    shown = page.get_by_test_id("stText").first
    expect(shown).to_have_text("It is the alert of AAA.")
    expect(page.get_by_test_id("stCode")).to_contain_text(alerts[0].anomaly_id)

    publish(kafka, topics.anomalies_topic, alerts[2:])

    rows = table.locator("tbody [role=row]")
    expect(rows.filter(has_text="alert of CCC")).to_have_count(1)
    expect(rows.filter(has_text="alert of AAA")).to_have_attribute("aria-selected", "true")
    expect(rows.filter(has_text="alert of BBB")).to_have_attribute("aria-selected", "false")
    expect(shown).to_have_text("It is the alert of AAA.")
