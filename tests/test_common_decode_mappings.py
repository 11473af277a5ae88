"""Symbol mappings in the stream itself, as in live captures."""

from pathlib import Path
from typing import Any

import databento_dbn
import pytest

from common.decode import open_file
from tests import dbn
from tests.dbn import prints


def mapping(instrument_id: int, symbol: str) -> bytes:
    fields: dict[str, Any] = {
        "publisher_id": 0,
        "instrument_id": instrument_id,
        "ts_event": dbn.DAY_NS,
        "stype_in": databento_dbn.SType.RAW_SYMBOL,
        "stype_in_symbol": "ES.FUT",
        "stype_out": databento_dbn.SType.RAW_SYMBOL,
        "stype_out_symbol": symbol,
        "start_ts": dbn.DAY_NS,
        "end_ts": dbn.DAY_NS,
    }
    return bytes(databento_dbn.SymbolMappingMsg(**fields))


def live(path: Path, records: list[bytes]) -> Path:
    return dbn.write(path, records, head=dbn.header(symbols={}))


def test_symbols_may_be_announced_in_the_stream(tmp_path: Path) -> None:
    path = live(tmp_path / "live.dbn", [mapping(9, "ESH4"), dbn.trade(0, instrument_id=9)])

    assert [trade.symbol for trade in prints(path)] == ["ESH4"]


@pytest.mark.parametrize("block_bytes", [100, 500, 1 << 22])
def test_a_mapping_holds_from_its_place_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_bytes: int) -> None:
    monkeypatch.setattr("common.decode.dbn._BLOCK_BYTES", block_bytes)
    monkeypatch.setattr("common.decode.frames._CHUNK_BYTES", 100)
    ones = [dbn.trade(number, instrument_id=1) for number in range(9)]
    records = [*ones[:2], mapping(1, "AAA"), *ones[2:5], mapping(2, "CCC"), mapping(1, "BBB"), *ones[5:]]
    file = open_file(live(tmp_path / "live.dbn", records))

    trades = [trade for batch in file.batches() for trade in batch.trades()]

    assert [trade.symbol for trade in trades] == ["1"] * 2 + ["AAA"] * 3 + ["BBB"] * 4
    assert [trade.sequence for trade in trades] == list(range(9))
    assert (file.records, file.unmapped) == (12, {1})


def test_mappings_of_other_instruments_do_not_divide_the_prints(tmp_path: Path) -> None:
    records = [record for number in range(500) for record in (mapping(number + 9, "X"), dbn.trade(0, instrument_id=1))]
    (batch,) = open_file(live(tmp_path / "live.dbn", records)).batches()

    assert batch.ordinal.tolist() == list(range(500))
