"""Topics that are changed under the services: partitions are added, topics are deleted and made anew."""

import pytest

from common.reading import topic_ids
from common.settings import KafkaSettings, TopicSettings
from common.topics.create import ensure_topics
from local import reference
from local.pipeline import Pipeline
from nasdaq import SAMPLE
from tests.e2e.playing import found, play
from tests.e2e.topics import changelog, delete, grow
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e


def test_topics_keep_the_partitions_that_they_have(
    kafka: KafkaSettings, topics: TopicSettings, caplog: pytest.LogCaptureFixture
) -> None:
    assert ensure_topics(kafka, topics) == []
    assert not caplog.records

    ensure_topics(kafka, topics.model_copy(update={"topic_partitions": 6}))
    told = [record.getMessage() for record in caplog.records]
    assert [
        f"topic={name} partitions=3 TOPIC_PARTITIONS=6" in line
        for name, line in zip((topics.trades_topic, topics.anomalies_topic), told, strict=True)
    ] == [True, True]


def test_the_detector_refuses_partitions_that_its_state_lacks(pipeline: Pipeline) -> None:
    with pipeline:
        play(pipeline, SAMPLE, "--limit", "2000")
        grow(pipeline.kafka, pipeline.topics.trades_topic, 4)
        detector = pipeline.services["detector"].child
        wait_until(lambda: detector.exit_code() is not None, 90)

        assert detector.exit_code() == 4
        assert "the topic of trades has other partitions than the state" in detector.tail()
        assert "Traceback" not in detector.log.read_text()


def test_a_state_does_not_go_on_from_another_topic(pipeline: Pipeline) -> None:
    with pipeline:
        play(pipeline, SAMPLE, "--limit", "2000")
        pipeline.services["detector"].child.stop()
        names = [changelog(pipeline.groups[0], pipeline.topics.trades_topic), pipeline.topics.trades_topic]
        before = topic_ids(pipeline.kafka, names)
        delete(pipeline.kafka, *names)
        wait_until(lambda: ensure_topics(pipeline.kafka, pipeline.topics) == names[1:])
        detector = pipeline.launch("detector").child
        wait_until(lambda: detector.exit_code() is not None, 60)

        assert detector.exit_code() == 2
        assert f"holds the state of another topic {names[0]}" in detector.tail()
        assert "Traceback" not in detector.log.read_text()

        # What the message says: without the folder it starts anew.
        assert topic_ids(pipeline.kafka, names).items() & before.items() == set()
        pipeline.launch("detector", STATE_DIR=str(pipeline.folder / "fresh"))
        play(pipeline, SAMPLE, "--restart")
        assert found(pipeline) == reference.documents(SAMPLE)
