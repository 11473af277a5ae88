"""The whole pipeline as processes on the embedded stack: its documents are the back-test's anomalies, always."""

import shutil
import signal
import time

import pytest
from confluent_kafka import Producer

from common.deadletters.letter import DeadLetter
from common.kafka import SESSION_TIMEOUT_MS, consumer, producer
from common.settings import KafkaSettings
from local import offsets, reference
from local.pipeline import Pipeline
from local.stack import Stack
from nasdaq import SAMPLE
from tests import RECORDED
from tests.e2e.playing import SLOWLY, found, hurry, play, works
from tests.e2e.topics import changelog, committed
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e

DAY = RECORDED / "xnas-itch-20131008.trades.dbn.zst"
SAMPLE_TRADES = 61_314


def test_documents_are_the_anomalies_of_the_back_test(pipeline: Pipeline) -> None:
    with pipeline:
        summary = play(pipeline, SAMPLE)
        counts = pipeline.counts(summary)

        assert found(pipeline) == reference.documents(SAMPLE)
        assert (counts.records_read, counts.trades_published, counts.trades_scored) == (SAMPLE_TRADES,) * 3
        assert counts.anomalies_emitted == counts.documents_indexed > 20
        assert counts.dead_letters == 0


def test_killed_processes_and_lost_state_change_nothing(pipeline: Pipeline) -> None:
    def disturb() -> None:
        for round_number in range(2):
            works(pipeline)
            for name in ("detector", "sink"):
                pipeline.services[name].child.kill()
            if round_number:
                shutil.rmtree(pipeline.folder / "state", ignore_errors=True)
            for name in ("detector", "sink"):
                pipeline.launch(name)
        pipeline.services["first"] = pipeline.services["detector"]
        pipeline.launch("detector", STATE_DIR=str(pipeline.folder / "second"))
        works(pipeline)
        hurry(pipeline)

    with pipeline:
        play(pipeline, SAMPLE, *SLOWLY, disturb=disturb)
        for name in ("detector", "sink"):
            pipeline.services[name].wait_until_ready()
        pipeline.wait_until_done()

        assert found(pipeline) == reference.documents(SAMPLE)


def test_a_detector_that_slept_goes_on_by_itself(pipeline: Pipeline) -> None:
    def disturb() -> None:
        works(pipeline)
        pipeline.services["detector"].child.send(signal.SIGSTOP)
        time.sleep(2 * SESSION_TIMEOUT_MS / 1000 + 2.0)  # The broker looks for transactions that are late every 10 s.
        pipeline.services["detector"].child.send(signal.SIGCONT)
        hurry(pipeline)

    with pipeline:
        play(pipeline, SAMPLE, *SLOWLY, disturb=disturb)

        assert pipeline.services["detector"].child.exit_code() is None
        assert found(pipeline) == reference.documents(SAMPLE)


def test_a_detector_that_was_replaced_in_its_sleep_commits_nothing_of_what_it_had_begun(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disturb() -> None:
        works(pipeline)
        sleeper = pipeline.services["first"] = pipeline.services["detector"]
        sleeper.child.send(signal.SIGSTOP)
        pipeline.launch("detector", STATE_DIR=str(pipeline.folder / "second"), COMMIT_INTERVAL_S="0.5")
        works(pipeline)
        sleeper.child.send(signal.SIGCONT)
        works(pipeline, "first")
        hurry(pipeline)

    monkeypatch.setenv("COMMIT_INTERVAL_S", "20")  # When it wakes, its commit is not due yet.
    with pipeline:
        play(pipeline, SAMPLE, *SLOWLY, disturb=disturb)

        assert found(pipeline) == reference.documents(SAMPLE)
        assert (first := pipeline.services["first"].child).exit_code() is None
        assert "given this member of the group up" in first.log.read_text()


def test_a_broker_that_slept_ends_no_service(stack: Stack, pipeline: Pipeline, kafka: KafkaSettings) -> None:
    # On waking, it lists no broker for a moment. Clients that ask often are likely to meet that moment.
    clients = [consumer(kafka, "test", **{"topic.metadata.refresh.interval.ms": 300}) for _ in range(100)]

    def disturb() -> None:
        assert stack.kafka is not None
        # Messages time out, and the broker is back before the transaction is given up.
        for seconds in (11, 13, 15):
            works(pipeline)
            stack.kafka.send(signal.SIGSTOP)
            time.sleep(seconds)
            stack.kafka.send(signal.SIGCONT)
        works(pipeline)
        hurry(pipeline)

    with pipeline:
        for client in clients:
            client.list_topics(pipeline.topics.trades_topic, timeout=30)
        play(pipeline, SAMPLE, *SLOWLY, disturb=disturb)

        assert "Traceback" not in pipeline.services["detector"].child.log.read_text()
        assert [pipeline.services[name].child.exit_code() for name in ("detector", "sink")] == [None, None]
        assert found(pipeline) == reference.documents(SAMPLE)
    for client in clients:
        client.list_topics(timeout=30)


def test_a_state_is_not_read_before_all_that_was_written_of_it_is_visible(pipeline: Pipeline) -> None:
    with pipeline:
        pipeline.services["detector"].child.stop()
        state = changelog(pipeline.groups[0], pipeline.topics.trades_topic)
        writer = producer(pipeline.kafka, **{"transactional.id": state})
        writer.init_transactions(30)
        writer.begin_transaction()
        for partition in range(3):
            writer.produce(state, b"", b"key", partition=partition)
        assert writer.flush(30) == 0

        detector = pipeline.launch("detector")
        pipeline.launch("producer", str(SAMPLE))
        wait_until(lambda: pipeline.services["producer"].child.exit_code() == 0, 60)
        detector.wait_until_ready()
        time.sleep(3)
        assert detector.metric("trades_scored_total") == 0

        writer.abort_transaction(30)
        pipeline.wait_until_done()
        assert found(pipeline) == reference.documents(SAMPLE)


def test_foreign_messages_go_to_the_dead_letters_and_stop_nothing(pipeline: Pipeline) -> None:
    with pipeline:
        writer: Producer = producer(pipeline.kafka)
        foreign = [b"", b"not json", b"[]", b'{"symbol": "AAA"}', b"\xff\xfe", b"null", b'{"price": NaN}']
        for value in foreign:
            writer.produce(pipeline.topics.trades_topic, value, key=b"AAA")
            writer.produce(pipeline.topics.anomalies_topic, value, key=b"AAA")
        assert writer.flush(30) == 0
        play(pipeline, SAMPLE, "--limit", "2000")

        letters_topic = pipeline.topics.dead_letters_topic
        wait_until(lambda: offsets.count(pipeline.kafka, letters_topic) >= 2 * len(foreign))
        letters = [DeadLetter.from_json(value) for _partition, _key, value in committed(pipeline.kafka, letters_topic)]
        for service, topic in (("detector", pipeline.topics.trades_topic), ("sink", pipeline.topics.anomalies_topic)):
            own = [letter for letter in letters if letter.service == service]
            assert sorted(letter.original() for letter in own) == sorted(foreign)
            assert {letter.origin for letter in own} == {topic}
            assert all(letter.reason and letter.error for letter in own)


@pytest.mark.skipif(not DAY.exists(), reason=f"{DAY.name} is not on this machine")
def test_a_real_day_goes_all_the_way(pipeline: Pipeline) -> None:
    with pipeline:
        counts = pipeline.counts(play(pipeline, DAY))

        assert counts.trades_published == counts.trades_scored == 99_181
        assert found(pipeline) == reference.documents(DAY)
