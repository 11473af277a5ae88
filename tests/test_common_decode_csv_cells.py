"""What the cells of a CSV file may hold."""

from pathlib import Path

import pytest

from common.batch import MOST_SYMBOL
from common.errors import IntegrityError
from common.trade import Trade
from tests.dbn import prints

NOON = 1_709_294_400_000_000_000


@pytest.mark.parametrize("cell", ["now", "today", "NaT", "None"])
@pytest.mark.parametrize("column", ["ts_event", "ts_recv"])
def test_a_word_is_no_time(tmp_path: Path, cell: str, column: str) -> None:
    path = tmp_path / "day.csv"
    cells = {"ts_event": "2024-03-01T10:00:00Z", "ts_recv": "2024-03-01T10:00:00Z"}
    rows = [cells, cells | {"ts_recv": ""}, cells | {column: cell}]
    lines = [f"{row['ts_event']},{row['ts_recv']},1.5,10,A\n" for row in rows]
    path.write_text("ts_event,ts_recv,price,size,symbol\n" + "".join(lines))

    with pytest.raises(IntegrityError, match=rf"day\.csv: line 4: column {column} holds '{cell}'.* 2 records"):
        prints(path)


@pytest.mark.parametrize("cell", [str(NOON // 10**9), str(NOON // 10**6), str(NOON // 1000), "20240301", "0"])
@pytest.mark.parametrize("column", ["ts_event", "ts_recv"])
def test_a_whole_number_that_is_no_time_of_a_market_in_nanoseconds_is_refused(
    tmp_path: Path, cell: str, column: str
) -> None:
    path = tmp_path / "day.csv"
    good = {"ts_event": str(NOON), "ts_recv": ""}
    rows = [good, good | {column: cell}]
    lines = [f"{row['ts_event']},{row['ts_recv']},1.5,10,A\n" for row in rows]
    path.write_text("ts_event,ts_recv,price,size,symbol\n" + "".join(lines))

    told = rf"day\.csv: line 3: column {column} holds '{cell}', .* in nanoseconds since 1970.* 1 records"
    with pytest.raises(IntegrityError, match=told):
        prints(path)


@pytest.mark.parametrize(
    ("cells", "prices"),
    [
        ("100 101", [100.0, 101.0]),
        ("-5 0 3", [-5.0, 0.0, 3.0]),
        ("165320000000 -37630000000 0", [165.32, -37.63, 0.0]),
        ("9223372036854775807 165320000000", [165.32]),
        ("9223372036854775807 100", [100.0]),
        # The first rows with a nonzero price decide for the whole file.
        (
            "0 9223372036854775807 0 0 100 101 2000000 165320000000",
            [0.0, 0.0, 0.0, 100.0, 101.0, 2e6, 165_320_000_000.0],
        ),
        ("0 0 0 0 165320000000 500 165330000000", [0.0, 0.0, 0.0, 0.0, 165.32, 5e-7, 165.33]),
        ("100 101 102 103 165320000000 100.5", [100.0, 101.0, 102.0, 103.0, 165_320_000_000.0, 100.5]),
        ("165320000000 500 165330000000 0 100 101", [165.32, 5e-7, 165.33, 0.0, 1e-7, 1.01e-7]),
        ("100 2000000 101 100", [100.0, 2e6, 101.0, 100.0]),
    ],
)
def test_whole_prices_are_fixed_point_where_that_is_plausible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: str, prices: list[float]
) -> None:
    monkeypatch.setattr("common.decode.csv_text._ROWS", 4)
    path = tmp_path / "day.csv"
    path.write_text("ts_event,price,size,symbol\n" + "".join(f"{NOON},{cell},10,A\n" for cell in cells.split()))

    assert [trade.price for trade in prints(path, reject=lambda _rejected: None)] == prices


@pytest.mark.parametrize(
    ("cells", "prices"),
    [
        ("764000 500 -1", [0.000764, 5e-7, -1e-9]),
        ("9223372036854775807 0 764000", [0.0, 0.000764]),
        ("100.500000000 0.000764000", [100.5, 0.000764]),
        # In decimals, an undefined price is an empty cell.
        ("- - - - 100.500000000", [100.5]),
    ],
)
def test_whole_prices_of_databento_are_fixed_point_however_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: str, prices: list[float]
) -> None:
    monkeypatch.setattr("common.decode.csv_text._ROWS", 4)
    path = tmp_path / "day.csv"
    rows = [f"{NOON},0,{'' if cell == '-' else cell},10,A\n" for cell in cells.split()]
    path.write_text("ts_event,rtype,price,size,symbol\n" + "".join(rows))

    assert [trade.price for trade in prints(path, reject=lambda _rejected: None)] == prices


def test_the_longest_symbol_leaves_room_for_the_largest_numbers_in_an_id(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    symbol, most = "S" * MOST_SYMBOL, 9 * 10**18
    row = f"{4 * 10**18},{most},{most},1.5,10,{symbol}\n"
    path.write_text("ts_event,publisher_id,sequence,price,size,symbol\n" + row)

    (trade,) = prints(path)

    assert len(trade.trade_id) == 256 - 18  # The ordinal is of one digit here, and may be of 19.
    assert Trade.from_json(trade.to_json()) == trade


def test_a_symbol_that_leaves_no_room_in_an_id_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    symbols = ["S" * MOST_SYMBOL, "S" * (MOST_SYMBOL + 1)]
    path.write_text("ts_event,price,size,symbol\n" + "".join(f"{NOON},1.5,10,{symbol}\n" for symbol in symbols))

    with pytest.raises(
        IntegrityError,
        match=r"line 3: column symbol holds 'S{40}', which does not have 1 to 176 characters.* 1 records",
    ):
        prints(path)


def test_the_largest_instruments_without_a_symbol_have_their_own_ids_for_one(tmp_path: Path) -> None:
    path, most = tmp_path / "day.csv", 9 * 10**18
    ids = [7, most, 10**15, most - 1, most]
    path.write_text("ts_event,price,size,instrument_id\n" + "".join(f"{4 * 10**18},1.5,10,{each}\n" for each in ids))

    assert [(trade.symbol, trade.instrument_id) for trade in prints(path)] == [(str(each), each) for each in ids]


def test_a_side_is_a_letter_or_a_word_in_any_case(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    sides = {"B": "B BUY buy Bid b", "A": "A Ask S SELL sell a s", "N": "N none Bought BB Cross \u00c2 1"}
    cells = [cell for side in sides.values() for cell in side.split()]
    path.write_text("ts_event,price,size,symbol,side\n" + "".join(f"{NOON},1.5,1,A,{cell}\n" for cell in cells))

    assert [trade.side for trade in prints(path)] == [side for side in sides for _cell in sides[side].split()]
