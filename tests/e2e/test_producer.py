"""The producer as a process, against a real broker: every trade once, in order, whatever happens."""

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from common.settings import TopicSettings
from tests import dbn
from tests.e2e.producers import Start, run
from tests.e2e.topics import committed, expected, published
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e


def test_plays_every_trade_once_and_a_finished_file_not_again(
    stack: Any, topics: TopicSettings, start: Start, tmp_path: Path
) -> None:
    path = dbn.write(tmp_path / "day.dbn.zst", dbn.trades(5_000))
    summary = tmp_path / "summary.json"

    first = run(start, path, "--summary", summary)
    again = run(start, path)
    renamed = run(start, path.rename(tmp_path / "renamed.dbn.zst"))

    assert first[0] == again[0] == renamed[0] == 0, first[1] + again[1]
    assert "nothing is left to do" in again[1]
    assert "nothing is left to do" in renamed[1]
    assert published(stack, topics.trades_topic) == expected(tmp_path / "renamed.dbn.zst")
    assert json.loads(summary.read_bytes())["symbols"] == {"AAA": 1667, "BBB": 1667, "CCC": 1666}


def test_restart_plays_from_the_beginning(stack: Any, topics: TopicSettings, start: Start, tmp_path: Path) -> None:
    path = dbn.write(tmp_path / "day.dbn", dbn.trades(30))

    codes = [run(start, path)[0], run(start, path, "--restart")[0]]

    assert codes == [0, 0]
    assert published(stack, topics.trades_topic) == {name: own * 2 for name, own in expected(path).items()}


def test_a_file_that_has_grown_since_is_played_whole_with_a_warning(
    topics: TopicSettings, start: Start, tmp_path: Path
) -> None:
    path = dbn.write(tmp_path / "day.dbn", dbn.trades(30))
    first = run(start, path)
    dbn.write(path, dbn.trades(40))
    again = run(start, path)

    assert first[0] == again[0] == 0
    assert "published before" not in first[1]
    assert "Trades of a file with this name were published before" in again[1]
    assert "file=day.dbn published=30" in again[1]


def test_a_new_file_in_the_folder_is_played_alone(
    stack: Any, topics: TopicSettings, start: Start, tmp_path: Path
) -> None:
    one = dbn.write(tmp_path / "1.dbn", dbn.trades(300))
    codes = [run(start, tmp_path)[0]]

    two = dbn.write(tmp_path / "2.dbn", dbn.trades(300, first=300))
    codes.append(run(start, tmp_path)[0])

    assert codes == [0, 0]
    assert published(stack, topics.trades_topic) == expected(one, two)


def test_a_limit_is_continued(stack: Any, topics: TopicSettings, start: Start, tmp_path: Path) -> None:
    path = dbn.write(tmp_path / "day.dbn", dbn.trades(300))

    run(start, path, "--limit", 100)
    assert len(committed(stack, topics.trades_topic)) == 100
    run(start, path, "--limit", 150)
    assert len(committed(stack, topics.trades_topic)) == 150
    assert "Earlier runs have already reached the limit of trades" in run(start, path, "--limit", 150)[1]
    run(start, path)

    assert published(stack, topics.trades_topic) == expected(path)


def test_symbols_go_where_any_murmur2_producer_sends_them(
    stack: Any, topics: TopicSettings, start: Start, tmp_path: Path
) -> None:
    path = dbn.write(tmp_path / "day.dbn", dbn.trades(9))

    run(start, path)

    # Values of Kafka's own DefaultPartitioner for 3 partitions.
    partitions = {key: partition for partition, key, _value in committed(stack, topics.trades_topic)}
    assert partitions == {name: murmur2(name.encode()) % 3 for name in dbn.SYMBOLS.values()}


def test_survives_kill_at_any_moment(stack: Any, topics: TopicSettings, start: Start, tmp_path: Path) -> None:
    one = dbn.write(tmp_path / "1.dbn.zst", dbn.trades(60_000))
    two = dbn.write(tmp_path / "2.dbn.zst", dbn.trades(60_000, first=60_000))
    dice = random.Random(5)
    kills = 0

    for _ in range(4):
        process = start(one, two, PRODUCER_TRANSACTION_TRADES="500")
        _wait_for_transactions(stack, topics, process, 4)
        time.sleep(dice.random() * 0.2)
        kills += process.poll() is None
        process.kill()
        process.wait()
    code, log = run(start, one, two)

    assert (code, kills > 0) == (0, True), log
    assert published(stack, topics.trades_topic) == expected(one, two)


def _wait_for_transactions(stack: Any, topics: TopicSettings, process: "subprocess.Popen[str]", count: int) -> None:
    wanted = len(committed(stack, topics.progress_topic)) + count
    wait_until(lambda: process.poll() is not None or len(committed(stack, topics.progress_topic)) >= wanted)


def test_waits_while_the_broker_restarts(stack: Any, topics: TopicSettings, start: Start, tmp_path: Path) -> None:
    path = dbn.write(tmp_path / "day.dbn.zst", dbn.trades(12_000))
    process = start(path, "--speed", "1")
    wait_until(lambda: len(committed(stack, topics.trades_topic)) > 100)

    stack.kill_kafka()
    stack.start_kafka()
    _, log = process.communicate(timeout=120)

    assert process.returncode == 0, log
    assert published(stack, topics.trades_topic) == expected(path)


def test_waits_for_a_broker_that_is_not_there(start: Start, tmp_path: Path) -> None:
    path = dbn.write(tmp_path / "day.dbn", dbn.trades(3))

    process = start(path, KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert process.stderr is not None
    lines: list[str] = []
    while not any("Waiting for Kafka. address=127.0.0.1:1" in line for line in lines):
        lines.append(process.stderr.readline())
        assert lines[-1], lines
    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=30) == 130


def test_a_print_without_a_price_is_a_dead_letter_once(
    stack: Any, topics: TopicSettings, start: Start, tmp_path: Path
) -> None:
    records = [
        dbn.trade(number, price=dbn.UNDEF_PRICE) if number % 10 == 0 else dbn.trade(number) for number in range(300)
    ]
    path = dbn.write(tmp_path / os.fsdecode(b"t\xe4g.dbn"), records)

    run(start, path, "--limit", 100)
    code, log = run(start, path)

    letters = [json.loads(value) for _partition, _key, value in committed(stack, topics.dead_letters_topic)]
    assert code == 0, log
    assert [letter["offset"] for letter in letters] == list(range(0, 300, 10))
    assert {(letter["reason"], letter["origin"], letter["service"]) for letter in letters} == {
        ("undefined_price", r"t\xe4g.dbn", "producer")
    }
    assert published(stack, topics.trades_topic) == expected(path)


def test_nothing_of_a_cut_file_is_published_but_its_good_part_on_request(
    stack: Any, topics: TopicSettings, start: Start, tmp_path: Path
) -> None:
    whole = dbn.write(tmp_path / "whole.dbn", dbn.trades(300))
    cut = tmp_path / "cut.dbn"
    cut.write_bytes(whole.read_bytes()[:-70])

    refused = run(start, whole, cut)
    assert committed(stack, topics.trades_topic) == []
    salvaged = run(start, cut, "--salvage")
    again = run(start, cut, "--salvage"), run(start, cut)

    assert refused[0] == 3
    assert "298 records before the fault are good" in refused[1]
    assert "--salvage" in refused[1]
    assert salvaged[0] == 0
    assert [(code, "Everything was played before" in log) for code, log in again] == [(0, True), (0, True)]
    assert sum(map(len, published(stack, topics.trades_topic).values())) == 298


def test_salvage_plays_no_finished_file_again(stack: Any, topics: TopicSettings, start: Start, tmp_path: Path) -> None:
    whole = dbn.write(tmp_path / "day1.dbn", dbn.trades(300))
    run(start, tmp_path)
    cut = dbn.write(tmp_path / "day2.dbn", dbn.trades(300, first=300))
    cut.write_bytes(cut.read_bytes()[:-70])

    assert run(start, tmp_path, "--salvage")[0] == 0
    assert sum(map(len, published(stack, topics.trades_topic).values())) == 598
    assert run(start, whole, "--salvage")[0] == 0
    assert sum(map(len, published(stack, topics.trades_topic).values())) == 598


def murmur2(data: bytes) -> int:
    """Return the hash of Kafka's Java client, without its sign."""
    mask, factor = 0xFFFFFFFF, 0x5BD1E995
    value = 0x9747B28C ^ len(data)
    whole = len(data) // 4 * 4
    for place in range(0, whole, 4):
        word = int.from_bytes(data[place : place + 4], "little") * factor & mask
        word = (word ^ word >> 24) * factor & mask
        value = (value * factor & mask) ^ word
    if rest := data[whole:]:
        value = (value ^ int.from_bytes(rest, "little")) * factor & mask
    value = (value ^ value >> 13) * factor & mask
    return (value ^ value >> 15) & 0x7FFFFFFF
