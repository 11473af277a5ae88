"""The page in a real Chromium, in narrow windows: nothing is cut off, and the time axes are aligned."""

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from common.settings import KafkaSettings
from tests import tape
from tests.e2e.browser import dashboard, needs_chromium
from tests.e2e.topics import created, publish
from tests.scoring import block_alert

pytestmark = [pytest.mark.e2e, needs_chromium]


@pytest.fixture(scope="module")
def address(kafka: KafkaSettings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Publish trades of two symbols with an alert of each, and start the dashboard; return its address."""
    topics = created(kafka)
    for seed, symbol in enumerate(("AAA", "BBB")):
        publish(kafka, topics.trades_topic, tape.with_block(tape.trades(3_000, seed, symbol), 500))
        publish(kafka, topics.anomalies_topic, [block_alert(symbol, seed)])
    with dashboard(kafka, topics, tmp_path_factory.mktemp("dashboard")) as address:
        yield address


_READ: Final = """charts => charts.map(chart => [...chart.querySelectorAll(".role-axis-label text")].map(label => {
    const box = label.getBoundingClientRect();
    return [label.textContent, box.x + box.width / 2];
}))"""


def times(charts: Locator) -> list[dict[str, int]]:
    """Return the centre of each time label below each chart, in pixels; read at once, as the page is being redrawn."""
    read = charts.evaluate_all(_READ)
    return [{text: round(middle) for text, middle in labels if ":" in text} for labels in read]


@pytest.mark.parametrize("width", [400, 800, 1_400])
def test_figures_are_whole_and_times_stand_below_each_other(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 1_500})
    page.goto(address)
    charts = page.get_by_test_id("stVegaLiteChart")
    expect(charts).to_have_count(4)
    expect(charts.last.locator(".role-axis-label text").first).to_be_visible()

    figures = page.get_by_test_id("stMetric").locator("p, div").all()
    assert figures
    for value in figures:
        assert value.evaluate("each => each.scrollWidth <= each.clientWidth + 1"), value.inner_text()
    one_price, one_volume, other_price, other_volume = times(charts)
    for price, volume in ((one_price, one_volume), (other_price, other_volume)):
        assert len(price) > 2
        assert price == pytest.approx(volume, abs=1)
    expect(charts.first.locator(".role-legend-symbol path")).to_have_count(4)
    rim = charts.first.locator(".role-legend-symbol path").first.get_attribute("stroke-width")
    assert rim is not None
    assert float(rim) < 1
