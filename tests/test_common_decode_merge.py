"""Several files as one stream."""

import os
import random
import resource
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from common.decode import TradeFile, merged, open_file
from common.errors import IntegrityError
from common.trade import Trade
from tests import ROOT, dbn


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


@pytest.mark.parametrize("limit", [None, 50])
def test_symbols_times_and_a_limit_select(paths: list[Path], limit: int | None) -> None:
    begin, end = dbn.DAY_NS + 300 * 1_000_000, dbn.DAY_NS + 900 * 1_000_000

    chosen = played(
        [open_file(path) for path in paths], symbols=frozenset({"BBB", "CCC"}), start=begin, end=end, limit=limit
    )

    wanted = [number for number in range(300, 900) if number % 3 in {1, 2}][:limit]
    assert [trade.sequence for trade in chosen] == wanted


def test_no_files_and_files_without_prints_give_nothing(tmp_path: Path) -> None:
    empty = dbn.write(tmp_path / "empty.dbn", [])

    assert played([]) == []
    assert played([open_file(empty)]) == []
    assert played([open_file(empty), open_file(dbn.write(tmp_path / "one.dbn", dbn.trades(1)))])[0].sequence == 0


@pytest.fixture
def few_open_files() -> Iterator[None]:
    """Let no more than ten further files be open at a time."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.open(os.devnull, os.O_RDONLY)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 10, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("few_open_files")
def test_files_one_after_the_other_are_open_one_at_a_time(tmp_path: Path) -> None:
    paths = [dbn.write(tmp_path / f"{first}.dbn.zst", dbn.trades(5, first)) for first in range(0, 200, 5)]

    limits = resource.getrlimit(resource.RLIMIT_NOFILE)

    assert [trade.sequence for trade in played([open_file(path) for path in reversed(paths)])] == list(range(200))
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == limits


def side_by_side(folder: Path) -> list[Path]:
    """Write 70 files whose prints interleave."""
    return [dbn.write(folder / f"{i:02}.dbn", [dbn.trade(number) for number in range(i, 2_100, 70)]) for i in range(70)]


@pytest.mark.usefixtures("few_open_files")
def test_files_side_by_side_may_be_more_than_the_usual_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.decode.dbn._BLOCK_BYTES", 2_000)
    monkeypatch.setattr("common.decode.frames._CHUNK_BYTES", 500)

    assert [trade.sequence for trade in played([open_file(path) for path in side_by_side(tmp_path)])] == [*range(2_100)]


def test_the_remedy_for_more_files_than_may_be_open_is_named(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from common.decode import dbn, frames, merged, open_file\n"
        "dbn._BLOCK_BYTES, frames._CHUNK_BYTES = 2_000, 500\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "list(merged([open_file(path) for path in sys.argv[1:]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *side_by_side(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )

    assert "Too many open files); raise the limit (ulimit -n), or play fewer files at once" in done.stderr


def test_memory_does_not_grow_with_files_one_after_the_other(tmp_path: Path) -> None:
    count = 5_000
    paths = [dbn.write(tmp_path / f"{day:02}.dbn", dbn.trades(count, day * count)) for day in range(16)]
    peaks = []
    for some in (paths[:2], paths):
        tracemalloc.start()
        assert sum(map(len, merged([open_file(path) for path in some]))) == count * len(some)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < 1.5 * peaks[0]


def written(path: Path, numbers: Iterable[int]) -> Path:
    """Write prints as DBN or, where the name says so, as CSV."""
    if path.suffix == ".dbn":
        return dbn.write(path, map(dbn.trade, numbers))
    rows = (f"{dbn.DAY_NS + number * 1_000_000},100.5,{number + 1},{number},AAA\n" for number in numbers)
    path.write_text("ts_event,price,size,sequence,symbol\n" + "".join(rows))
    return path


@pytest.mark.parametrize("suffix", ["dbn", "csv"])
def test_memory_hardly_grows_with_files_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr("common.decode.dbn._BLOCK_BYTES", 1 << 17)
    monkeypatch.setattr("common.decode.csv_text._ROWS", 1 << 11)
    monkeypatch.setattr("common.decode.frames._CHUNK_BYTES", 1 << 11)
    count, peaks = 2_000, []
    for files in (8, 32):
        numbers = range(count * files)
        paths = [written(tmp_path / f"{files}-{i:02}.{suffix}", numbers[i::files]) for i in range(files)]
        sources = [open_file(path) for path in paths]
        tracemalloc.start()
        assert sum(int(batch.sequence.sum()) for batch in merged(sources)) == sum(numbers)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < 2 * peaks[0]


def test_files_that_end_together_are_joined_in_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.decode.merge._MOST_ROWS", 100)
    # Seven prints of every file at each time.
    paths = [
        dbn.write(tmp_path / f"{i}.dbn", [dbn.trade(number // 7, sequence=number) for number in range(210)])
        for i in range(10)
    ]

    batches = list(merged([open_file(path) for path in paths]))

    assert max(map(len, batches)) <= 100 + 70
    sequences = [number for batch in batches for number in batch.sequence.tolist()]
    assert sequences == [number for first in range(0, 210, 7) for _file in paths for number in range(first, first + 7)]


def test_a_fault_in_a_file_that_comes_later_is_told_when_its_good_part_was_played(tmp_path: Path) -> None:
    first = dbn.write(tmp_path / "first.dbn", dbn.trades(10))
    cut = dbn.write(tmp_path / "cut.dbn", dbn.trades(10, first=20))
    cut.write_bytes(cut.read_bytes()[:-1])
    seen: list[int] = []

    with pytest.raises(IntegrityError, match=r"cut\.dbn.* 9 records before the fault are good, with 9 prints"):
        seen.extend(int(number) for batch in merged([open_file(cut), open_file(first)]) for number in batch.sequence)

    assert seen == [*range(10), *range(20, 28)]


def test_a_file_whose_first_prints_are_no_trades_takes_its_turn(tmp_path: Path) -> None:
    unpriced = [dbn.trade(number, price=dbn.UNDEF_PRICE) for number in range(600)]
    late = dbn.write(tmp_path / "late.dbn", [*unpriced, dbn.trade(700)])
    rejected: list[int] = []
    files = [
        open_file(late, reject=lambda each: rejected.append(each.record)),
        open_file(dbn.write(tmp_path / "a.dbn", dbn.trades(650))),
    ]

    assert [trade.sequence for trade in played(files)] == [*range(650), 700]
    assert rejected == list(range(600))
    assert (files[0].records, files[0].prints, files[0].rejected) == (601, 1, 600)
