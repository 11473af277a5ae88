"""Load for benchmarks: an endless stream of trades, published at a steady rate or at full speed."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from confluent_kafka import Producer

from common.batch import TradeBatch
from common.decode.merge import take
from common.kafka import producer
from common.settings import KafkaSettings
from producer.encode import Message, messages

_DAY_NS: Final = 86_400 * 10**9
_COPIES: Final = 10
_ROWS: Final = 100
_QUEUE: Final = 200_000
_SLICE_S: Final = 0.01
_FLUSH_S: Final = 60.0


def steady(
    kafka: KafkaSettings, topic: str, batches: list[TradeBatch], rate: int, seconds: float
) -> Iterator[tuple[float, int]]:
    """Publish at a rate in trades per second; yield, many times a second, seconds elapsed and trades published.

    Trades held up by a stall of the broker are published as soon as possible. By the end, all have been acknowledged or
    given up.
    """
    writer = producer(kafka, **{"queue.buffering.max.messages": _QUEUE})
    parts = endless(batches)
    part: list[Message] = []
    began, sent = time.monotonic(), 0
    while (elapsed := time.monotonic() - began) < seconds:
        due = int(elapsed * rate) - sent
        if due > 0:
            part = part or next(parts)
            sent += _send(writer, topic, part[:due])
            part = part[due:]
        else:
            time.sleep(_SLICE_S)
        writer.poll(0)
        yield elapsed, sent
    writer.flush(_FLUSH_S)
    yield time.monotonic() - began, sent


def fill(kafka: KafkaSettings, topic: str, batches: list[TradeBatch], count: int) -> int:
    """Publish at least `count` trades as fast as the broker accepts them; return how many were published."""
    writer = producer(kafka, **{"queue.buffering.max.messages": _QUEUE})
    sent = 0
    for part in endless(batches):
        if sent >= count:
            break
        sent += _send(writer, topic, part)
        writer.poll(0)
    return sent - int(writer.flush(_FLUSH_S))


def endless(batches: list[TradeBatch]) -> Iterator[list[Message]]:
    """Yield trades as messages, over and over, up to a thousand at a time.

    Each repetition is shifted by whole days, so that its trades have new ids. Every symbol becomes ten, so that a day,
    which is one index in Elasticsearch, does not pass within seconds.
    """
    first = min(int(batch.ts_event.min()) for batch in batches)
    last = max(int(batch.ts_event.max()) for batch in batches)
    days = (last - first) // _DAY_NS + 1
    spread = max(int(batch.instrument_id.max()) for batch in batches) + 1
    shift = 0
    while True:
        for batch in batches:
            for begin in range(0, len(batch), _ROWS):
                rows = take(batch, slice(begin, begin + _ROWS))
                yield [
                    message
                    for copy in range(_COPIES)
                    for message in messages(
                        replace(
                            rows,
                            symbols=tuple(f"{symbol}.{copy}" for symbol in rows.symbols),
                            instrument_id=np.where(rows.instrument_id, rows.instrument_id + copy * spread, 0),
                            ts_event=rows.ts_event + shift,
                            ts_recv=rows.ts_recv + shift,
                        )
                    )
                ]
        shift += days * _DAY_NS


def _send(writer: Producer, topic: str, part: list[Message]) -> int:
    while len(writer) > _QUEUE // 2:
        writer.poll(_SLICE_S)
    for message in part:
        writer.produce(topic, **message)
    return len(part)
