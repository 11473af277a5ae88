"""One producer's transactions: what fails midway is published whole, and once."""

from dataclasses import replace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from common.settings import TopicSettings
from tests.e2e.producers import Interrupted, Opened, claim, parcel, trades
from tests.e2e.topics import committed

pytestmark = pytest.mark.e2e


def test_a_transaction_that_fails_midway_is_published_once(stack: Any, topics: TopicSettings, opened: Opened) -> None:
    publisher = opened("first")
    assert publisher.waiting is None
    claim(publisher)
    faults = [KafkaException(KafkaError(KafkaError._QUEUE_FULL))]
    told: list[str | None] = []

    def happens() -> None:
        told.append(publisher.waiting)
        if faults:
            raise faults.pop()

    letters = Interrupted([{"key": b"day.dbn", "value": b"letter"}], happens)
    publisher.send(replace(parcel(publisher, 0, 1), letters=letters))

    assert trades(stack, topics) == [0, 1]
    assert [value for _partition, _key, value in committed(stack, topics.dead_letters_topic)] == [b"letter"]
    assert told[0] is None
    assert told[1]
    assert publisher.waiting is None
    assert opened("first").progress()["FILE"].next_record == 2
