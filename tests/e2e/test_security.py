"""The whole pipeline against a real Kafka with SASL_SSL: SCRAM over TLS, the password from a file."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from common.errors import ServiceUnavailableError
from common.kafka import wait_for_broker
from common.settings import KafkaSettings, load
from local import kafka
from local.pipeline import Pipeline
from local.process import free_port
from local.stack import Stack
from nasdaq import SAMPLE
from tests import certificates
from tests.e2e.test_pipeline import play

pytestmark = pytest.mark.e2e

USER, PASSWORD = "pipeline", "c0rrect-h0rse-battery"
LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


@pytest.fixture
def secured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    made = certificates.make(tmp_path)
    client, internal, controller = free_port(), free_port(), free_port()
    child = kafka.start(
        tmp_path / "kafka",
        client,
        {
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"CLIENT://127.0.0.1:{client},INTERNAL://127.0.0.1:{internal},"
            f"CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"CLIENT://127.0.0.1:{client},INTERNAL://127.0.0.1:{internal}",
            "listener.security.protocol.map": "CLIENT:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "INTERNAL",
            "listener.name.client.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.client.scram-sha-512.sasl.jaas.config": LOGIN,
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(made.server),
        },
    )
    try:
        wait_for_broker(KafkaSettings(bootstrap_servers=f"127.0.0.1:{internal}"), 60)
        admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{internal}"})
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 8192)
        asked = admin.alter_user_scram_credentials([UserScramCredentialUpsertion(USER, info, PASSWORD.encode())])
        for done in asked.values():
            done.result(30)
        (tmp_path / "password").write_text(PASSWORD + "\n")
        monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
        monkeypatch.setenv("KAFKA_SASL_MECHANISM", "SCRAM-SHA-512")
        monkeypatch.setenv("KAFKA_SASL_USERNAME", USER)
        monkeypatch.setenv("KAFKA_SASL_PASSWORD_FILE", str(tmp_path / "password"))
        monkeypatch.setenv("KAFKA_SSL_CA_FILE", str(made.authority))
        yield f"127.0.0.1:{client}"
    finally:
        child.stop()


def test_pipeline_runs_over_sasl_ssl_and_tells_no_secret(
    secured: str, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELASTICSEARCH_INDEX_PREFIX", f"anomalies-{uuid.uuid4().hex[:8]}")
    servers = SimpleNamespace(bootstrap_servers=secured, elasticsearch_url=stack.elasticsearch_url, check=stack.check)
    services = tmp_path / "services"
    with Pipeline(cast("Any", servers), services) as pipeline:
        shown = b"".join(
            Path(f"/proc/{service.child.pid}/cmdline").read_bytes() for service in pipeline.services.values()
        )
        counts = pipeline.counts(play(pipeline, SAMPLE, "--limit", "30000"))

    assert counts.trades_scored == 30_000
    assert counts.documents_indexed == counts.anomalies_emitted > 5
    logs = b"".join(path.read_bytes() for path in services.glob("*.log"))
    assert logs
    assert PASSWORD.encode() not in shown + logs
    assert PASSWORD not in repr(load(KafkaSettings))


def test_a_wrong_password_is_said_without_it(secured: str, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("wr0ng-h0rse")
    began = time.monotonic()
    with pytest.raises(ServiceUnavailableError) as caught:
        wait_for_broker(load(KafkaSettings, bootstrap_servers=secured), 4)
    assert time.monotonic() - began < 30
    assert secured in str(caught.value)
    assert "wr0ng-h0rse" not in str(caught.value)


def test_an_unknown_authority_is_not_trusted(secured: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    other = certificates.make(tmp_path / "other")
    monkeypatch.setenv("KAFKA_SSL_CA_FILE", str(other.authority))
    with pytest.raises(ServiceUnavailableError):
        wait_for_broker(load(KafkaSettings, bootstrap_servers=secured), 4)
