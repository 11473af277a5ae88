"""A real Kafka at which a service has to log in."""

from pathlib import Path
from typing import Any

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
from common.settings import KafkaSettings
from local import kafka as server
from local.process import free_port

USER, PASSWORD = "service", "c0rrect-h0rse-battery"
LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


class Broker:
    """A broker at which a service has to log in, and whoever comes by the other door may do everything.

    Parameters
    ----------
    folder : Path
        Folder for data and logs.
    certificate : Path, optional
        PEM file of key and chain, with which the service's door has TLS; None gives it none.
    """

    def __init__(self, folder: Path, certificate: Path | None = None) -> None:
        client, internal, controller = free_port(), free_port(), free_port()
        self.address = f"127.0.0.1:{client}"
        self.owner = KafkaSettings(bootstrap_servers=f"127.0.0.1:{internal}")
        self.admin = AdminClient(connection(self.owner) | {"log_level": 0})
        self._protocol = "SASL_SSL" if certificate else "SASL_PLAINTEXT"
        keys = {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(certificate)} if certificate else {}
        self.child = server.start(
            folder,
            client,
            {
                "controller.quorum.voters": f"1@127.0.0.1:{controller}",
                "listeners": f"CLIENT://127.0.0.1:{client},INTERNAL://127.0.0.1:{internal},"
                f"CONTROLLER://127.0.0.1:{controller}",
                "advertised.listeners": f"CLIENT://127.0.0.1:{client},INTERNAL://127.0.0.1:{internal}",
                "listener.security.protocol.map": f"CLIENT:{self._protocol},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
                "inter.broker.listener.name": "INTERNAL",
                "listener.name.client.sasl.enabled.mechanisms": "SCRAM-SHA-512",
                "listener.name.client.scram-sha-512.sasl.jaas.config": LOGIN,
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users": "User:ANONYMOUS",
                **keys,
            },
        )

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables with which a service logs in, but for the password."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.address,
            "KAFKA_SECURITY_PROTOCOL": self._protocol,
            "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "KAFKA_SASL_USERNAME": USER,
        }

    def wait(self) -> None:
        """Wait for it, and let it know its user."""
        wait_for_broker(self.owner, 60)
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 8192)
        asked = UserScramCredentialUpsertion(USER, info, PASSWORD.encode())
        self.admin.alter_user_scram_credentials([asked])[USER].result(30)

    def allow(self, kind: ResourceType, name: str, operation: AclOperation) -> None:
        right = AclBinding(kind, name, *self._right(operation))
        self.admin.create_acls([right])[right].result(30)

    def allow_all(self) -> None:
        for kind in (ResourceType.TOPIC, ResourceType.GROUP, ResourceType.TRANSACTIONAL_ID):
            self.allow(kind, "*", AclOperation.ALL)
        self.allow(ResourceType.BROKER, "kafka-cluster", AclOperation.ALL)

    def deny(self, kind: ResourceType, name: str, operation: AclOperation) -> None:
        rights = AclBindingFilter(kind, name, *self._right(operation))
        assert len(self.admin.delete_acls([rights])[rights].result(30)) == 1

    @staticmethod
    def _right(operation: AclOperation) -> tuple[Any, ...]:
        return ResourcePatternType.LITERAL, f"User:{USER}", "*", operation, AclPermissionType.ALLOW
