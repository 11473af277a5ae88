"""How long topics keep messages, and messages that Kafka deleted before they were read."""

from dataclasses import replace

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from common.anomaly import Anomaly
from common.kafka import connection, consumer, producer
from common.reading import messages
from common.settings import KafkaSettings, TopicSettings
from common.topics.create import ensure_topics
from detector.engine import Engine
from local.pipeline import Pipeline
from tests import tape
from tests.scoring import scored
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e

WEEK_MS = "604800000"


def test_trades_are_kept_for_a_week_and_anomalies_for_ever(kafka: KafkaSettings, topics: TopicSettings) -> None:
    admin = AdminClient(connection(kafka))
    places = {name: ConfigResource("topic", name) for name in (topics.trades_topic, topics.anomalies_topic)}

    def kept_ms() -> list[str]:
        told = admin.describe_configs(list(places.values()))
        return [told[place].result(30)["retention.ms"].value for place in places.values()]

    assert kept_ms() == [WEEK_MS, "-1"]

    anomalies = places[topics.anomalies_topic]
    entry = ConfigEntry("retention.ms", WEEK_MS, incremental_operation=AlterConfigOpType.SET)
    anomalies.add_incremental_config(entry)
    admin.incremental_alter_configs([anomalies])[anomalies].result(30)
    wait_until(lambda: kept_ms() == [WEEK_MS, WEEK_MS])
    assert ensure_topics(kafka, topics) == []
    assert kept_ms() == [WEEK_MS, WEEK_MS]


def test_the_sink_tells_what_was_deleted_before_it_read_it(pipeline: Pipeline) -> None:
    ensure_topics(pipeline.kafka, pipeline.topics)
    topic = pipeline.topics.anomalies_topic
    writer, admin = producer(pipeline.kafka), AdminClient(connection(pipeline.kafka))
    for _ in range(9):
        writer.produce(topic, b"{}", b"AAA", partition=1)
    assert writer.flush(30) == 0
    member = consumer(pipeline.kafka, pipeline.groups[1])
    member.commit(offsets=[TopicPartition(topic, 0, 0), TopicPartition(topic, 1, 3)], asynchronous=False)
    member.close()
    for deleted in admin.delete_records([TopicPartition(topic, 1, 7)]).values():
        deleted.result(30)

    log = pipeline.launch("sink").child.log
    try:
        wait_until(lambda: f"topic={topic} partition=1 committed=3 oldest=7 offsets=4 remedy=" in log.read_text())
    finally:
        pipeline.stop()
    assert log.read_text().count("goes on at the oldest one left") == 1


def test_the_detector_tells_what_was_deleted_and_goes_on_with_the_state_that_it_had(pipeline: Pipeline) -> None:
    ensure_topics(pipeline.kafka, pipeline.topics)
    topic, prints = pipeline.topics.trades_topic, tape.trades(1200)
    for place in (850, 1050, 1150):
        prints[place] = replace(prints[place], size=5_000_000)
    writer, admin = producer(pipeline.kafka), AdminClient(connection(pipeline.kafka))

    def score(first: int, last: int, count: int) -> str:
        for trade in prints[first:last]:
            writer.produce(topic, trade.to_json(), trade.symbol.encode(), partition=1)
        assert writer.flush(30) == 0
        if first:
            admin.delete_records([TopicPartition(topic, 1, 1000)])[TopicPartition(topic, 1)].result(30)
        detector = pipeline.launch("detector")
        log = len(detector.child.log.read_text())
        wait_until(lambda: detector.metric("trades_scored_total") == count)
        pipeline.stop()
        return detector.child.log.read_text()[log:]

    score(0, 900, 900)
    log = score(900, 1200, 200)

    assert f"goes on at the oldest one left. topic={topic} partition=1 committed=900 oldest=1000 offsets=100" in log
    assert log.count("The state of all symbols is kept") == 1
    left, _states = scored(Engine.load(), prints[:900] + prints[1000:])
    found = [
        Anomaly.from_json(message.value())
        for message in messages(pipeline.kafka, pipeline.topics.anomalies_topic, "test")
    ]
    assert [(each.anomaly_id, each.score) for each in found] == [(each.anomaly_id, each.score) for each in left]
    assert len(found) == 3
