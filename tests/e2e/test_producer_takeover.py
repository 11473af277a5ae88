"""Producers of the same file against each other: one continues where the other got to, and the other stops."""

import signal
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from common.kafka import producer
from common.settings import KafkaSettings, TopicSettings
from producer.progress import Progress
from producer.publisher import ReplacedError
from tests import dbn
from tests.e2e.producers import Opened, Start, claim, parcel, run, trades
from tests.e2e.topics import committed, compact, expected, published
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e


def test_a_second_producer_takes_over_and_the_first_one_says_so(
    stack: Any, topics: TopicSettings, start: Start, tmp_path: Path
) -> None:
    path = dbn.write(tmp_path / "day.dbn.zst", dbn.trades(30_000))
    first = start(path, "--speed", "1")
    wait_until(lambda: len(committed(stack, topics.trades_topic)) > 100)
    first.send_signal(signal.SIGSTOP)

    code, log = run(start, path)
    first.send_signal(signal.SIGCONT)
    _, complaint = first.communicate(timeout=60)

    assert code == 0, log
    assert first.returncode == 1, complaint
    assert "another producer plays day.dbn.zst now" in complaint
    assert "Traceback" not in complaint
    assert published(stack, topics.trades_topic) == expected(path)


@pytest.mark.parametrize("paused", [False, True])
def test_another_selection_of_files_that_shares_one_takes_it_over(
    paused: bool, stack: Any, topics: TopicSettings, start: Start, tmp_path: Path
) -> None:
    one = dbn.write(tmp_path / "1.dbn.zst", dbn.trades(30_000))
    two = dbn.write(tmp_path / "2.dbn.zst", dbn.trades(30_000, first=30_000))
    first = start(one, "--speed", "1")
    wait_until(lambda: len(committed(stack, topics.trades_topic)) > 100)
    if paused:
        first.send_signal(signal.SIGSTOP)

    code, log = run(start, one, two)
    seen = published(stack, topics.trades_topic)
    first.send_signal(signal.SIGCONT)
    _, complaint = first.communicate(timeout=60)

    assert code == 0, log
    assert (first.returncode, "another producer plays" in complaint) == (1, True), complaint
    assert seen == published(stack, topics.trades_topic) == expected(one, two)


def test_what_is_published_until_the_claim_counts(stack: Any, topics: TopicSettings, opened: Opened) -> None:
    first = opened("first")
    claim(first)
    first.send(parcel(first, 0, 1))
    second = opened("second")
    first.send(parcel(first, 2, 3))

    stand = claim(second)
    second.send(parcel(second, *range(stand.next_record, 6)))

    assert stand.next_record == 4
    with pytest.raises(ReplacedError, match=r"another producer plays day\.dbn now"):
        first.send(parcel(first, 4, 5))
    assert trades(stack, topics) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("owner", ["first", "second"])
def test_nothing_of_a_transaction_that_was_open_at_the_claim_is_committed(
    owner: str, stack: Any, topics: TopicSettings, opened: Opened
) -> None:
    first = opened("first")
    claim(first)
    second = opened(owner)
    stands: list[Progress] = []

    with pytest.raises(ReplacedError):
        first.send(parcel(first, 0, 1, happens=lambda: stands.append(claim(second))))
    second.send(parcel(second, *range(stands[0].next_record, 3)))

    assert trades(stack, topics) == [0, 1, 2]


def test_a_claim_made_while_a_producer_gets_up_again_is_seen(
    stack: Any, topics: TopicSettings, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = opened("first")
    claim(first)
    opened("first")  # Fences it, and claims nothing.
    second = opened("second")
    made = first._made

    def late(owner: str) -> Producer:
        claim(second)
        return made(owner)

    monkeypatch.setattr(first, "_made", late)
    with pytest.raises(ReplacedError):
        first.send(parcel(first, 0, 1))

    assert trades(stack, topics) == []


def test_no_claim_is_forgotten_when_the_topic_is_compacted(
    stack: Any, kafka: KafkaSettings, topics: TopicSettings, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = opened("first"), opened("second")
    claim(first)
    monkeypatch.setattr(second._ledger, "read", lambda: 1 / 0)

    def happens() -> None:
        with pytest.raises(ZeroDivisionError):  # It dies after claiming and before fencing.
            claim(second)
        compact(kafka, topics.progress_topic, Progress("other.dbn", "", "").to_json())
        third = opened("third")
        claim(third)
        third.send(parcel(third, 0, 1))

    with pytest.raises(ReplacedError):
        first.send(parcel(first, 0, 1, happens=happens))

    assert trades(stack, topics) == [0, 1]


def test_a_claim_that_was_compacted_away_gives_way_to_the_later_one(
    stack: Any, kafka: KafkaSettings, topics: TopicSettings, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = opened("first")
    read = first._ledger.read

    def late() -> None:
        monkeypatch.undo()
        again = opened("first")
        claim(again)
        again.send(parcel(again, 0, 1))
        compact(kafka, topics.progress_topic, Progress("other.dbn", "", "").to_json())
        read()

    monkeypatch.setattr(first._ledger, "read", late)
    with pytest.raises(ReplacedError):
        claim(first)

    assert trades(stack, topics) == [0, 1]


def test_a_restart_begins_at_the_beginning_whatever_another_one_publishes(
    stack: Any, topics: TopicSettings, opened: Opened
) -> None:
    first, second = opened("first"), opened("second")
    claim(first)
    first.send(parcel(first, 0, 1))

    stand = claim(second, restart=True)
    second.send(parcel(second, 0, 1))

    assert stand.next_record == 0
    assert trades(stack, topics) == [0, 1, 0, 1]


def test_what_stands_behind_a_transaction_of_others_is_waited_for(
    kafka: KafkaSettings, topics: TopicSettings, opened: Opened
) -> None:
    first = opened("first")
    claim(first)
    stranger = producer(
        kafka, **{"transactional.id": f"stranger-{topics.trades_topic}", "transaction.timeout.ms": 3000}
    )
    stranger.init_transactions(30)
    stranger.begin_transaction()
    stranger.produce(topics.progress_topic, Progress("other.dbn", "", "").to_json(), b"OTHER")
    stranger.flush(30)
    first.send(parcel(first, 0, 1))

    again = opened("first")

    assert claim(again).next_record == 2
