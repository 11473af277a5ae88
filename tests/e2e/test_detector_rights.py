"""The detector before a real Kafka that asks for rights: it waits for what it lacks, says what, and goes on."""

from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka.admin import AclOperation, ResourceType

from common.anomaly import Anomaly
from common.reading import messages
from common.settings import TopicSettings, load
from common.topics.create import ensure_topics
from detector.engine import Engine
from local.services import Service
from tests import tape
from tests.e2e.broker import PASSWORD, Broker
from tests.e2e.health import not_ready
from tests.e2e.topics import changelog, publish
from tests.scoring import scored
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e


def test_missing_and_lost_rights_are_reported_and_waited_for(broker: Broker, tmp_path: Path) -> None:
    topics = load(TopicSettings)
    ensure_topics(broker.owner, topics)
    kept = changelog("detector", topics.trades_topic)
    read = ResourceType.TOPIC, topics.trades_topic, AclOperation.READ
    write = ResourceType.TOPIC, topics.anomalies_topic, AclOperation.WRITE
    configs = ResourceType.TOPIC, "*", AclOperation.DESCRIBE_CONFIGS
    create = ResourceType.TOPIC, kept, AclOperation.CREATE
    group = ResourceType.GROUP, "detector", AclOperation.READ
    transactions = ResourceType.TRANSACTIONAL_ID, "*", AclOperation.WRITE
    state = ResourceType.TOPIC, kept, AclOperation.WRITE
    broker.allow(ResourceType.TOPIC, "*", AclOperation.DESCRIBE)
    broker.allow(ResourceType.TOPIC, topics.dead_letters_topic, AclOperation.WRITE)
    broker.allow(ResourceType.TOPIC, kept, AclOperation.READ)

    prints = tape.trades(1200)
    for place in range(700, 1200, 100):
        prints[place] = replace(prints[place], size=5_000_000)
    detector = Service("detector", tmp_path, broker.environment | {"KAFKA_SASL_PASSWORD": PASSWORD})

    try:
        for right, said in (
            (configs, "DescribeConfigs"),
            (create, "Create"),
            (transactions, "grant WRITE on all transactional ids"),
            (group, "grant READ on the consumer group"),
            (read, "grant READ on the topic of trades"),
        ):
            wait_until(lambda said=said: said in not_ready(detector))  # type: ignore[misc]
            broker.allow(*right)
        broker.allow(*write)
        broker.allow(*state)
        wait_until(lambda: not_ready(detector) == "")
        publish(broker.owner, topics.trades_topic, prints[:650])
        wait_until(lambda: len(list(messages(broker.owner, kept, "test"))) > 0)

        for first, right, said in ((650, write, "Failed to add partition"), (900, read, "Fetch from broker")):
            broker.deny(*right)
            publish(broker.owner, topics.trades_topic, prints[first : first + 250])
            wait_until(lambda said=said: said in not_ready(detector))  # type: ignore[misc]
            broker.allow(*right)
        wait_until(lambda: not_ready(detector) == "")
        publish(broker.owner, topics.trades_topic, prints[1150:])
        wanted, _states = scored(Engine.load(), prints)

        def found() -> list[str]:
            read = messages(broker.owner, topics.anomalies_topic, "test")
            return [Anomaly.from_json(message.value()).anomaly_id for message in read]

        wait_until(lambda: len(found()) >= len(wanted))
        assert found() == [anomaly.anomaly_id for anomaly in wanted]
        assert detector.child.exit_code() is None
        assert len(wanted) >= 5
    finally:
        detector.child.stop()
        assert "Traceback" not in detector.child.log.read_text()
