"""The pump on a real consumer: what it commits and measures, and that nothing is lost while it waits."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from confluent_kafka import Consumer
from prometheus_client import REGISTRY

from common.anomaly import APPENDED_HEADER, Anomaly
from common.kafka import consumer, producer
from common.reading import partitions
from common.search import client
from common.settings import ElasticsearchSettings, KafkaSettings, TopicSettings, load
from common.watch import Watch
from sink.pump import Pump
from sink.settings import SinkSettings
from sink.writer import Writer
from tests.e2e.sinks import group
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e

APPENDED_MS = 1_700_000_000_000
Opened = Callable[[], tuple[Pump, Consumer]]


@pytest.fixture
def opened(
    kafka: KafkaSettings, topics: TopicSettings, elasticsearch_settings: ElasticsearchSettings
) -> Iterator[Opened]:
    """Open pumps of one group, 2.5 s after the trade of the alert came, with their subscribed consumers."""
    with ExitStack() as stack:

        def opened() -> tuple[Pump, Consumer]:
            reader = consumer(kafka, group(topics))
            stack.callback(reader.close)
            writer = Writer(lambda: client(elasticsearch_settings), elasticsearch_settings)
            pump = Pump(
                reader, producer(kafka), writer, Watch(kafka, topics.anomalies_topic), topics, load(SinkSettings),
                elasticsearch_settings.index_prefix, clock=lambda: APPENDED_MS * 1_000_000 + 2_500_000_000,
            )  # fmt: skip
            reader.subscribe([topics.anomalies_topic])
            return pump, reader

        yield opened


def publish(kafka: KafkaSettings, topic: str, alert: Anomaly, *appended: bytes) -> None:
    writer = producer(kafka)
    for number, header in enumerate(appended):
        writer.produce(topic, alert.to_json(), b"AAA", partition=number % 3, headers={APPENDED_HEADER: header})
    assert writer.flush(30) == 0


def test_what_comes_to_a_resting_sink_is_not_lost(
    kafka: KafkaSettings, topics: TopicSettings, opened: Opened, alert: Anomaly
) -> None:
    publish(kafka, topics.anomalies_topic, alert, *[b""] * 9)
    pump, reader = opened()

    def assigned() -> bool:
        pump.wait_in_group(3.0)
        return len(reader.assignment()) == 3

    # Its partitions come only now, as after a rebalance, and are not paused.
    wait_until(assigned)
    read = {(message.partition(), message.offset()) for _ in range(9) for message in reader.consume(1, 30)}

    assert read == {(partition, offset) for partition in range(3) for offset in range(3)}


def test_the_next_sink_goes_on_behind_what_was_written_and_buried(
    kafka: KafkaSettings, topics: TopicSettings, opened: Opened, alert: Anomaly
) -> None:
    publish(kafka, topics.anomalies_topic, alert, b"", b"")
    foreign = producer(kafka)
    foreign.produce(topics.anomalies_topic, b"{", b"AAA", partition=1)
    assert foreign.flush(30) == 0
    pump, reader = opened()

    for _ in range(3):
        pump.process(reader.consume(1, 30))

    held = reader.committed(partitions(reader, topics.anomalies_topic), timeout=30)
    assert [place.offset for place in held[:2]] == [1, 2]
    assert held[2].offset < 0


def test_a_refused_document_is_not_counted_as_written(
    kafka: KafkaSettings, topics: TopicSettings, opened: Opened, alert: Anomaly,
    elasticsearch_settings: ElasticsearchSettings, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.INFO)
    # The index of that day was made by hand, for smaller trades.
    index = f"{elasticsearch_settings.index_prefix}-2024.03.01"
    client(elasticsearch_settings).indices.create(index=index, mappings={"properties": {"size": {"type": "integer"}}})
    large = replace(alert, anomaly_id="f" * 32, trade=replace(alert.trade, size=2**31))
    for each in (alert, large):
        publish(kafka, topics.anomalies_topic, each, b"%d" % APPENDED_MS)
    pump, reader = opened()
    names = ("sink_latency_seconds_count", "pipeline_latency_seconds_count")
    before = [REGISTRY.get_sample_value(name) or 0.0 for name in names]

    pump.process(reader.consume(2, 30))

    assert [REGISTRY.get_sample_value(name) for name in names] == [count + 1 for count in before]
    for _ in range(2):
        pump._said = -60.0
        pump._tell()
    assert [text for text in caplog.messages if text.startswith("Writing")] == ["Writing. documents=1"]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(b"%d" % APPENDED_MS, 2.5), (b"%d" % (APPENDED_MS + 5_000), 0.0), (b"soon", None), (b"9" * 16, None)],
)
def test_the_latency_of_the_pipeline_is_from_when_the_trade_came(
    kafka: KafkaSettings, topics: TopicSettings, opened: Opened, alert: Anomaly, header: bytes, seconds: float | None
) -> None:
    def measured() -> tuple[float, float]:
        count, total = (REGISTRY.get_sample_value(f"pipeline_latency_seconds_{name}") for name in ("count", "sum"))
        return count or 0.0, total or 0.0

    publish(kafka, topics.anomalies_topic, alert, header)
    pump, reader = opened()
    before = measured()

    pump.process(reader.consume(1, 30))

    count, total = (now - then for now, then in zip(measured(), before, strict=True))
    assert (count, total) == ((0, 0) if seconds is None else (1, pytest.approx(seconds)))
    delay_s = REGISTRY.get_sample_value("sink_event_delay_seconds")
    assert delay_s == pytest.approx(APPENDED_MS / 1e3 + 2.5 - alert.trade.ts_event / 1e9)
