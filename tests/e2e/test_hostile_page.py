"""The page in a real Chromium, with a feed whose symbols, venues and alerts contain HTML, Markdown and queries."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

from common.anomaly import Anomaly
from common.kafka import producer
from common.settings import KafkaSettings, TopicSettings
from common.trade import Trade
from detector.engine import Engine
from tests import fuzz, tape
from tests.e2e.conftest import dashboard
from tests.scoring import scored

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed (apt-get install chromium)"),
]

MARKUP = "<img src=x onerror=document.title='owned'>"
LINK = "[click](javascript:document.title='owned') **bold** :red[red] $x^2$"
HOSTILE = (MARKUP, LINK, *fuzz.STRANGE_SYMBOLS[:2])
"""The page draws the charts of four symbols."""


@pytest.fixture
def address(kafka: KafkaSettings, topics: TopicSettings, tmp_path: Path) -> Iterator[str]:
    """Publish the feed and start the dashboard; return its address."""
    writer, engine = producer(kafka), Engine.load()
    for seed, symbol in enumerate(HOSTILE):
        trades = [replace(trade, venue=MARKUP) for trade in tape.with_block(tape.trades(600, seed, symbol), 500)]
        for trade in trades:
            writer.produce(topics.trades_topic, trade.to_json(), symbol.encode())
        for alert in alerts(engine, trades):
            writer.produce(topics.anomalies_topic, alert.to_json(), symbol.encode())
    assert writer.flush(30) == 0
    with dashboard(kafka, topics, tmp_path) as address:
        yield address


def alerts(engine: Engine, trades: list[Trade]) -> list[Anomaly]:
    """Return alerts, every text of which is hostile."""
    found, _states = scored(engine, trades)
    reasons = tuple(replace(reason, feature=MARKUP, text=LINK) for reason in found[0].reasons)
    return [replace(found[0], summary=f"{MARKUP} {LINK}", kind=MARKUP, reasons=reasons)]


def check_untouched(page: Page) -> None:
    """Check that everything from the feed appears on the page as text only."""
    assert page.title() == "Trade anomalies"
    for selector in ("img[src='x']", "a[href^='javascript']", "strong:text('bold')", ".katex"):
        assert page.locator(selector).count() == 0, selector
    assert page.evaluate("[...document.scripts].filter(each => each.text.includes('alert(1)')).length") == 0


def test_texts_of_the_feed_are_shown_as_they_are(page: Page, address: str) -> None:
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    page.goto(address)
    charts = page.get_by_test_id("stVegaLiteChart")
    expect(charts).to_have_count(8)
    expect(charts.first.locator("canvas, svg").first).to_be_visible()
    check_untouched(page)

    page.get_by_role("combobox").first.click()
    option = page.get_by_role("option", name=MARKUP, exact=True)
    expect(option).to_have_text(MARKUP)
    check_untouched(page)
    option.click()
    expect(charts).to_have_count(2)
    charts.first.locator("g.mark-symbol.role-mark path").first.hover()
    tooltip = page.locator("#vg-tooltip-element.visible")
    expect(tooltip).to_contain_text(MARKUP)
    expect(tooltip).to_contain_text(LINK)
    check_untouched(page)

    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    # The mark at the left edge of the first row.
    table.click(position={"x": 15, "y": 68})
    texts = page.get_by_test_id("stText")
    expect(texts.first).to_have_text(f"{MARKUP} {LINK}")
    expect(texts.nth(1)).to_contain_text(f"{MARKUP}: {LINK}")
    check_untouched(page)
    assert dialogs == []
