"""The Trade message: one print, as published on the trades topic."""

from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Any, Final, Self

import orjson

from common.errors import MessageError
from common.frozen import thawed

SIDES: Final = ("B", "A", "N")
FIELDS: Final = (
    "trade_id",
    "venue",
    "symbol",
    "ts_event",
    "ts_recv",
    "price",
    "size",
    "side",
    "sequence",
    "flags",
    "instrument_id",
    "publisher_id",
)
LATEST_NS: Final = 4_102_444_800_000_000_000
"""The year 2100 in nanoseconds since the epoch; later times are not accepted as times of a trade."""
MOST_PRICE: Final = 1e15
"""Largest absolute price accepted: a hundred thousand times what DBN can hold."""
_TEXTS: Final = ("trade_id", "venue", "symbol")
_TIMES: Final = ("ts_event", "ts_recv")
_INTEGERS: Final = ("size", "sequence", "flags", "instrument_id", "publisher_id")
_INT64_MAX: Final = 2**63 - 1
_MAX_TEXT: Final = 256
_VALUES: Final = itemgetter(*FIELDS)
_ATTRIBUTES: Final = attrgetter(*FIELDS)


@dataclass(frozen=True, slots=True)
class Trade:
    """One print of one instrument.

    Attributes
    ----------
    trade_id : str
        Built from the record's own identity, so that the same file always gives the same ids.
    venue : str
        Market identifier of the publisher's venue, such as ``XNAS``.
    symbol : str
        Raw symbol from the file's own mapping for the date; the message key on the topics.
    ts_event, ts_recv : int
        Time at the matching engine and at the capture server, in nanoseconds since the epoch, UTC, before 2100.
    price : float
        In the instrument's currency. May be zero or negative (spreads, oil); never beyond ±1e15.
    size : int
        In shares or contracts; zero if the venue reports zero.
    side : str
        Aggressor side: ``B`` buyer, ``A`` seller, ``N`` none (crosses, auctions, or unknown).
    sequence, flags, instrument_id, publisher_id : int
        As in the record.
    """

    trade_id: str
    venue: str
    symbol: str
    ts_event: int
    ts_recv: int
    price: float
    size: int
    side: str
    sequence: int = 0
    flags: int = 0
    instrument_id: int = 0
    publisher_id: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields in the order of the contract."""
        return dict(zip(FIELDS, _ATTRIBUTES(self), strict=True))

    def to_json(self) -> bytes:
        """Return the message as published on the topic."""
        return orjson.dumps(self)

    @classmethod
    def from_json(cls, message: bytes | str) -> Self:
        """Parse and check one message.

        Raises
        ------
        MessageError
            If it is not JSON, or a field is missing, of the wrong type or out of range. Unknown fields are
            dropped: a newer producer may send more.
        """
        try:
            fields = orjson.loads(message)
        except orjson.JSONDecodeError as error:
            raise MessageError(f"not JSON: {error}", reason="not_json") from None
        if (values := _sound(fields)) is not None:
            trade: Self = _Thawed(*values)
            trade.__class__ = cls
            return trade
        if type(fields) is not dict:
            raise MessageError(f"not a JSON object but {type(fields).__name__}")
        try:
            trade = cls(
                fields["trade_id"],
                fields["venue"],
                fields["symbol"],
                fields["ts_event"],
                fields["ts_recv"],
                fields["price"],
                fields["size"],
                fields["side"],
                fields.get("sequence", 0),
                fields.get("flags", 0),
                fields.get("instrument_id", 0),
                fields.get("publisher_id", 0),
            )
        except KeyError as error:
            raise MessageError(f"field {error.args[0]} is missing") from None
        _check(trade)
        return trade


_Thawed: Final = thawed(Trade)


def _sound(fields: Any) -> tuple[Any, ...] | None:
    """Return the values of a complete and valid message, the fast path; None if `_check` has to decide."""
    try:
        values: tuple[Any, ...] = _VALUES(fields)
    except (KeyError, TypeError):
        return None
    (trade_id, venue, symbol, ts_event, ts_recv, price, size, side, sequence, flags, instrument, publisher) = values
    if (
        (type(trade_id) is type(venue) is type(symbol) is str)
        and 0 < len(trade_id) <= _MAX_TEXT
        and 0 < len(venue) <= _MAX_TEXT
        and 0 < len(symbol) <= _MAX_TEXT
        and (type(ts_event) is type(ts_recv) is type(size) is int)
        and (type(sequence) is type(flags) is type(instrument) is type(publisher) is int)
        and 0 <= ts_event < LATEST_NS
        and 0 <= ts_recv < LATEST_NS
        and 0 <= size <= _INT64_MAX
        and 0 <= sequence <= _INT64_MAX
        and 0 <= flags <= _INT64_MAX
        and 0 <= instrument <= _INT64_MAX
        and 0 <= publisher <= _INT64_MAX
        and type(price) is float
        and -MOST_PRICE <= price <= MOST_PRICE
        and side in SIDES
    ):
        return values
    return None


def _check(trade: Trade) -> None:
    for name in _TEXTS:
        value = getattr(trade, name)
        if type(value) is not str or not value or len(value) > _MAX_TEXT:
            raise MessageError(f"field {name} is not a text of 1 to {_MAX_TEXT} characters: {shown(value)}")
    for name in _TIMES:
        value = getattr(trade, name)
        if type(value) is not int or not 0 <= value < LATEST_NS:
            raise MessageError(f"field {name} is not a time in ns between 1970 and 2100: {shown(value)}")
    for name in _INTEGERS:
        value = getattr(trade, name)
        if type(value) is not int or not 0 <= value <= _INT64_MAX:
            raise MessageError(f"field {name} is not an integer from 0 to 2^63-1: {shown(value)}")
    if type(trade.price) not in (float, int) or not abs(trade.price) <= MOST_PRICE:
        raise MessageError(f"field price is not a number from -1e15 to 1e15: {shown(trade.price)}")
    if trade.side not in SIDES:
        raise MessageError(f"field side is not one of B, A, N: {shown(trade.side)}")


def shown(value: object) -> str:
    """Return a value as text for an error message, cut to 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
