"""From the bytes of trades to what the window takes, with the least work; nothing foreign gets past here."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

import orjson

from common.trade import LATEST_NS

_MAX_TEXT: Final = 256


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
                and 0 <= ts_event < LATEST_NS
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
