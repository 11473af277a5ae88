"""The page in a real Chromium, in narrow windows: nothing is cut, and times stand below each other."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from common.kafka import producer
from common.settings import KafkaSettings, TopicSettings
from detector.engine import Engine
from local.process import free_port
from local.services import Service
from tests import tape
from tests.test_detector_engine import scored, with_block

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed (apt-get install chromium)"),
]


@pytest.fixture
def address(kafka: KafkaSettings, topics: TopicSettings, tmp_path: Path) -> Iterator[str]:
    """Publish trades of two symbols with an alert of each, and start the dashboard; return its address."""
    writer, engine = producer(kafka), Engine.load()
    for seed, symbol in enumerate(("AAA", "BBB")):
        trades = with_block(tape.trades(3_000, seed, symbol), 500)
        for trade in trades:
            writer.produce(topics.trades_topic, trade.to_json(), symbol.encode())
        alert = scored(engine, trades)[0][0]
        writer.produce(topics.anomalies_topic, alert.to_json(), symbol.encode())
    assert writer.flush(30) == 0
    port = free_port()
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "input": topics.trades_topic,
        "output": topics.anomalies_topic,
        "STREAMLIT_SERVER_PORT": str(port),
        "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",
    }
    service = Service("dashboard", tmp_path, environment)
    service.wait_until_ready()
    yield f"http://127.0.0.1:{port}"
    service.child.stop()


def times(chart: Locator) -> dict[str, int]:
    """Return the middle of each time below a chart, in pixels."""
    labels = chart.locator(".role-axis-label text").filter(has_text=":")
    # All at once: between two questions the page may draw the chart again.
    middle_of = "box => box.x + box.width / 2"
    read = f"all => all.map(each => [each.textContent, ({middle_of})(each.getBoundingClientRect())])"
    return {text: round(middle) for text, middle in labels.evaluate_all(read)}


@pytest.mark.parametrize("width", [400, 800, 1_400])
def test_figures_are_whole_and_times_stand_below_each_other(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 1_500})
    page.goto(address)
    charts = page.get_by_test_id("stVegaLiteChart")
    expect(charts).to_have_count(4)
    expect(charts.last.locator(".role-axis-label text").first).to_be_visible()

    for value in page.get_by_test_id("stMetric").locator("p, div").all():
        assert value.evaluate("each => each.scrollWidth <= each.clientWidth + 1"), value.inner_text()
    for place in (0, 2):
        price, volume = times(charts.nth(place)), times(charts.nth(place + 1))
        assert len(price) > 2
        assert price == pytest.approx(volume, abs=1)
    rim = charts.first.locator(".role-legend-symbol path").first.get_attribute("stroke-width")
    assert rim is not None
    assert float(rim) < 1
