"""The load of soak and commits is steady."""

from collections.abc import Iterator
from itertools import pairwise
from statistics import median

import pytest

from bench import load, tape
from common.settings import KafkaSettings, TopicSettings
from local import offsets
from nasdaq import SAMPLE

pytestmark = pytest.mark.e2e


def test_trades_are_published_a_few_at_a_time(kafka: KafkaSettings, topics: TopicSettings) -> None:
    going: Iterator[tuple[float, int]] = load.steady(kafka, topics.trades_topic, tape.read([SAMPLE]), 2_000, 3.0)

    sent = [count for _gone_s, count in going]

    assert 5_000 < sent[-1] <= 6_000
    assert offsets.count(kafka, topics.trades_topic) == sent[-1]
    # A reader that measures latencies would otherwise see bursts in step with commits.
    assert median(after - before for before, after in pairwise(sent) if after > before) < 200
