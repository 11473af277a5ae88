"""The sink with a real Kafka that enforces rights: the health port shows what is refused until it is granted."""

import time
from pathlib import Path

import pytest
from confluent_kafka.admin import AclOperation, ResourceType

from common.settings import ElasticsearchSettings, TopicSettings, load
from common.topics.create import ensure_topics
from local.services import Service
from tests.e2e.broker import PASSWORD, Broker
from tests.e2e.health import not_ready
from tests.e2e.topics import publish
from tests.scoring import block_alert
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e


def test_a_topic_that_may_not_be_read_is_trouble_until_it_may(
    broker: Broker, elasticsearch_settings: ElasticsearchSettings, tmp_path: Path
) -> None:
    topics = load(TopicSettings)
    ensure_topics(broker.owner, topics)
    broker.allow(ResourceType.TOPIC, "*", AclOperation.DESCRIBE)
    broker.allow(ResourceType.TOPIC, topics.dead_letters_topic, AclOperation.WRITE)
    broker.allow(ResourceType.GROUP, "sink", AclOperation.READ)
    sink = Service(
        "sink",
        tmp_path,
        {
            **broker.environment,
            "KAFKA_SASL_PASSWORD": PASSWORD,
            "ELASTICSEARCH_URL": elasticsearch_settings.url,
            "ELASTICSEARCH_INDEX_PREFIX": elasticsearch_settings.index_prefix,
        },
    )
    try:
        read = ResourceType.TOPIC, topics.anomalies_topic, AclOperation.READ
        # Before the first message, with one, and after it.
        for alerts in ([], [block_alert()], []):
            wait_until(lambda: "Topic authorization failed" in not_ready(sink))
            time.sleep(5)
            assert "Topic authorization failed" in not_ready(sink)

            broker.allow(*read)
            wait_until(lambda: not_ready(sink) == "")
            publish(broker.owner, topics.anomalies_topic, alerts)
            time.sleep(2)
            assert not_ready(sink) == ""
            broker.deny(*read)
        assert sink.metric("documents_written_total") == 1
        assert sink.child.exit_code() is None
    finally:
        sink.child.stop()
