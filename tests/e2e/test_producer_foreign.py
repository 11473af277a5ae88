"""Foreign messages on the progress topic: they stop no producer, and duplicate or lose no trade."""

from pathlib import Path
from typing import Any

import pytest

from common.kafka import producer
from common.settings import KafkaSettings, TopicSettings, load
from producer.playlist import Playlist
from producer.progress import Progress, claim_key
from producer.publisher import ReplacedError
from producer.settings import ProducerSettings
from tests import dbn
from tests.e2e.producers import Opened, Start, claim, parcel, run, trades
from tests.e2e.topics import compact, expected, published

pytestmark = pytest.mark.e2e

FOREIGN: tuple[bytes | None, ...] = (
    None, b"", b"no progress", b"[]", b"{}", b"\xff", b"[" * 2_000,
    b'{"file":1,"session":[],"owner":{},"next_record":"x","trades":-5}',
)  # fmt: skip


def put(kafka: KafkaSettings, topics: TopicSettings, key: str, *values: bytes | None) -> None:
    writer = producer(kafka)
    for value in values:
        writer.produce(topics.progress_topic, value, key.encode("utf-8", "surrogateescape"))
    assert writer.flush(30) == 0


def keys(topics: TopicSettings, path: Path) -> tuple[str, str]:
    """Return the keys of a file's progress and of a claim to it."""
    playlist = Playlist([path], load(ProducerSettings))
    return playlist.keys[0], claim_key(playlist.keys[0], f"producer-{topics.trades_topic}-{playlist.name}")


def test_what_is_no_progress_is_passed_over_and_told(
    stack: Any, kafka: KafkaSettings, topics: TopicSettings, start: Start, tmp_path: Path
) -> None:
    path = dbn.write(tmp_path / "day.dbn", dbn.trades(300))
    put(kafka, topics, "OTHER", *FOREIGN)
    put(kafka, topics, "\udcff", *FOREIGN)
    logs = [run(start, path, "--limit", "100")]
    for key in keys(topics, path):
        put(kafka, topics, key, *FOREIGN)

    logs += [run(start, path), run(start, path)]

    assert [code for code, _log in logs] == [0, 0, 0], logs
    assert f"place={topics.progress_topic}/0/15 reason=field file is not a text" in logs[0][1]
    assert "nothing is left to do" in logs[2][1]
    assert published(stack, topics.trades_topic) == expected(path)


def test_a_file_whose_progress_is_gone_is_not_played_twice_by_itself(
    stack: Any, kafka: KafkaSettings, topics: TopicSettings, start: Start, tmp_path: Path
) -> None:
    path = dbn.write(tmp_path / "day.dbn", dbn.trades(30))
    run(start, path)
    put(kafka, topics, keys(topics, path)[0], b"no progress")
    compact(kafka, topics.progress_topic, Progress("other.dbn", "session", "owner").to_json())

    code, log = run(start, path)

    assert (code, "Traceback" in log) == (1, False)
    assert "it is unknown how far the file" in log
    assert published(stack, topics.trades_topic) == expected(path)
    assert run(start, path, "--restart")[0] == run(start, path)[0] == 0
    assert published(stack, topics.trades_topic) == {name: own * 2 for name, own in expected(path).items()}


def test_an_owner_whose_claim_is_gone_is_fenced(
    stack: Any, kafka: KafkaSettings, topics: TopicSettings, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = opened("first")
    claim(first)
    # It is asleep, so it cannot read the other one's claim before it continues.
    monkeypatch.setattr(first._ledger, "poll", lambda: None)

    def happens() -> None:
        put(kafka, topics, claim_key("FILE", first.owner), b"no claim")
        compact(kafka, topics.progress_topic, Progress("other.dbn", "session", "owner").to_json())
        second = opened("second")
        claim(second)
        second.send(parcel(second, 0, 1))

    with pytest.raises(ReplacedError):
        first.send(parcel(first, 0, 1, happens=happens))

    assert trades(stack, topics) == [0, 1]
