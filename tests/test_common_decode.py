"""DBN files → prints, against Databento's own library."""

import datetime as dt
from pathlib import Path

import databento
import databento_dbn
import numpy as np
import pytest

from common.batch import TradeBatch
from common.decode import Rejected, TradeFile, expand, open_file
from common.decode.merge import concatenate
from common.errors import InputError, NoTradesSchemaError
from tests import RECORDED, dbn
from tests.dbn import prints, record

LATER_DAY_NS = dbn.DAY_NS + 86_400_000_000_000


@pytest.mark.parametrize("kind", ["trades", "tbbo", "mbp-1", "mbp-10", "mbo", "cmbp-1", "tcbbo"])
@pytest.mark.parametrize("suffix", [".dbn", ".dbn.zst"])
def test_each_schema_gives_its_prints_and_nothing_else(tmp_path: Path, kind: str, suffix: str) -> None:
    action = databento_dbn.Action
    actions = [action.TRADE, action.ADD, action.FILL, action.CANCEL, action.TRADE, action.MODIFY, action.TRADE]
    if kind == "trades":
        actions = [action.TRADE] * 7
    records = [record(kind, number, action) for number, action in enumerate(actions)]
    path = dbn.write(tmp_path / f"day{suffix}", records, head=dbn.header(kind))

    trades = prints(path)

    kept = [number for number, action in enumerate(actions) if action == databento_dbn.Action.TRADE]
    assert [trade.ts_event - dbn.DAY_NS for trade in trades] == kept
    assert [trade.ts_recv - trade.ts_event for trade in trades] == [7] * len(kept)
    assert [trade.size for trade in trades] == [10 + number for number in kept]
    assert [trade.price for trade in trades] == [float(f"5.00000000{number}") for number in kept]
    assert {trade.side for trade in trades} == {"A"}
    assert [trade.symbol for trade in trades] == [dbn.SYMBOLS[1 + number % 3] for number in kept]
    if kind not in {"cmbp-1", "tcbbo"}:
        assert [trade.sequence for trade in trades] == [1_000 + number for number in kept]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_each_version_is_read_as_the_library_reads_it(tmp_path: Path, version: int) -> None:
    path = dbn.write(tmp_path / "day.dbn.zst", dbn.trades(50), head=dbn.header(version=version))

    rows = databento.DBNStore.from_bytes(path.read_bytes()).to_ndarray()
    trades = prints(path)

    assert [trade.ts_event for trade in trades] == rows["ts_event"].tolist()
    assert [trade.ts_recv for trade in trades] == rows["ts_recv"].tolist()
    assert [trade.price for trade in trades] == [float(f"{price}e-9") for price in rows["price"].tolist()]
    assert [trade.size for trade in trades] == rows["size"].tolist()
    assert [trade.side for trade in trades] == [side.decode() for side in rows["side"].tolist()]
    assert [trade.sequence for trade in trades] == rows["sequence"].tolist()
    assert [trade.instrument_id for trade in trades] == rows["instrument_id"].tolist()
    assert {(trade.venue, trade.publisher_id) for trade in trades} == {("XNAS", 2)}


def test_records_with_the_gateway_time_behind_them_are_read(tmp_path: Path) -> None:
    records = [dbn.trade(number, ts_out=dbn.DAY_NS) for number in range(5)]
    path = dbn.write(tmp_path / "live.dbn", records, head=dbn.header(ts_out=True))

    assert len(records[0]) == 56
    assert [trade.sequence for trade in prints(path)] == [0, 1, 2, 3, 4]


def test_ids_are_unique_and_repeatable_across_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [dbn.trade(number // 4, sequence=0, instrument_id=1) for number in range(4_000)]
    path = dbn.write(tmp_path / "day.dbn", records)
    whole = [trade.trade_id for trade in prints(path)]

    monkeypatch.setattr("common.decode.dbn._BLOCK_BYTES", 1_000)
    monkeypatch.setattr("common.decode.frames._CHUNK_BYTES", 777)

    assert len(set(whole)) == 4_000
    assert [trade.trade_id for trade in prints(path)] == whole


def test_a_long_run_of_identical_prints_has_distinct_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.decode.dbn._BLOCK_BYTES", 1_000)
    monkeypatch.setattr("common.decode.frames._CHUNK_BYTES", 777)
    path = dbn.write(tmp_path / "day.dbn", [dbn.trade(0)] * 1_000)

    assert [int(trade.trade_id.split("-")[-1]) for trade in prints(path)] == list(range(1_000))


def test_kinds_of_records_may_alternate(tmp_path: Path) -> None:
    records = [record(("trades", "mbo", "mbp-1")[number % 3], number) for number in range(300)]
    path = dbn.write(tmp_path / "live.dbn", records)

    assert [trade.ts_event - dbn.DAY_NS for trade in prints(path)] == list(range(300))


def test_prints_that_are_no_trades_are_set_aside_and_counted(tmp_path: Path) -> None:
    undefined_time = 2**64 - 1
    records = [
        dbn.trade(0, price=dbn.UNDEF_PRICE),
        dbn.trade(1, size=0),
        dbn.trade(2, ts_event=undefined_time),
        dbn.trade(3, flags=8, ts_recv=5),
        dbn.trade(4, ts_recv=undefined_time),
        dbn.trade(5, price=-37_630_000_000),
        dbn.trade(6, price=0),
    ]
    path = dbn.write(tmp_path / "day.dbn", records)
    rejected: list[Rejected] = []

    trades = {trade.sequence: trade for trade in prints(path, reject=rejected.append)}

    assert [(reject.record, reject.reason) for reject in rejected] == [(0, "undefined_price"), (2, "undefined_time")]
    assert sorted(trades) == [1, 3, 4, 5, 6]
    assert trades[1].size == 0
    assert trades[3].ts_recv == trades[3].ts_event
    assert trades[4].ts_recv == trades[4].ts_event
    assert (trades[5].price, trades[6].price) == (-37.63, 0.0)


def test_a_symbol_follows_the_date(tmp_path: Path) -> None:
    day, later = dbn.DAY, dbn.DAY + dt.timedelta(days=1)
    end = later + dt.timedelta(days=1)
    head = dbn.header(
        mappings=[
            dbn.Mapping("OLD", [dbn.Interval(day, later, "1")]),
            dbn.Mapping("NEW", [dbn.Interval(later, end, "1")]),
        ]
    )
    times = [LATER_DAY_NS - 1, LATER_DAY_NS, LATER_DAY_NS + 86_400_000_000_000]
    records = [dbn.trade(0, ts_event=time - 5, ts_recv=time) for time in times]
    path = dbn.write(tmp_path / "days.dbn", records, head=head)
    file = open_file(path)

    symbols = [trade.symbol for batch in file.batches() for trade in batch.trades()]

    # The third print is after the last interval: its id is used as its symbol, and a warning is logged.
    assert symbols == ["OLD", "NEW", "1"]
    assert file.unmapped == {1}


@pytest.mark.parametrize("schema", ["ohlcv-1d", "definition", "status", "statistics", "imbalance"])
def test_a_schema_without_prints_is_named(tmp_path: Path, schema: str) -> None:
    path = dbn.write(tmp_path / "day.dbn", [], head=dbn.header(schema))

    with pytest.raises(NoTradesSchemaError, match=f"schema {schema} carries no prints; use one of trades"):
        open_file(path)


@pytest.mark.parametrize("name", ["day.csv", "day.dbn.zst", "day", "day.txt"])
def test_the_content_decides_and_not_the_name(tmp_path: Path, name: str) -> None:
    plain = dbn.write(tmp_path / "day.dbn", dbn.trades(20))
    swapped = tmp_path / "swapped" / name
    swapped.parent.mkdir()
    swapped.write_bytes(plain.read_bytes())

    assert prints(swapped) == prints(plain)


def test_several_frames_are_one_file(tmp_path: Path) -> None:
    plain = dbn.write(tmp_path / "day.dbn", dbn.trades(20))
    frames = dbn.write(tmp_path / "day.dbn.zst", dbn.trades(20), frames=[5, 100, 700, 701])

    assert prints(frames) == prints(plain)


def test_a_missing_file_and_a_folder_without_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.dbn: cannot be read \(No such file"):
        open_file(tmp_path / "gone.dbn")
    with pytest.raises(InputError, match="in this folder"):
        expand([tmp_path])


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("xnas-itch-20131007.trades.dbn.zst", 59_185),
        ("xnas-itch-20131008.trades.dbn.zst", 99_181),
        ("glbx-mdp3-20131007.trades.dbn.zst", 39_610),
    ],
)
def test_real_files_are_complete_and_their_ids_unique(name: str, count: int) -> None:
    if not (RECORDED / name).is_file():
        pytest.skip(f"{name} is not here")

    batch = concatenate(list(open_file(RECORDED / name).batches()))

    assert len(batch) == count
    assert len({trade.trade_id for trade in batch.trades()}) == count


def test_samples_have_as_many_prints_as_the_library_finds() -> None:
    paths = sorted((RECORDED / "databento-samples").glob("*.dbn.zst"))
    if not paths:
        pytest.skip("the samples are not here")
    for path in paths:
        rows = databento.DBNStore.from_bytes(path.read_bytes()).to_ndarray()
        if "action" not in (rows.dtype.names or ()) or "status" in path.name:
            with pytest.raises(NoTradesSchemaError):
                open_file(path)
            continue
        file: TradeFile = open_file(path)
        batches: list[TradeBatch] = list(file.batches())
        assert sum(map(len, batches)) + file.rejected == int(np.sum(rows["action"] == b"T")), path.name
        assert file.records == len(rows), path.name
