"""Files that are cut, damaged or something else: a clear error, and the good part on request."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from common.decode import open_file
from common.errors import InputError, IntegrityError
from common.trade import Trade
from tests import dbn
from tests.dbn import prints, record


def cut_everywhere(path: Path, check: Callable[[int, list[Trade], Exception | None], None]) -> None:
    """Cut a file after each byte, decode what is left, and check it."""
    content = path.read_bytes()
    part = path.with_name("part" + path.suffix)
    for length in range(len(content)):
        part.write_bytes(content[:length])
        trades: list[Trade] = []
        fault: Exception | None = None
        try:
            for batch in open_file(part).batches():
                trades += batch.trades()
        except InputError as error:
            fault = error
        check(length, trades, fault)


def test_a_plain_file_cut_anywhere_is_noticed_and_its_good_part_is_right(tmp_path: Path) -> None:
    head = len(dbn.header())
    path = dbn.write(tmp_path / "day.dbn", dbn.trades(6))
    whole = prints(path)

    def check(length: int, trades: list[Trade], fault: Exception | None) -> None:
        good, rest = divmod(max(length - head, 0), 48)
        assert trades == whole[:good]
        if length >= head and not rest:
            assert fault is None
        else:
            assert fault is not None
            assert "part.dbn" in str(fault)
            assert "Get" in str(fault) or not length
        if rest:
            assert isinstance(fault, IntegrityError)
            assert f"{good} records before the fault are good" in str(fault)

    cut_everywhere(path, check)


@pytest.mark.parametrize("frames", [(), (300,), (400, 500)])
def test_a_compressed_file_cut_anywhere_is_noticed(tmp_path: Path, frames: tuple[int, ...]) -> None:
    path = dbn.write(tmp_path / "day.dbn.zst", dbn.trades(6), frames=frames)
    whole = prints(path)

    def check(length: int, trades: list[Trade], fault: Exception | None) -> None:
        assert isinstance(fault, InputError), length
        assert trades == whole[: len(trades)]

    cut_everywhere(path, check)


def test_salvage_takes_the_good_part(tmp_path: Path) -> None:
    path = dbn.write(tmp_path / "day.dbn", dbn.trades(6))
    whole = prints(path)
    path.write_bytes(path.read_bytes()[:-1])

    assert prints(path, salvage=True) == whole[:5]


# Other flips give records of DBN: 14 words are a trade with `ts_out`, and type 0x20 is a bar.
@pytest.mark.parametrize(
    ("words", "rtype"),
    [*((12 ^ 1 << bit, 0) for bit in (0, *range(2, 8))), (24, 0), *((12, 1 << bit) for bit in (0, 1, 2, 3, 4, 6, 7))],
)
def test_a_record_of_no_such_type_or_length_hides_no_other(tmp_path: Path, words: int, rtype: int) -> None:
    # An instrument whose number, read as the head of a record, is a trade's.
    records = [dbn.trade(number, instrument_id=48 // 4) for number in range(30)]
    path = dbn.write(tmp_path / "day.dbn", records)
    whole = prints(path)
    dbn.write(path, [*records[:3], bytes([words, rtype]) + records[3][2:], *records[4:]])

    with pytest.raises(
        IntegrityError, match=r"the file is corrupt: record 3 is not a DBN record.* 3 records before the fault"
    ):
        prints(path)
    assert prints(path, salvage=True) == whole[:3]


def test_a_flipped_bit_in_a_compressed_file_is_always_noticed(tmp_path: Path) -> None:
    path = dbn.write(tmp_path / "day.dbn.zst", dbn.trades(40))
    whole, content = prints(path), path.read_bytes()
    for bit in range(0, len(content) * 8, 7):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        try:
            trades = prints(path)
        except InputError as error:
            assert "day.dbn.zst" in str(error)  # noqa: PT017
        else:
            # Some bits of a frame's header mean nothing.
            assert trades == whole, bit


def test_random_damage_never_ends_in_anything_but_a_clear_error(tmp_path: Path) -> None:
    dice = random.Random(11)
    path = dbn.write(tmp_path / "day.dbn", [record("mbo", number) for number in range(8)], head=dbn.header("mbo"))
    content = path.read_bytes()
    for _ in range(600):
        damaged = bytearray(content)
        for _ in range(dice.randint(1, 6)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        path.write_bytes(damaged)
        try:
            for trade in prints(path, reject=lambda _rejected: None):
                assert Trade.from_json(trade.to_json()) == trade
        except InputError as error:
            assert str(path) in str(error)  # noqa: PT017


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 a zip file", "neither DBN nor Databento CSV"),
        (b"\x1f\x8b\x08\x00 gzip", "neither DBN nor Databento CSV"),
        (b"\x28\xb5\x2f\xfd not zstd at all", "corrupt"),
        (b"DBN", "cut"),
        (b"DBN\xff" + bytes(200), "header"),
        (b"\x00" * 100, "neither DBN nor Databento CSV"),
        (b"{}", "neither DBN nor Databento CSV"),
    ],
)
def test_foreign_files_are_told_apart(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "foreign.dbn.zst"
    path.write_bytes(content)

    with pytest.raises(InputError, match=complaint):
        prints(path)
