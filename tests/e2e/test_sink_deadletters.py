"""The sink's dead letters when it ends after sending them but before committing their messages."""

from contextlib import closing

import pytest
from confluent_kafka import Message

from common.kafka import consumer, producer
from common.search import client
from common.settings import ElasticsearchSettings, KafkaSettings, TopicSettings, load
from common.watch import Watch
from sink.pump import Pump
from sink.settings import SinkSettings
from sink.writer import Writer
from tests.e2e.deadletters import Command
from tests.e2e.sinks import group
from tests.e2e.topics import committed

pytestmark = pytest.mark.e2e


def crash(_messages: list[Message]) -> None:
    raise SystemExit


def test_a_message_that_is_buried_twice_has_one_place_and_is_listed_once(
    kafka: KafkaSettings,
    topics: TopicSettings,
    elasticsearch_settings: ElasticsearchSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writer = producer(kafka)
    for partition, value in ((0, b"{"), (0, b"{"), (2, b"{}")):
        writer.produce(topics.anomalies_topic, value, b"AAA", partition=partition)
    assert writer.flush(30) == 0

    for _ in range(2):
        with closing(consumer(kafka, group(topics))) as reader:
            written = Writer(lambda: client(elasticsearch_settings), elasticsearch_settings)
            settings, watch = load(SinkSettings, linger_s=3), Watch(kafka, topics.anomalies_topic)
            pump = Pump(reader, producer(kafka), written, watch, topics, settings, elasticsearch_settings.index_prefix)
            monkeypatch.setattr(pump, "_commit", crash)
            with pytest.raises(SystemExit):
                pump.run()
    listed = Command(kafka, topics)("list")

    keys = sorted(key for _partition, key, _value in committed(kafka, topics.dead_letters_topic))
    places = [f"{topics.anomalies_topic}/{place}" for place in ("0/0", "0/1", "2/0")]
    assert keys == sorted(places * 2)
    assert listed.stdout.endswith("3 dead letters\n")
