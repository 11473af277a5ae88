"""Trades in columns: rows, parts and shares of a batch."""

from pathlib import Path

import pytest

from common.batch import TradeBatch
from common.decode import open_file
from common.decode.merge import concatenate, take
from common.trade import Trade
from tests import dbn


@pytest.fixture
def batch(tmp_path: Path) -> TradeBatch:
    (batch,) = open_file(dbn.write(tmp_path / "day.dbn", dbn.trades(9))).batches()
    return batch


def test_a_row_is_a_trade_that_fits_the_contract(batch: TradeBatch) -> None:
    trade = batch.trade(4)

    assert trade.trade_id == f"2-2-{dbn.DAY_NS + 4_000_000}-4-0"
    assert (trade.symbol, trade.venue, trade.price, trade.size, trade.side) == ("BBB", "XNAS", 100.04, 5, "A")
    assert Trade.from_json(trade.to_json()) == trade


def test_all_rows_are_given_in_order(batch: TradeBatch) -> None:
    assert [trade.sequence for trade in batch.trades()] == list(range(len(batch))) == list(range(9))


def test_rows_taken_apart_and_joined_are_the_same_trades(batch: TradeBatch) -> None:
    parts = [take(batch, slice(6, 9)), take(batch, slice(0, 6))]

    assert list(concatenate(parts[::-1]).trades()) == list(batch.trades())


def test_shares_are_whole_symbols_and_as_even_as_these_allow(batch: TradeBatch) -> None:
    many = concatenate([batch, batch, batch])

    shares = many.shares(2)

    assert sorted(map(len, shares)) == [9, 18]

    assert sorted(row for share in shares for row in share.tolist()) == list(range(len(many)))
    symbols = [{many.symbols[j] for j in many.symbol[share]} for share in shares]
    assert not symbols[0] & symbols[1]
    assert [share.tolist() for share in many.shares(1)] == [list(range(len(many)))]
    assert len(many.shares(100)) == len(many.symbols)
