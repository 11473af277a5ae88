"""The page draws exactly the trades that the detector accepts: both follow one contract."""

from typing import Any

import orjson
import pytest

from common.errors import MessageError
from common.trade import Trade
from dashboard.messages import Prints, read_trades
from tests import tape

GOOD = tape.trades(1)[0]
KEY = GOOD.symbol.encode()


def changed(**fields: Any) -> bytes:
    return orjson.dumps(GOOD.to_dict() | fields)


def without(name: str) -> bytes:
    return orjson.dumps({field: value for field, value in GOOD.to_dict().items() if field != name})


@pytest.mark.parametrize(
    "message",
    [changed(size=2 * 10**15), changed(size=2**63 - 1), changed(price=1e15), changed(price=-7), without("flags")],
)
def test_what_the_detector_takes_is_drawn(message: bytes) -> None:
    trade = Trade.from_json(message)

    expected = Prints(trade.venue, [trade.ts_event], [trade.price], [trade.size])
    assert read_trades([(KEY, message)]) == ({trade.symbol: expected}, 0)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"{",
        b"[]",
        without("trade_id"),
        without("venue"),
        changed(side="X"),
        changed(size=1.5),
        changed(venue=""),
        changed(ts_recv=None),
        *(changed(ts_event=ts_event) for ts_event in (-1, 2**63, 2**64 - 1, 4_102_444_800 * 10**9)),
    ],
)
def test_what_the_detector_refuses_is_counted_and_not_drawn(message: bytes) -> None:
    with pytest.raises(MessageError):
        Trade.from_json(message)

    assert read_trades([(KEY, message)]) == ({}, 1)


@pytest.mark.parametrize("key", [None, b"", b"OTHER"])
def test_a_key_that_is_not_the_symbol_is_counted_and_not_drawn(key: bytes | None) -> None:
    assert read_trades([(key, GOOD.to_json())]) == ({}, 1)


def test_prints_stay_in_order_by_symbol() -> None:
    first, second = tape.trades(3), tape.trades(2, symbol="BBB")
    messages = [(trade.symbol.encode(), trade.to_json()) for trade in (*first, *second)]

    by_symbol, unreadable = read_trades([*messages, (None, None)])

    assert {symbol: prints.ts_event for symbol, prints in by_symbol.items()} == {
        "AAA": [trade.ts_event for trade in first],
        "BBB": [trade.ts_event for trade in second],
    }
    assert unreadable == 1
