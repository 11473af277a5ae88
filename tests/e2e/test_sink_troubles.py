"""The sink as a process while Elasticsearch is in trouble: it waits in its group; nothing is lost or duplicated."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from common.anomaly import Anomaly
from common.deadletters.letter import DeadLetter
from common.kafka import SESSION_TIMEOUT_MS, connection
from common.search import client
from common.settings import ElasticsearchSettings, KafkaSettings, TopicSettings
from local.services import Service
from local.stack import Stack
from tests.e2e.gate import Gate
from tests.e2e.health import not_ready
from tests.e2e.sinks import documents, environment, group
from tests.e2e.topics import committed, publish
from tests.scoring import block_alert
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e

SYMBOLS = ((1, "AAA"), (2, "BBB"), (3, "CCC"), (4, "DDD"))
COPIES = 25_000
MOST_GROWTH_MB = 30.0


@pytest.fixture(scope="module")
def alerts() -> list[Anomaly]:
    return [block_alert(symbol, seed) for seed, symbol in SYMBOLS]


@pytest.fixture
def gate(stack: Stack) -> Iterator[Gate]:
    with Gate(stack.elasticsearch_url) as gate:
        yield gate


@pytest.fixture
def sink(
    gate: Gate,
    kafka: KafkaSettings,
    topics: TopicSettings,
    elasticsearch_settings: ElasticsearchSettings,
    tmp_path: Path,
) -> Iterator[Service]:
    variables = environment(kafka, topics, elasticsearch_settings, ELASTICSEARCH_URL=gate.url, SINK_LINGER_S="2")
    service = Service("sink", tmp_path, variables)
    service.wait_until_ready()
    yield service
    service.child.stop()


def members(kafka: KafkaSettings, topics: TopicSettings) -> set[str]:
    """Return the members of the sink's group; one that comes back has another name."""
    admin, name = AdminClient(connection(kafka)), group(topics)
    described = admin.describe_consumer_groups([name])[name].result(30)
    return {member.member_id for member in described.members}


def outcome(sink: Service, name: str) -> float:
    return sink.metric(f'documents_written_total{{outcome="{name}"}}')


def ids(alerts: list[Anomaly]) -> set[str]:
    return {alert.anomaly_id for alert in alerts}


@pytest.mark.parametrize("status", [429, 503])
def test_an_answer_that_passes_is_waited_for_in_the_group(
    gate: Gate, sink: Service, kafka: KafkaSettings, topics: TopicSettings, alerts: list[Anomaly],
    elasticsearch_settings: ElasticsearchSettings, status: int,
) -> None:  # fmt: skip
    gate.status = status
    publish(kafka, topics.anomalies_topic, alerts)
    wait_until(lambda: str(status) in not_ready(sink))
    before = members(kafka, topics)
    time.sleep(SESSION_TIMEOUT_MS / 1000 + 2)
    assert members(kafka, topics) == before != set()
    assert outcome(sink, "created") == 0

    gate.status = None
    wait_until(lambda: documents(elasticsearch_settings) == ids(alerts))
    wait_until(lambda: not_ready(sink) == "")
    assert outcome(sink, "created") == len(alerts)
    assert sink.metric("sink_retries_total") > 1
    assert sink.metric("sink_dead_letters_total") == 0


def test_only_what_was_not_taken_is_sent_again(
    gate: Gate, sink: Service, kafka: KafkaSettings, topics: TopicSettings, alerts: list[Anomaly],
    elasticsearch_settings: ElasticsearchSettings,
) -> None:  # fmt: skip
    gate.one_by_one = True
    publish(kafka, topics.anomalies_topic, alerts)
    wait_until(lambda: documents(elasticsearch_settings) == ids(alerts))
    wait_until(lambda: outcome(sink, "created") == len(alerts))
    assert outcome(sink, "duplicate") == 0
    assert sink.metric("sink_retries_total") >= 1


def test_documents_whose_answer_was_lost_are_there_already(
    gate: Gate, sink: Service, kafka: KafkaSettings, topics: TopicSettings, alerts: list[Anomaly],
    elasticsearch_settings: ElasticsearchSettings,
) -> None:  # fmt: skip
    gate.deaf = True
    publish(kafka, topics.anomalies_topic, alerts)
    wait_until(lambda: documents(elasticsearch_settings) == ids(alerts))
    gate.deaf = False
    wait_until(lambda: outcome(sink, "duplicate") == len(alerts))
    assert outcome(sink, "created") == 0
    assert documents(elasticsearch_settings) == ids(alerts)


def test_an_answer_that_does_not_come_is_given_up_and_asked_for_again(
    gate: Gate, sink: Service, kafka: KafkaSettings, topics: TopicSettings, alerts: list[Anomaly],
    elasticsearch_settings: ElasticsearchSettings,
) -> None:  # fmt: skip
    gate.hold_s = 33.0
    publish(kafka, topics.anomalies_topic, alerts)
    wait_until(lambda: "ConnectionTimeout" in not_ready(sink))
    before = members(kafka, topics)
    gate.hold_s = 0.0
    wait_until(lambda: documents(elasticsearch_settings) == ids(alerts))
    assert members(kafka, topics) == before != set()


def test_a_refused_document_is_a_dead_letter_and_stops_no_other(
    sink: Service, kafka: KafkaSettings, topics: TopicSettings, alerts: list[Anomaly],
    elasticsearch_settings: ElasticsearchSettings,
) -> None:  # fmt: skip
    # The index of that day was made by hand, for smaller trades.
    index = f"{elasticsearch_settings.index_prefix}-2024.03.01"
    mappings = {"properties": {"size": {"type": "integer"}}}
    client(elasticsearch_settings).indices.create(index=index, mappings=mappings)
    large = replace(alerts[1], trade=replace(alerts[1].trade, size=2**31))

    publish(kafka, topics.anomalies_topic, [alerts[0], large, *alerts[2:]])
    wait_until(lambda: sink.metric("sink_dead_letters_total") == 1)
    wait_until(lambda: documents(elasticsearch_settings) == ids(alerts) - {large.anomaly_id})

    (value,) = (value for _partition, _key, value in committed(kafka, topics.dead_letters_topic))
    letter = DeadLetter.from_json(value)
    assert letter.original() == large.to_json()
    assert (letter.service, letter.reason, letter.origin) == ("sink", "refused", topics.anomalies_topic)
    assert (letter.partition >= 0, letter.offset, letter.key) == (True, 0, "BBB")
    assert "size" in letter.error


def test_memory_is_bounded_while_elasticsearch_is_away(
    gate: Gate, sink: Service, kafka: KafkaSettings, topics: TopicSettings, alerts: list[Anomaly]
) -> None:
    def resident_mb() -> float:
        lines = Path(f"/proc/{sink.child.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))

    gate.status = 503
    publish(kafka, topics.anomalies_topic, alerts)
    wait_until(lambda: "503" in not_ready(sink))
    before = resident_mb()
    sent = alerts * COPIES
    publish(kafka, topics.anomalies_topic, sent)
    time.sleep(15)
    grown = resident_mb() - before
    size_mb = sum(len(alert.to_json()) for alert in alerts) * COPIES / 1e6
    assert size_mb > 1.5 * MOST_GROWTH_MB
    assert grown < MOST_GROWTH_MB, f"grown by {grown:.0f} MB of {size_mb:.0f} MB"
