"""The page in a real Chromium, with a feed whose symbols, venues and alerts contain HTML, Markdown and queries."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

from common.anomaly import Anomaly
from common.settings import KafkaSettings, TopicSettings
from tests import tape
from tests.e2e import fuzz
from tests.e2e.browser import dashboard, needs_chromium
from tests.e2e.topics import publish
from tests.scoring import block_alert

pytestmark = [pytest.mark.e2e, needs_chromium]

MARKUP = "<img src=x onerror=document.title='owned'>"
LINK = "[click](javascript:document.title='owned') **bold** :red[red] $x^2$"
HOSTILE = (MARKUP, LINK, *fuzz.STRANGE_SYMBOLS[:2])
"""The page draws the charts of four symbols."""


@pytest.fixture
def address(kafka: KafkaSettings, topics: TopicSettings, tmp_path: Path) -> Iterator[str]:
    """Publish the feed and start the dashboard; return its address."""
    for seed, symbol in enumerate(HOSTILE):
        trades = tape.with_block(tape.trades(600, seed, symbol), 500)
        publish(kafka, topics.trades_topic, [replace(trade, venue=MARKUP) for trade in trades])
        publish(kafka, topics.anomalies_topic, [hostile(block_alert(symbol, seed))])
    with dashboard(kafka, topics, tmp_path) as address:
        yield address


def hostile(alert: Anomaly) -> Anomaly:
    """Return an alert, every text of which is hostile."""
    reasons = tuple(replace(reason, feature=MARKUP, text=LINK) for reason in alert.reasons)
    trade = replace(alert.trade, venue=MARKUP)
    return replace(alert, trade=trade, summary=f"{MARKUP} {LINK}", kind=MARKUP, reasons=reasons)


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
