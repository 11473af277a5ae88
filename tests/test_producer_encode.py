"""The messages of a batch are those of its trades, byte for byte."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest

from common.batch import TradeBatch
from common.decode import open_file
from producer.encode import messages
from tests import dbn


def one_batch(path: Path) -> TradeBatch:
    (batch,) = open_file(path).batches()
    return batch


@pytest.fixture
def batch(tmp_path: Path) -> TradeBatch:
    return one_batch(dbn.write(tmp_path / "day.dbn", dbn.trades(500)))


def test_messages_are_those_of_the_trades_byte_for_byte(batch: TradeBatch) -> None:
    encoded = messages(batch)

    assert [message["value"] for message in encoded] == [trade.to_json() for trade in batch.trades()]
    assert [message["key"] for message in encoded] == [trade.symbol.encode() for trade in batch.trades()]


def test_extreme_numbers_are_written_as_json_writes_them(batch: TradeBatch) -> None:
    prices = np.array([0.0, -0.0, -37.63, 1e-9, 1e16, 123456789.123456789, 5e-324, 1.7e308, 0.1 + 0.2, 9.2e9])
    extreme = replace(batch, price=np.resize(prices, len(batch)), size=np.full(len(batch), 2**62))

    assert [message["value"] for message in messages(extreme)] == [trade.to_json() for trade in extreme.trades()]


@pytest.mark.parametrize("name", ['A"B', "back\\slash", "tab\t", "Ünï", "日本", "%d %b", "<script>", "A-B/C 1.5"])
def test_odd_symbols_are_escaped(batch: TradeBatch, name: str) -> None:
    odd = replace(batch, symbols=(name,) * 3, venues=(name,), instrument_id=np.zeros(len(batch), dtype=np.int64))

    encoded = messages(odd)

    assert [message["value"] for message in encoded] == [trade.to_json() for trade in odd.trades()]
    assert orjson.loads(encoded[0]["value"])["symbol"] == name


def test_no_prints_make_no_messages(tmp_path: Path, batch: TradeBatch) -> None:
    assert messages(replace(batch, **{name: getattr(batch, name)[:0] for name in ("price", "symbol")})) == []
