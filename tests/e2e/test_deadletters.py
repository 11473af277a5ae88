"""The dead-letter command against a real broker: list, show, and put a corrected message back."""

from dataclasses import asdict, replace
from pathlib import Path

import orjson
import pytest

from common.deadletters.letter import DeadLetter
from common.kafka import producer
from common.settings import KafkaSettings, TopicSettings
from tests import tape
from tests.e2e.deadletters import Command
from tests.e2e.topics import committed

pytestmark = pytest.mark.e2e


@pytest.fixture
def command(kafka: KafkaSettings, topics: TopicSettings) -> Command:
    letters = [
        DeadLetter.of(
            b'{"symbol": "AAA", "price": "one"}', service="detector", reason="bad_field", error="field price",
            origin=topics.trades_topic, partition=1, offset=7, key=b"AAA", at=1_700_000_000_000_000_000,
        ),
        DeadLetter.of(
            b"\x00\xff", service="producer", reason="undefined_price", error="record 3", origin="a.dbn.zst",
            partition=-1, offset=3, key="BBB", at=1_700_000_000_000_000_000,
        ),
    ]  # fmt: skip
    writer = producer(kafka)
    for letter in letters:
        writer.produce(topics.dead_letters_topic, letter.to_json(), partition=0)
    for hostile in (
        b"no letter at all",
        orjson.dumps(asdict(letters[0]) | {"at": "x"}),
        orjson.dumps(asdict(letters[0]) | {"payload": "é"}),
        replace(letters[0], service="\x1b[2J", reason="gone").to_json(),
        replace(letters[0], origin=topics.progress_topic, reason="forged").to_json(),
    ):
        writer.produce(topics.dead_letters_topic, hostile, partition=0)
    assert writer.flush(30) == 0
    return Command(kafka, topics)


def test_list_names_every_letter(command: Command) -> None:
    done = command("list")
    assert done.returncode == 0, done.stderr
    assert "0:0  2023-11-14T22:13:20Z  detector  bad_field" in done.stdout
    assert "a.dbn.zst[-1]@3" in done.stdout
    assert r"'\x1b[2J'  gone" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stdout.endswith("4 dead letters\n")
    assert command("list", "--service", "producer").stdout.endswith("1 dead letters\n")


def test_show_gives_the_payload_as_text(command: Command) -> None:
    done = command("show", "0:0")
    assert orjson.loads(done.stdout)["payload"] == '{"symbol": "AAA", "price": "one"}'


def test_replay_puts_the_mended_message_back(
    command: Command, kafka: KafkaSettings, topics: TopicSettings, tmp_path: Path
) -> None:
    mended = tape.trades(1)[0].to_json()
    (tmp_path / "mended.json").write_bytes(mended + b"\n")

    done = command("replay", "0:0", "--payload", tmp_path / "mended.json")

    assert done.returncode == 0, done.stderr
    assert [(key, value) for _partition, key, value in committed(kafka, topics.trades_topic)] == [("AAA", mended)]


def test_replay_writes_to_no_topic_but_those_of_trades_and_anomalies(
    command: Command, kafka: KafkaSettings, topics: TopicSettings
) -> None:
    done = command("replay", "0:6")

    assert (done.returncode, f"the topic {topics.progress_topic}, which is neither" in done.stderr) == (3, True)
    assert committed(kafka, topics.progress_topic) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("replay", "0:1"), "came from the file a.dbn.zst"),
        (("show", "0:2"), "no dead letter at 0:2"),
        (("show", "0:99"), "no dead letter at 0:99"),
        (("show", "first"), "PARTITION:OFFSET"),
        (("replay", "0:0", "--payload", "no-such-file"), "no-such-file"),
        (("replay", "0:0", "--payload", "half.json"), "the payload is not valid on trades-"),
        (("list", "--service", "detecter"), "invalid choice: 'detecter'"),
    ],
)
def test_mistakes_get_a_clear_error(command: Command, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "half.json").write_text('{"symbol": "AAA", "price": "one"}')
    done = command(*(tmp_path / each if each == "half.json" else each for each in arguments))
    assert done.returncode == (2 if said in ("PARTITION:OFFSET", "invalid choice: 'detecter'") else 3)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
