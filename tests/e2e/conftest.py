"""The embedded stack for every end-to-end test, and topics and indices of each test's own."""

import uuid
from collections.abc import Iterator

import pytest

from common.settings import ElasticsearchSettings, KafkaSettings, TopicSettings
from common.topics import ensure_topics
from local.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
def kafka(stack: Stack) -> KafkaSettings:
    return KafkaSettings(bootstrap_servers=stack.bootstrap_servers)


@pytest.fixture
def topics(kafka: KafkaSettings) -> TopicSettings:
    name = uuid.uuid4().hex[:8]
    settings = TopicSettings(
        trades_topic=f"trades-{name}",
        anomalies_topic=f"anomalies-{name}",
        dead_letters_topic=f"dead-letters-{name}",
        progress_topic=f"progress-{name}",
        topic_partitions=3,
        topic_replication=1,
    )
    ensure_topics(kafka, settings)
    return settings


@pytest.fixture
def elasticsearch_settings(stack: Stack) -> ElasticsearchSettings:
    return ElasticsearchSettings(url=stack.elasticsearch_url, index_prefix=f"anomalies-{uuid.uuid4().hex[:8]}")
