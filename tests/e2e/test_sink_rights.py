"""The sink with a real Kafka that enforces rights: the health port shows what is refused until it is granted."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from common.kafka import connection, wait_for_broker
from common.settings import ElasticsearchSettings, KafkaSettings, TopicSettings, load
from common.topics.create import ensure_topics
from detector.engine import Engine
from local import kafka as server
from local.process import free_port
from local.services import Service
from tests import tape
from tests.e2e.test_sink_security import not_ready
from tests.e2e.test_sink_troubles import publish
from tests.e2e.topics import wait_until
from tests.test_detector_engine import scored, with_block

pytestmark = pytest.mark.e2e

USER, PASSWORD = "sink", "c0rrect-h0rse-battery"
LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


class Broker:
    """A broker with two listeners: one where the sink has to log in, and one where every client may do everything."""

    def __init__(self, folder: Path) -> None:
        client, internal, controller = free_port(), free_port(), free_port()
        self.address = f"127.0.0.1:{client}"
        self.owner = KafkaSettings(bootstrap_servers=f"127.0.0.1:{internal}")
        self.admin = AdminClient(connection(self.owner) | {"log_level": 0})
        self.child = server.start(
            folder,
            client,
            {
                "controller.quorum.voters": f"1@127.0.0.1:{controller}",
                "listeners": f"CLIENT://127.0.0.1:{client},INTERNAL://127.0.0.1:{internal},"
                f"CONTROLLER://127.0.0.1:{controller}",
                "advertised.listeners": f"CLIENT://127.0.0.1:{client},INTERNAL://127.0.0.1:{internal}",
                "listener.security.protocol.map": "CLIENT:SASL_PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
                "inter.broker.listener.name": "INTERNAL",
                "listener.name.client.sasl.enabled.mechanisms": "SCRAM-SHA-512",
                "listener.name.client.scram-sha-512.sasl.jaas.config": LOGIN,
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users": "User:ANONYMOUS",
            },
        )

    def allow(self, kind: ResourceType, name: str, operation: AclOperation) -> None:
        right = AclBinding(kind, name, *self._right(operation))
        self.admin.create_acls([right])[right].result(30)

    def deny(self, kind: ResourceType, name: str, operation: AclOperation) -> None:
        rights = AclBindingFilter(kind, name, *self._right(operation))
        assert len(self.admin.delete_acls([rights])[rights].result(30)) == 1

    @staticmethod
    def _right(operation: AclOperation) -> tuple[Any, ...]:
        return ResourcePatternType.LITERAL, f"User:{USER}", "*", operation, AclPermissionType.ALLOW


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path / "kafka")
    try:
        wait_for_broker(broker.owner, 60)
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 8192)
        asked = UserScramCredentialUpsertion(USER, info, PASSWORD.encode())
        broker.admin.alter_user_scram_credentials([asked])[USER].result(30)
        yield broker
    finally:
        broker.child.stop()


def test_a_topic_that_may_not_be_read_is_trouble_until_it_may(
    broker: Broker, elasticsearch_settings: ElasticsearchSettings, tmp_path: Path
) -> None:
    topics = load(TopicSettings)
    ensure_topics(broker.owner, topics)
    broker.allow(ResourceType.TOPIC, "*", AclOperation.DESCRIBE)
    broker.allow(ResourceType.TOPIC, topics.dead_letters_topic, AclOperation.WRITE)
    broker.allow(ResourceType.GROUP, "*", AclOperation.READ)
    sink = Service(
        "sink",
        tmp_path,
        {
            "KAFKA_BOOTSTRAP_SERVERS": broker.address,
            "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "KAFKA_SASL_USERNAME": USER,
            "KAFKA_SASL_PASSWORD": PASSWORD,
            "ELASTICSEARCH_URL": elasticsearch_settings.url,
            "ELASTICSEARCH_INDEX_PREFIX": elasticsearch_settings.index_prefix,
        },
    )
    try:
        read = ResourceType.TOPIC, topics.anomalies_topic, AclOperation.READ
        # Before the first message, with one, and after it.
        for alerts in ([], scored(Engine.load(), with_block(tape.trades(600), 500))[0][:1], []):
            wait_until(lambda: "Topic authorization failed" in not_ready(sink))
            time.sleep(5)
            assert "Topic authorization failed" in not_ready(sink)

            broker.allow(*read)
            wait_until(lambda: not_ready(sink) == "")
            publish(broker.owner, topics, alerts)
            time.sleep(2)
            assert not_ready(sink) == ""
            broker.deny(*read)
        assert sink.metric("documents_written_total") == 1
        assert sink.child.exit_code() is None
    finally:
        sink.child.stop()
