"""From message bytes to what the window takes, with the least work a trade; nothing foreign gets past here."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from common.anomaly import SEVERITIES, Anomaly
from common.errors import MessageError

_MAX_NS: Final = 253_402_300_799_000_000_000
_MAX_TEXT: Final = 256
_MAX_SUMMARY: Final = 2_000


@dataclass(slots=True)
class Prints:
    """Prints of one symbol, in the order in which they arrived."""

    venue: str = ""
    ts_event: list[int] = field(default_factory=list)
    price: list[float] = field(default_factory=list)
    size: list[float] = field(default_factory=list)


def read_trades(payloads: list[bytes | None]) -> tuple[dict[str, Prints], int]:
    """Return prints by symbol, and how many messages were not trades.

    Only the fields that the page shows are looked at: the detector is who judges messages.
    """
    by_symbol: dict[str, Prints] = defaultdict(Prints)
    unreadable = 0
    for payload in payloads:
        try:
            trade = orjson.loads(payload or b"")
            symbol, price, size, ts_event = trade["symbol"], trade["price"], trade["size"], trade["ts_event"]
            usable = (
                type(symbol) is str
                and 0 < len(symbol) <= _MAX_TEXT
                and type(ts_event) is int
                and 0 <= ts_event < _MAX_NS
                and type(price) in (float, int)
                and type(size) in (int, float)
                and abs(price) < 1e15
                and 0 <= size < 1e15
            )
        except (orjson.JSONDecodeError, KeyError, TypeError):
            usable = False
        if not usable:
            unreadable += 1
            continue
        prints = by_symbol[symbol]
        prints.ts_event.append(ts_event)
        prints.price.append(price)
        prints.size.append(size)
        if not prints.venue:
            venue = trade.get("venue")
            prints.venue = venue if type(venue) is str else ""
    return by_symbol, unreadable


def read_anomaly(payload: bytes | None) -> Anomaly:
    """Return the anomaly with every field that the page shows checked.

    Raises
    ------
    MessageError
        If it does not fit the contract.
    """
    anomaly = Anomaly.from_json(payload or b"")
    _texts(
        _MAX_TEXT, anomaly.anomaly_id, anomaly.kind, anomaly.episode.episode_id, anomaly.model.version, *anomaly.rules
    )
    _texts(
        _MAX_SUMMARY, anomaly.summary, *(text for reason in anomaly.reasons for text in (reason.feature, reason.text))
    )
    _numbers(anomaly.score, anomaly.actual, anomaly.expected, anomaly.once_in, anomaly.episode.count)
    _numbers(*(value for reason in anomaly.reasons for value in (reason.contribution, reason.actual, reason.expected)))
    _times(anomaly.trade.ts_event, anomaly.episode.first_ts_event, anomaly.detected_at)
    if anomaly.severity not in SEVERITIES:
        raise MessageError(f"severity is none of {', '.join(SEVERITIES)}")
    return anomaly


def _texts(limit: int, *values: Any) -> None:
    if not all(type(value) is str and len(value) <= limit for value in values):
        raise MessageError(f"a text is missing or longer than {limit} characters")


def _numbers(*values: Any) -> None:
    if not all(type(value) in (float, int) and math.isfinite(value) for value in values):
        raise MessageError("a number is missing or not finite")


def _times(*values: Any) -> None:
    if not all(type(value) is int and 0 <= value < _MAX_NS for value in values):
        raise MessageError("a time is missing or out of range")
