"""The embedded stack for all end-to-end tests; each test has its own topics and indices."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from common.settings import ElasticsearchSettings, KafkaSettings, TopicSettings
from local.pipeline import Pipeline
from local.stack import Stack
from producer.publisher import Publisher
from tests.e2e.broker import Broker
from tests.e2e.browser import CHROMIUM
from tests.e2e.producers import Opened, Start
from tests.e2e.topics import created, variables

_PATIENCE_MS = 60_000


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    # The log cleaner looks more often than every 15 s, for the tests that wait for it.
    with Stack(tmp_path_factory.mktemp("stack"), kafka_properties={"log.cleaner.backoff.ms": "200"}) as running:
        yield running


@pytest.fixture(scope="session")
def kafka(stack: Stack) -> KafkaSettings:
    return KafkaSettings(bootstrap_servers=stack.bootstrap_servers)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Return a broker of the test's own that asks for rights, with a user who has none."""
    broker = Broker(tmp_path / "kafka")
    try:
        broker.wait()
        yield broker
    finally:
        broker.child.stop()


@pytest.fixture
def topics(kafka: KafkaSettings) -> TopicSettings:
    return created(kafka)


@pytest.fixture
def elasticsearch_settings(stack: Stack) -> ElasticsearchSettings:
    return ElasticsearchSettings(url=stack.elasticsearch_url, index_prefix=f"anomalies-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all settings name topics, groups and indices of the test's own."""
    name = uuid.uuid4().hex[:8]
    for variable in ("input", "output", "DEAD_LETTERS_TOPIC", "PROGRESS_TOPIC", "CONSUMER_GROUP", "SINK_GROUP"):
        monkeypatch.setenv(variable, f"{variable.lower()}-{name}")
    monkeypatch.setenv("ELASTICSEARCH_INDEX_PREFIX", f"anomalies-{name}")


@pytest.fixture
def pipeline(stack: Stack, tmp_path: Path, own_names: None, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """Return a pipeline, not started, with its own topics; each of the three partitions gets symbols of the sample."""
    monkeypatch.setenv("TOPIC_PARTITIONS", "3")
    return Pipeline(stack, tmp_path)


@pytest.fixture
def page() -> Iterator[Page]:
    """Return a page of a real Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1400, "height": 1520})
        opened.set_default_timeout(_PATIENCE_MS)
        expect.set_options(timeout=_PATIENCE_MS)
        yield opened
        browser.close()


@pytest.fixture
def start(kafka: KafkaSettings, topics: TopicSettings) -> Iterator[Start]:
    """Start producers as processes; end those that are left."""
    environment = os.environ | variables(kafka, topics) | {"HEALTH_PORT": "0", "PRODUCER_TRANSACTION_MS": "30"}
    running = []

    def start(*arguments: object, **others: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "producer", *map(str, arguments)],
            env=environment | others,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.communicate()


@pytest.fixture
def opened(kafka: KafkaSettings, topics: TopicSettings) -> Iterator[Opened]:
    """Open publishers of the file FILE by their transactional ids."""
    with ExitStack() as stack:

        def opened(owner: str) -> Publisher:
            publisher = Publisher(kafka, topics, f"{owner}-{topics.trades_topic}", ["FILE"])
            stack.callback(publisher.close)
            publisher.open()
            return publisher

        yield opened
