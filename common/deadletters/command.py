"""Inspects dead letters, and puts corrected ones back onto the topics that they came from."""

import argparse
import datetime as dt
import re
import sys
from pathlib import Path
from typing import Any, Final

import orjson
from confluent_kafka import Message

from common.anomaly import Anomaly
from common.deadletters.letter import DeadLetter
from common.errors import InputError, MessageError, ServiceUnavailableError, SettingError
from common.kafka import producer, wait_for_broker
from common.output import plain
from common.reading import messages
from common.settings import KafkaSettings, TopicSettings, load
from common.trade import Trade

_TIMEOUT_S: Final = 10.0
_READER: Final = "dead-letters-reader"
_SHOWN: Final = 100
_PLACE: Final = re.compile(r"([0-9]{1,9}):([0-9]{1,18})")


def main() -> None:
    """Parse the command line and run the subcommand."""
    parser = argparse.ArgumentParser(
        prog="python -m common.deadletters",
        description="Inspect the messages that services could not process, and put corrected ones back.",
        epilog="example: python -m common.deadletters replay 0:17 --payload corrected.json",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="list|show|replay")
    listing = commands.add_parser(
        "list", help="a line each: place, time, service, reason, origin, key, error; duplicates are listed once"
    )
    listing.add_argument("--service", choices=("producer", "detector", "sink"), help="only those of this service")
    listing.add_argument("--reason", metavar="CODE", help="only those with this reason, such as not_json")
    showing = commands.add_parser("show", help="one letter as JSON, its payload as text")
    showing.add_argument("place", help="PARTITION:OFFSET as listed")
    replaying = commands.add_parser("replay", help="put a payload back onto the topic that it came from")
    replaying.add_argument("place", help="PARTITION:OFFSET as listed")
    replaying.add_argument("--payload", type=Path, metavar="FILE", help="the corrected message to send instead")
    arguments = parser.parse_args()
    kafka, topics = load(KafkaSettings), load(TopicSettings)
    topic = topics.dead_letters_topic
    # Mistakes on the command line are reported before waiting for Kafka.
    place = None if arguments.command == "list" else _place(arguments.place)
    mended = _mended(arguments.payload) if arguments.command == "replay" and arguments.payload else None
    wait_for_broker(kafka, 30.0, (topic,))
    if place is None:
        _list(kafka, topic, arguments.service, arguments.reason)
    elif arguments.command == "show":
        _show(_find(kafka, topic, place))
    else:
        _replay(kafka, topics, _find(kafka, topic, place), mended)


def _list(kafka: KafkaSettings, topic: str, service: str | None, reason: str | None) -> None:
    listed: set[tuple[str, str, int]] = set()
    count = 0
    for message in messages(kafka, topic, _READER):
        letter = _letter(message)
        if letter is None or service not in (None, letter.service) or reason not in (None, letter.reason):
            continue
        if letter.partition >= 0:
            # The sink may have sent it twice. The payload counts too: in a recreated topic, the same place may hold
            # another message.
            original = letter.service, letter.place, hash(letter.payload)
            if original in listed:
                continue
            listed.add(original)
        at = dt.datetime.fromtimestamp(letter.at // 1_000_000_000, dt.UTC)
        error = letter.error if len(letter.error) <= _SHOWN else letter.error[:_SHOWN] + "…"
        sys.stdout.write(
            f"{message.partition()}:{message.offset()}  {at:%Y-%m-%dT%H:%M:%SZ}  {plain(letter.service)}  "
            f"{plain(letter.reason)}  {plain(letter.origin)}[{letter.partition}]@{letter.offset}  "
            f"key={letter.key!r}  bytes={letter.payload_bytes}  {error!r}\n"
        )
        count += 1
    sys.stdout.write(f"{count} dead letters\n")


def _show(letter: DeadLetter) -> None:
    fields: dict[str, Any] = {name: getattr(letter, name) for name in letter.__slots__}
    try:
        fields["payload"] = letter.original().decode("utf-8", "backslashreplace")
    except MessageError as error:
        fields["payload_cut"] = str(error)
    sys.stdout.buffer.write(orjson.dumps(fields, option=orjson.OPT_INDENT_2) + b"\n")


def _mended(path: Path) -> tuple[str, bytes]:
    try:
        payload = path.read_bytes().rstrip(b"\n")
        return str(orjson.loads(payload)["symbol"]), payload
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise InputError(f"{path}: not a JSON object with a symbol, which is the message's key") from None


def _replay(kafka: KafkaSettings, topics: TopicSettings, letter: DeadLetter, mended: tuple[str, bytes] | None) -> None:
    if letter.partition < 0:
        raise InputError(f"it came from the file {letter.origin}, not from a topic: correct the file and play it")
    # Someone who can write dead letters must not reach any other topic with the rights of the user who replays them.
    if letter.origin not in (topics.trades_topic, topics.anomalies_topic):
        raise InputError(
            f"its origin is the topic {plain(letter.origin)}, which is neither "
            f"input={topics.trades_topic} nor output={topics.anomalies_topic}: letters go back to those only"
        )
    if mended is not None:
        _check(mended[1], letter.origin, topics)
    key, payload = (letter.key, letter.original()) if mended is None else mended
    errors: list[str] = []

    def delivered(error: Any, _message: Message) -> None:
        if error is not None:
            errors.append(str(error))

    writer = producer(kafka)
    writer.produce(letter.origin, payload, key=key.encode(), on_delivery=delivered)
    if writer.flush(_TIMEOUT_S) or errors:
        raise ServiceUnavailableError(f"it was not delivered to {letter.origin}: {errors or 'no answer in time'}")
    sys.stdout.write(f"Put {len(payload)} bytes onto {letter.origin}, key {key!r}.\n")


def _check(payload: bytes, topic: str, topics: TopicSettings) -> None:
    """Refuse a payload that would become a dead letter again."""
    try:
        (Trade if topic == topics.trades_topic else Anomaly).from_json(payload)
    except MessageError as error:
        raise InputError(f"the payload is not valid on {topic}: {error}; correct it") from None


def _place(text: str) -> tuple[int, int]:
    match = _PLACE.fullmatch(text)
    if match is None:
        raise SettingError(f"{text!r} is not a place: give PARTITION:OFFSET as `list` prints it")
    return int(match[1]), int(match[2])


def _find(kafka: KafkaSettings, topic: str, place: tuple[int, int]) -> DeadLetter:
    partition, offset = place
    for message in messages(kafka, topic, _READER, {partition: offset}):
        if (message.partition(), message.offset()) == place:
            letter = _letter(message)
            if letter is not None:
                return letter
    raise InputError(f"{topic} holds no dead letter at {partition}:{offset}")


def _letter(message: Message) -> DeadLetter | None:
    try:
        return DeadLetter.from_json(message.value() or b"")
    except MessageError:
        return None
