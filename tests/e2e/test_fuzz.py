"""Hundreds of invalid messages among valid ones: nothing stops, nothing is lost, and each becomes a dead letter."""

import base64
import random
from collections import Counter
from dataclasses import replace
from typing import Any, Final

import orjson
import pytest

from common.anomaly import APPENDED_HEADER, Anomaly
from common.deadletters.letter import DeadLetter
from common.kafka import producer
from common.trade import LATEST_NS, MOST_PRICE, Trade
from detector.engine import Engine
from local import offsets
from local.pipeline import Pipeline
from tests import tape
from tests.e2e import fuzz
from tests.e2e.headers import put_misnamed
from tests.e2e.topics import committed
from tests.scoring import block_alert
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e

BAD: Final = 400
KEPT_BYTES: Final = 675_000
NEEDED: Final = ("trade_id", "ts_event", "ts_recv", "price", "size", "side")
APPENDED: Final = (None, b"9" * 400, b"9" * 5_000)
"""What no time in milliseconds is: without a value, larger than a float, longer than Python reads."""
ALSO_NEEDED: Final = ("anomaly_id", "rules", "score", "severity", "reasons", "episode", "model", "detected_at")


def good_trades(dice: random.Random) -> list[Trade]:
    """Return valid trades, some of them as strange as valid ones can be."""
    calm = tape.with_block(tape.trades(900, 1), 800)
    shuffled = tape.with_block(tape.trades(900, 2, "SHUFFLED"), 700)
    dice.shuffle(shuffled)
    extreme = tape.trades(900, 3, "EXTREME")
    for place in range(450, 900, 3):
        extreme[place] = replace(
            extreme[place],
            price=dice.choice((MOST_PRICE, -MOST_PRICE, 0.0, -0.0, 5e-324)),
            size=dice.choice((0, 1, 2**63 - 1)),
            ts_event=dice.choice((0, LATEST_NS - 1, tape.START)),
            ts_recv=dice.choice((0, LATEST_NS - 1, tape.START)),
        )
    strange = [
        replace(trade, trade_id=f"{trade.trade_id}{symbol}"[:256])
        for symbol in fuzz.STRANGE_SYMBOLS
        for trade in tape.with_block(tape.trades(470, 4, symbol), 460)
    ]
    return calm + shuffled + extreme + strange


def mixed(dice: random.Random, good: list[fuzz.Message], bad: list[fuzz.Message]) -> list[fuzz.Message]:
    """Return both, each in its own order."""
    turns = [True] * len(good) + [False] * len(bad)
    dice.shuffle(turns)
    of_good, of_bad = iter(good), iter(bad)
    return [next(of_good if turn else of_bad) for turn in turns]


def put(pipeline: Pipeline, topic: str, messages: list[fuzz.Message]) -> None:
    writer = producer(pipeline.kafka)
    for number, (key, value) in enumerate(messages):
        writer.produce(topic, value, key, headers=[("x", b"\xff" * 200)] if number % 50 == 0 else None)
        writer.poll(0)
    assert writer.flush(60) == 0


def put_badly_dated(pipeline: Pipeline, alert: dict[str, Any]) -> set[str]:
    """Publish valid alerts with invalid headers or header names; return their ids."""
    writer, topic = producer(pipeline.kafka), pipeline.topics.anomalies_topic
    ids = [f"{number:0{len(alert['anomaly_id'])}x}" for number in range(len(APPENDED) + 1)]
    *values, last = [orjson.dumps(alert | {"anomaly_id": anomaly_id}) for anomaly_id in ids]
    for value, appended in zip(values, APPENDED, strict=True):
        writer.produce(topic, value, b"AAA", headers=[(APPENDED_HEADER, appended)])
    assert writer.flush(60) == 0
    put_misnamed(pipeline.kafka, topic, last, b"AAA")
    return set(ids)


def test_every_bad_message_is_a_dead_letter_once_and_every_good_one_is_processed(pipeline: Pipeline) -> None:
    dice, engine = random.Random(17), Engine.load()
    trades = good_trades(dice)
    sound: dict[str, Any] = trades[0].to_dict()
    bad_trades = fuzz.bad(dice, sound, BAD, NEEDED)
    unkeyed: list[fuzz.Message] = [(key, trades[0].to_json()) for key in (None, b"", b"BBB", b"\xff")]
    alert: dict[str, Any] = orjson.loads(block_alert().to_json())
    bad_alerts = fuzz.bad(dice, alert, BAD, (*NEEDED, *ALSO_NEEDED))
    expected = expected_alerts(engine, trades)
    letters_topic = pipeline.topics.dead_letters_topic
    newer: list[fuzz.Message] = [
        (trade.symbol.encode(), orjson.dumps(trade.to_dict() | {"news": [number]}))
        for number, trade in enumerate(trades)
    ]

    with pipeline:
        put(pipeline, pipeline.topics.anomalies_topic, bad_alerts)
        badly_dated = put_badly_dated(pipeline, alert)
        (misnamed,) = tape.trades(1, symbol="MISNAMED")
        put_misnamed(pipeline.kafka, pipeline.topics.trades_topic, misnamed.to_json(), b"MISNAMED")
        put(pipeline, pipeline.topics.trades_topic, mixed(dice, newer, bad_trades + unkeyed))
        wait_until(lambda: offsets.count(pipeline.kafka, letters_topic) >= 2 * BAD + len(unkeyed), 90)
        pipeline.wait_until_done()
        counted = {
            name: pipeline.services[name].metric(f"{metric}_total")
            for name, metric in (("detector", "trades_scored"), ("sink", "documents_written"))
        }
        sink = pipeline.services["sink"]
        measured = [sink.metric(f"{name}_latency_seconds_count") for name in ("sink", "pipeline")]
        delays = [service.metric(f"{name}_event_delay_seconds") for name, service in pipeline.services.items()]
        unread = [service.metric(f"{name}_unread_messages") for name, service in pipeline.services.items()]
        found = pipeline.documents()
        letters = [DeadLetter.from_json(value) for _partition, _key, value in committed(pipeline.kafka, letters_topic)]

    assert counted == {"detector": len(trades) + 1, "sink": len(expected | badly_dated)}
    assert measured == [len(expected | badly_dated), len(expected)]
    assert all(delay != 0 for delay in delays)
    assert unread == [0, 0]
    assert set(found) == expected | badly_dated
    assert {fields["symbol"] for fields in found.values()} >= {"AAA", "SHUFFLED", *fuzz.STRANGE_SYMBOLS}
    for service, topic, sent in (
        ("detector", pipeline.topics.trades_topic, bad_trades + unkeyed),
        ("sink", pipeline.topics.anomalies_topic, bad_alerts),
    ):
        own = [letter for letter in letters if letter.service == service]
        assert len({(letter.partition, letter.offset) for letter in own}) == len(own) == len(sent)
        assert Counter((base64.b64decode(letter.payload), letter.payload_bytes) for letter in own) == Counter(
            ((value or b"")[:KEPT_BYTES], len(value or b"")) for _key, value in sent
        )
        assert {letter.origin for letter in own} == {topic}
        assert {letter.reason for letter in own} <= {"not_json", "bad_field", "wrong_key", "refused"}
        assert all(letter.error for letter in own)


def expected_alerts(engine: Engine, trades: list[Trade]) -> set[str]:
    """Return the ids of the alerts that the valid trades alone give."""
    states: dict[str, bytes] = {}
    ids = set()
    for trade in trades:
        states[trade.symbol], alert = engine.score(states.get(trade.symbol), trade, 0)
        if alert is not None:
            ids.add(Anomaly.from_json(alert.to_json()).anomaly_id)
    return ids
