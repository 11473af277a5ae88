"""Several files as one stream."""

import random
from pathlib import Path

import pytest

from common.decode import TradeFile, merged, open_file
from common.trade import Trade
from tests import dbn


def played(files: list[TradeFile], **options: object) -> list[Trade]:
    return [trade for batch in merged(files, **options) for trade in batch.trades()]  # type: ignore[arg-type]


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Three files whose prints interleave at random, read in small blocks."""
    monkeypatch.setattr("common.decode.dbn._BLOCK_BYTES", 2_000)
    monkeypatch.setattr("common.decode.frames._CHUNK_BYTES", 500)
    dice = random.Random(3)
    shares: list[list[bytes]] = [[], [], []]
    for number in range(1_500):
        shares[dice.randrange(3)].append(dbn.trade(number))
    return [dbn.write(tmp_path / f"{index}.dbn", share) for index, share in enumerate(shares)]


def test_prints_come_in_time_order_and_complete(paths: list[Path]) -> None:
    assert [trade.sequence for trade in played([open_file(path) for path in paths])] == list(range(1_500))


def test_the_ids_are_those_of_each_file_alone(paths: list[Path]) -> None:
    alone = {trade.trade_id for path in paths for trade in played([open_file(path)])}

    assert {trade.trade_id for trade in played([open_file(path) for path in paths])} == alone


def test_a_file_keeps_its_own_order_where_time_goes_back(tmp_path: Path) -> None:
    times = [5, 3, 9, 1, 7]
    records = [dbn.trade(number, ts_recv=dbn.DAY_NS + time) for number, time in enumerate(times)]
    path = dbn.write(tmp_path / "day.dbn", records)
    other = dbn.write(tmp_path / "other.dbn", [dbn.trade(10, ts_recv=dbn.DAY_NS + 6)])

    sequences = [trade.sequence for trade in played([open_file(path), open_file(other)])]

    assert [sequence for sequence in sequences if sequence < 10] == [0, 1, 2, 3, 4]
    assert sequences == [0, 1, 10, 2, 3, 4]


def test_equal_times_keep_the_order_of_the_files(tmp_path: Path) -> None:
    one = dbn.write(tmp_path / "1.dbn", [dbn.trade(0, size=1), dbn.trade(1, size=2)])
    two = dbn.write(tmp_path / "2.dbn", [dbn.trade(0, size=3), dbn.trade(1, size=4)])

    assert [trade.size for trade in played([open_file(one), open_file(two)])] == [1, 3, 2, 4]


def test_symbols_times_and_a_limit_select(paths: list[Path]) -> None:
    begin, end = dbn.DAY_NS + 300 * 1_000_000, dbn.DAY_NS + 900 * 1_000_000

    chosen = played(
        [open_file(path) for path in paths], symbols=frozenset({"BBB", "CCC"}), start=begin, end=end, limit=50
    )

    wanted = [number for number in range(300, 900) if number % 3 in {1, 2}][:50]
    assert [trade.sequence for trade in chosen] == wanted


def test_no_files_and_files_without_prints_give_nothing(tmp_path: Path) -> None:
    empty = dbn.write(tmp_path / "empty.dbn", [])

    assert played([]) == []
    assert played([open_file(empty)]) == []
    assert played([open_file(empty), open_file(dbn.write(tmp_path / "one.dbn", dbn.trades(1)))])[0].sequence == 0
