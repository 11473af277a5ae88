"""Parses trade messages into what the window needs; invalid messages stop here."""

from collections import defaultdict
from dataclasses import dataclass, field

from common.errors import MessageError
from common.trade import Trade


@dataclass(slots=True)
class Prints:
    """Prints of one symbol in order of arrival; `venue` is that of the latest."""

    venue: str = ""
    ts_event: list[int] = field(default_factory=list)
    price: list[float] = field(default_factory=list)
    size: list[int] = field(default_factory=list)


def read_trades(messages: list[tuple[bytes | None, bytes | None]]) -> tuple[dict[str, Prints], int]:
    """Return prints by symbol, and the number of invalid messages, which the detector refuses too.

    Parameters
    ----------
    messages : list of tuple of bytes
        Key and value of each message; the key must be the symbol.
    """
    by_symbol: dict[str, Prints] = defaultdict(Prints)
    unreadable = 0
    for key, value in messages:
        try:
            trade = Trade.from_json(value or b"")
        except MessageError:
            unreadable += 1
            continue
        if key != trade.symbol.encode():
            unreadable += 1
            continue
        prints = by_symbol[trade.symbol]
        prints.ts_event.append(trade.ts_event)
        prints.price.append(trade.price)
        prints.size.append(trade.size)
        prints.venue = trade.venue
    return by_symbol, unreadable
