"""Databento's CSV in all its forms gives the same prints as DBN."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zstandard

from common.decode import open_file
from common.errors import InputError, IntegrityError
from common.trade import Trade
from tests import dbn
from tests.dbn import prints

COLUMNS = [
    *("ts_recv", "ts_event", "rtype", "publisher_id", "instrument_id", "action", "side", "depth", "price", "size"),
    *("flags", "ts_in_delta", "sequence"),
]


@pytest.fixture
def trades(tmp_path: Path) -> list[Trade]:
    return prints(dbn.write(tmp_path / "day.dbn", dbn.trades(40)))


def table(trades: list[Trade], *, iso: bool = False, decimal: bool = False, symbol: bool = True) -> str:
    """Write trades as Databento's CSV encoder does."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, "symbol"] if symbol else COLUMNS)
    for trade in trades:
        times = [f"{np.datetime64(ts, 'ns')}Z" if iso else str(ts) for ts in (trade.ts_recv, trade.ts_event)]
        price = f"{trade.price:.9f}" if decimal else str(round(trade.price * 1e9))
        row = [*times, 0, trade.publisher_id, trade.instrument_id, "T", trade.side, 0, price, trade.size]
        row += [trade.flags, 0, trade.sequence]
        writer.writerow([*row, trade.symbol] if symbol else row)
    return text.getvalue()


def changed(trades: list[Trade], line: int, column: str, cell: str) -> str:
    """Write trades with one other cell; `line` counts from the header, which is 1."""
    lines = table(trades).splitlines()
    cells = lines[line - 1].split(",")
    cells[COLUMNS.index(column)] = cell
    lines[line - 1] = ",".join(cells)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("iso", [False, True])
@pytest.mark.parametrize("decimal", [False, True])
@pytest.mark.parametrize("name", ["day.csv", "day.csv.zst", "renamed.dbn"])
def test_every_form_gives_the_prints_of_dbn(
    tmp_path: Path, trades: list[Trade], iso: bool, decimal: bool, name: str
) -> None:
    content = table(trades, iso=iso, decimal=decimal).encode()
    path = tmp_path / name
    path.write_bytes(zstandard.compress(content) if name.endswith(".zst") else content)

    read = prints(path)

    assert [trade.trade_id for trade in read] == [trade.trade_id for trade in trades]
    assert [(t.symbol, t.price, t.size, t.side, t.ts_event, t.ts_recv) for t in read] == [
        (t.symbol, t.price, t.size, t.side, t.ts_event, t.ts_recv) for t in trades
    ]


def test_without_a_symbol_column_the_id_stands_for_it(tmp_path: Path, trades: list[Trade]) -> None:
    path = tmp_path / "day.csv"
    path.write_text(table(trades, symbol=False))

    assert [trade.symbol for trade in prints(path)] == [str(trade.instrument_id) for trade in trades]


def test_rows_that_are_no_prints_are_passed_over(tmp_path: Path, trades: list[Trade]) -> None:
    path = tmp_path / "mbo.csv"
    lines = table(trades).splitlines()
    lines[2] = lines[2].replace(",T,", ",A,")
    lines[4] = lines[4].replace(",T,", ",F,")
    path.write_text("\n".join(lines) + "\n")

    assert [trade.sequence for trade in prints(path)] == [0, 2, *range(4, 40)]


@pytest.mark.parametrize("price", ["", "9223372036854775807"])
def test_an_undefined_price_is_set_aside(tmp_path: Path, trades: list[Trade], price: str) -> None:
    path = tmp_path / "day.csv"
    path.write_text(changed(trades, 4, "price", price))
    file = open_file(path, reject=lambda _rejected: None)

    read = [trade.sequence for batch in file.batches() for trade in batch.trades()]

    assert (read, file.rejected) == ([0, 1, *range(3, 40)], 1)


@pytest.mark.parametrize("column", ["ts_event", "price", "size", "sequence", "instrument_id"])
def test_a_cell_that_is_no_number_is_named(tmp_path: Path, trades: list[Trade], column: str) -> None:
    path = tmp_path / "day.csv"
    path.write_text(changed(trades, 4, column, "oops"))

    with pytest.raises(IntegrityError, match=f"day.csv: line 4: column {column} holds 'oops'"):
        prints(path)


@pytest.mark.parametrize("column", ["ts_recv", "price", "size", "flags", "publisher_id"])
@pytest.mark.parametrize("cell", ["9" * 19, "1e400", "nan", "-5", "1.5.5"])
def test_a_number_out_of_range_is_a_clear_error_or_a_print(
    tmp_path: Path, trades: list[Trade], column: str, cell: str
) -> None:
    path = tmp_path / "day.csv"
    path.write_text(changed(trades, 4, column, cell))

    # Of prices, only a negative one is a print; one that is infinite is set aside.
    count = {("price", "-5"): 40, ("price", "1e400"): 39}.get((column, cell))

    if count is not None:
        assert len(prints(path)) == count
        return
    with pytest.raises(IntegrityError, match=f"line 4: column {column} holds '{re.escape(cell)}'"):
        prints(path)


@pytest.mark.parametrize("cell", ["-5", "2500-01-01", "1600-01-01T00:00:00Z", "1e18", "\u0661\u0662"])
def test_times_that_no_clock_of_nanoseconds_holds_are_refused(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "day.csv"
    path.write_text(f"ts_event,price,size,symbol\n{cell},1.5,10,A\n")

    with pytest.raises(IntegrityError, match=rf"line 2: column ts_event holds '{cell}'"):
        prints(path)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda line: line.rpartition(",")[0], "13 fields where the header has 14"),
        (lambda line: line.split(",")[0], "1 fields where the header has 14"),
        (lambda line: line + ",", "15 fields where the header has 14"),
        (lambda line: line.replace(",T,", ",T\0,"), "column action holds"),
        (lambda line: '"' + line, "unexpected end of data"),
        (lambda line: line.replace("T", "\udcff"), "codec can't decode"),
    ],
)
def test_rows_before_a_corrupt_one_are_good(
    tmp_path: Path, trades: list[Trade], damage: Callable[[str], str], complaint: str
) -> None:
    path = tmp_path / "day.csv"
    lines = table(trades).splitlines()
    lines[31] = damage(lines[31])
    path.write_bytes(("\n".join(lines) + "\n").encode(errors="surrogateescape"))
    file = open_file(path)

    with pytest.raises(IntegrityError, match=rf"line 32: .*{complaint}.* 30 records before .* with 30 prints"):
        list(file.batches())
    assert [trade.sequence for trade in prints(path, salvage=True)] == list(range(30))


def test_a_fault_in_a_later_column_may_come_first(tmp_path: Path, trades: list[Trade]) -> None:
    path = tmp_path / "day.csv"
    lines = table(trades).splitlines()
    lines[20] = "oops" + lines[20]
    lines[11] += "\u0000" * 300
    path.write_text("\n".join(lines) + "\n")

    with pytest.raises(IntegrityError, match=r"line 12: column symbol .* 10 records before the fault are good"):
        prints(path)
    assert len(prints(path, salvage=True)) == 10


def test_fixed_prices_stay_fixed_where_a_price_is_corrupt(tmp_path: Path, trades: list[Trade]) -> None:
    path = tmp_path / "day.csv"
    path.write_text(changed(trades, 10, "price", "oops"))

    assert [trade.price for trade in prints(path, salvage=True)] == [trade.price for trade in trades[:8]]


def test_blank_lines_and_a_byte_order_mark_are_passed_over(tmp_path: Path, trades: list[Trade]) -> None:
    path = tmp_path / "day.csv"
    path.write_text("\ufeff" + table(trades).replace("\n", "\n\n"))

    assert len(prints(path)) == len(trades)


def test_an_empty_symbol_is_the_id(tmp_path: Path, trades: list[Trade]) -> None:
    path = tmp_path / "day.csv"
    path.write_text(table(trades).replace(",AAA\n", ",\n"))
    file = open_file(path)

    symbols = {trade.symbol for batch in file.batches() for trade in batch.trades()}

    assert symbols == {"1", "BBB", "CCC"}
    assert file.unmapped == {1}


@pytest.mark.parametrize("compressed", [False, True])
def test_a_table_cut_anywhere_is_noticed_or_ends_with_a_whole_row(
    tmp_path: Path, trades: list[Trade], compressed: bool
) -> None:
    content = table(trades[:4]).encode()
    path = tmp_path / "day.csv"
    stored = zstandard.ZstdCompressor(write_checksum=True).compress(content) if compressed else content
    for length in range(len(stored)):
        path.write_bytes(stored[:length])
        if not compressed and content[:length].endswith(b"\n"):
            rows = content[:length].count(b"\n") - 1
            assert [trade.price for trade in prints(path)] == [trade.price for trade in trades[:rows]]
            continue
        with pytest.raises(InputError, match=r"day\.csv"):
            prints(path)
