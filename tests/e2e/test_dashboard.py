"""The page in a real Chromium, fed by the real pipeline."""

import os
import time
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Page, expect

from common.kafka import producer
from local.pipeline import Pipeline
from local.process import free_port
from local.stack import Stack
from nasdaq import SAMPLE
from tests.e2e.browser import needs_chromium
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e, needs_chromium]


@pytest.mark.usefixtures("own_names")
def test_page_waits_then_shows_marked_anomalies_and_no_markup_from_the_feed(
    stack: Stack, tmp_path: Path, page: Page
) -> None:
    port = free_port()
    with Pipeline(stack, tmp_path, port) as pipeline:
        page.goto(f"http://127.0.0.1:{port}")
        expect(page.get_by_text("Waiting for data")).to_be_visible()

        service = pipeline.launch("producer", str(SAMPLE))
        evil = {
            "trade_id": "x", "venue": "XNAS", "symbol": "<img src=x onerror=document.title='owned'>", "ts_event": 1,
            "ts_recv": 1, "price": 1.0, "size": 1, "side": "B", "sequence": 1, "flags": 0, "instrument_id": 1,
            "publisher_id": 2,
        }  # fmt: skip
        writer = producer(pipeline.kafka)
        writer.produce(pipeline.topics.trades_topic, orjson.dumps(evil), key=str(evil["symbol"]).encode())
        assert writer.flush(30) == 0
        wait_until(lambda: service.child.exit_code() is not None, 120)
        pipeline.wait_until_done()

        expect(page.get_by_test_id("stMetricValue").first).to_have_text("61,315")
        expect(page.get_by_text("Latest anomalies")).to_be_visible()
        charts = page.get_by_test_id("stVegaLiteChart")
        expect(charts).to_have_count(8)
        expect(charts.first.locator("canvas, svg").first).to_be_visible()
        assert int(page.get_by_test_id("stMetricValue").nth(2).inner_text().replace(",", "")) > 20
        expect(page.get_by_test_id("stMetricValue").nth(4)).to_have_text("0")
        assert page.title() == "Trade anomalies"
        assert page.locator("img[src='x']").count() == 0
        if picture := os.environ.get("DASHBOARD_PICTURE"):
            time.sleep(3.0)
            page.screenshot(path=picture)
