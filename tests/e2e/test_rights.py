"""The rights in Kafka that SECURITY.md names for the producer and the dashboard are enough."""

from pathlib import Path

import pytest
from confluent_kafka.admin import AclOperation, ResourceType

from common.reading import messages
from common.settings import TopicSettings, load
from common.topics.create import ensure_topics
from local.process import free_port, get
from local.services import Service
from tests import dbn
from tests.e2e.broker import PASSWORD, Broker
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e

LOGIN = {"KAFKA_SASL_PASSWORD": PASSWORD}


def test_the_producer_plays_with_its_rights_alone(broker: Broker, tmp_path: Path) -> None:
    topics = load(TopicSettings)
    ensure_topics(broker.owner, topics)
    for name, operation in (
        ("*", AclOperation.DESCRIBE),
        (topics.trades_topic, AclOperation.WRITE),
        (topics.dead_letters_topic, AclOperation.WRITE),
        (topics.progress_topic, AclOperation.READ),
        (topics.progress_topic, AclOperation.WRITE),
    ):
        broker.allow(ResourceType.TOPIC, name, operation)
    broker.allow(ResourceType.TRANSACTIONAL_ID, "*", AclOperation.WRITE)
    first = dbn.write(tmp_path / "few.dbn", [*dbn.trades(49), dbn.trade(49, price=dbn.UNDEF_PRICE)])
    second = dbn.write(tmp_path / "more.dbn", dbn.trades(60, 100))

    # The second has to fence off the first, and reads its progress.
    for paths in ((first,), (first, second)):
        played = Service("producer", tmp_path, broker.environment | LOGIN, list(map(str, paths))).child
        wait_until(lambda played=played: played.exit_code() is not None)  # type: ignore[misc]
        assert played.exit_code() == 0, played.tail()

    found = [
        sum(1 for _ in messages(broker.owner, name, "test"))
        for name in (topics.trades_topic, topics.dead_letters_topic)
    ]
    assert found == [109, 1]


def test_the_dashboard_reads_with_its_rights_alone(broker: Broker, tmp_path: Path) -> None:
    topics = load(TopicSettings)
    ensure_topics(broker.owner, topics)
    broker.allow(ResourceType.TOPIC, topics.trades_topic, AclOperation.READ)
    broker.allow(ResourceType.TOPIC, topics.anomalies_topic, AclOperation.READ)
    for group in ("dashboard", "detector"):
        broker.allow(ResourceType.GROUP, group, AclOperation.DESCRIBE)
    page = {"STREAMLIT_SERVER_PORT": str(free_port())}

    dashboard = Service("dashboard", tmp_path, broker.environment | LOGIN | page)
    try:
        dashboard.wait_until_ready()
        wait_until(lambda: "detector_lag_messages 0.0" in get(f"{dashboard.health}/metrics").decode())
        log = dashboard.child.log.read_text()
        assert "interrupted" not in log
        assert "uthorization" not in log
    finally:
        dashboard.child.stop()
