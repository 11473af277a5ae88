"""The sink as a process, with TLS and authentication: a gate in front of a real Elasticsearch enforces both."""

import base64
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from common.anomaly import Anomaly
from common.settings import ElasticsearchSettings, KafkaSettings, TopicSettings, load
from local.services import Service
from local.stack import Stack
from tests import certificates
from tests.e2e.gate import Gate
from tests.e2e.health import not_ready
from tests.e2e.sinks import documents, environment
from tests.e2e.topics import publish
from tests.scoring import block_alert
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e

KEY, NEW_KEY, WRONG_KEY = "cGlwZWxpbmU6cjFnaHQ", "cGlwZWxpbmU6bmV3ZXI", "cGlwZWxpbmU6d3Iwbmc"
USER, PASSWORD = "pipeline", "c0rrect-h0rse-battery"
Launch = Callable[..., Service]


@pytest.fixture(scope="module")
def alerts() -> list[Anomaly]:
    """Three anomalies."""
    return [block_alert(symbol, seed) for seed, symbol in ((1, "AAA"), (2, "BBB"), (3, "CCC"))]


@pytest.fixture
def launch(
    kafka: KafkaSettings, topics: TopicSettings, elasticsearch_settings: ElasticsearchSettings, tmp_path: Path
) -> Iterator[Launch]:
    """Start a sink; stop those that are left."""
    running: list[Service] = []

    def start(**variables: str) -> Service:
        variables = environment(kafka, topics, elasticsearch_settings, **variables)
        running.append(Service("sink", tmp_path, variables))
        return running[-1]

    yield start
    for service in running:
        service.child.stop()


def shown(service: Service) -> bytes:
    """Return all that others may see of a service."""
    with urllib.request.urlopen(f"{service.health}/metrics", timeout=5) as answer:
        metrics: bytes = answer.read()
    return service.child.log.read_bytes() + Path(f"/proc/{service.child.pid}/cmdline").read_bytes() + metrics


def test_documents_arrive_with_the_right_authority_and_key_and_whatever_is_wrong_is_waited_for(
    stack: Stack,
    elasticsearch_settings: ElasticsearchSettings,
    launch: Launch,
    kafka: KafkaSettings,
    topics: TopicSettings,
    alerts: list[Anomaly],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = certificates.make(tmp_path)
    (tmp_path / "other").mkdir()
    authority, key = tmp_path / "ca.pem", tmp_path / "key"
    authority.write_bytes(certificates.make(tmp_path / "other").authority.read_bytes())
    key.write_text(WRONG_KEY + "\n")
    ids = [alert.anomaly_id for alert in alerts]
    publish(kafka, topics.anomalies_topic, [alerts[0]])
    with Gate(stack.elasticsearch_url, made.server) as gate:
        gate.accepted = f"ApiKey {KEY}"
        sink = launch(
            ELASTICSEARCH_URL=gate.url,
            ELASTICSEARCH_CA_FILE=str(authority),
            ELASTICSEARCH_API_KEY_FILE=str(key),
        )
        wait_until(lambda: "check ELASTICSEARCH_CA_FILE" in not_ready(sink))

        authority.write_bytes(made.authority.read_bytes())
        wait_until(lambda: "check ELASTICSEARCH_API_KEY" in not_ready(sink))

        key.write_text(KEY + "\n")
        sink.wait_until_ready()
        wait_until(lambda: documents(elasticsearch_settings) == set(ids[:1]))

        gate.accepted = f"ApiKey {NEW_KEY}"
        publish(kafka, topics.anomalies_topic, [alerts[1]])
        wait_until(lambda: "check ELASTICSEARCH_API_KEY" in not_ready(sink))
        key.write_text(NEW_KEY)
        wait_until(lambda: documents(elasticsearch_settings) == set(ids[:2]))

        gate.rights = False
        publish(kafka, topics.anomalies_topic, [alerts[2]])
        wait_until(lambda: "the credentials lack a right" in not_ready(sink))
        gate.rights = True
        wait_until(lambda: documents(elasticsearch_settings) == set(ids))
        sink.wait_until_ready()
        seen = shown(sink)

    log = seen.decode(errors="replace")
    assert "Waiting for Elasticsearch at https://127.0.0.1" in log
    assert "check ELASTICSEARCH_CA_FILE" in log
    assert "check ELASTICSEARCH_API_KEY or its file" in log
    assert "Traceback" not in log
    assert sink.metric("sink_dead_letters_total") == 0
    monkeypatch.setenv("ELASTICSEARCH_API_KEY_FILE", str(key))
    settings = load(ElasticsearchSettings)
    assert settings.api_key.get_secret_value() == NEW_KEY
    for secret in (KEY, NEW_KEY, WRONG_KEY):
        assert secret not in log + repr(settings) + str(settings)


def test_documents_arrive_with_user_and_password(
    stack: Stack,
    elasticsearch_settings: ElasticsearchSettings,
    launch: Launch,
    kafka: KafkaSettings,
    topics: TopicSettings,
    alerts: list[Anomaly],
    tmp_path: Path,
) -> None:
    made = certificates.make(tmp_path)
    (tmp_path / "password").write_text(PASSWORD)
    publish(kafka, topics.anomalies_topic, [alerts[0]])
    with Gate(stack.elasticsearch_url, made.server) as gate:
        token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        gate.accepted = "Basic nobody"
        sink = launch(
            ELASTICSEARCH_URL=gate.url,
            ELASTICSEARCH_CA_FILE=str(made.authority),
            ELASTICSEARCH_USERNAME=USER,
            ELASTICSEARCH_PASSWORD_FILE=str(tmp_path / "password"),
        )
        wait_until(lambda: "check ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD" in not_ready(sink))
        gate.accepted = f"Basic {token}"
        sink.wait_until_ready()
        wait_until(lambda: documents(elasticsearch_settings) == {alerts[0].anomaly_id})
        seen = shown(sink)

    assert PASSWORD.encode() not in seen
    assert token.encode() not in seen


def test_credentials_in_the_address_end_it_at_once_and_are_not_shown(launch: Launch) -> None:
    sink = launch(ELASTICSEARCH_URL=f"https://{USER}:{PASSWORD}@127.0.0.1:1")
    wait_until(lambda: sink.child.exit_code() is not None)
    assert sink.child.exit_code() == 2
    log = sink.child.log.read_text()
    assert "ELASTICSEARCH_URL holds credentials" in log
    assert "Traceback" not in log
    assert PASSWORD not in log
