"""The whole pipeline against a real Kafka with SASL_SSL: SCRAM over TLS, the password from a file."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from common.errors import ServiceUnavailableError
from common.kafka import wait_for_broker
from common.settings import KafkaSettings, load
from local.pipeline import Pipeline
from local.stack import Stack
from nasdaq import SAMPLE
from tests import certificates
from tests.certificates import Certificates
from tests.e2e.broker import PASSWORD, Broker
from tests.e2e.playing import play

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, made: Certificates) -> Iterator[Broker]:
    """Return a broker with TLS, whose user has all rights."""
    server = Broker(tmp_path_factory.mktemp("kafka"), made.server)
    try:
        server.wait()
        server.allow_all()
        yield server
    finally:
        server.child.stop()


@pytest.fixture
def secured(server: Broker, made: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let all settings name that broker, and the password's file; return its address."""
    (tmp_path / "password").write_text(PASSWORD + "\n")
    files = {"KAFKA_SASL_PASSWORD_FILE": tmp_path / "password", "KAFKA_SSL_CA_FILE": made.authority}
    for name, value in (server.environment | files).items():
        monkeypatch.setenv(name, str(value))
    return server.address


@pytest.mark.usefixtures("own_names")
def test_pipeline_runs_over_sasl_ssl_and_tells_no_secret(secured: str, stack: Stack, tmp_path: Path) -> None:
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
    wait_for_broker(load(KafkaSettings), 4)
    (tmp_path / "password").write_text("wr0ng-h0rse")
    with pytest.raises(ServiceUnavailableError) as caught:
        wait_for_broker(load(KafkaSettings), 4)
    assert secured in str(caught.value)
    assert "invalid credentials" in str(caught.value)
    assert str(caught.value).endswith("KAFKA_SASL_PASSWORD or its file")
    assert "wr0ng-h0rse" not in str(caught.value)


@pytest.mark.usefixtures("secured")
def test_an_unknown_authority_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wait_for_broker(load(KafkaSettings), 4)
    (tmp_path / "other").mkdir()
    other = certificates.make(tmp_path / "other")
    monkeypatch.setenv("KAFKA_SSL_CA_FILE", str(other.authority))
    with pytest.raises(ServiceUnavailableError, match=r"certificate verify failed.* KAFKA_SSL_CA_FILE$"):
        wait_for_broker(load(KafkaSettings), 4)
