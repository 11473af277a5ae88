"""Small files that unpack to huge ones are read in bounded memory, and any division into frames is one file."""

import tracemalloc
from pathlib import Path

import pytest
import zstandard

from common.decode.frames import chunks
from common.errors import IntegrityError
from tests.dbn import prints

TABLE = b"ts_event,price,size,symbol\n" + b"1709294400000000000,2.5,3,AAA\n" * 40


def test_zeros_without_number_come_in_small_pieces(tmp_path: Path) -> None:
    path = tmp_path / "bomb.dbn.zst"
    path.write_bytes(zstandard.compress(bytes(1 << 28)))

    pieces = [len(piece) for piece in chunks(path)]

    assert path.stat().st_size < 10_000
    assert sum(pieces) == 1 << 28
    assert max(pieces) < 6 << 20


def test_a_line_without_an_end_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.zst"
    path.write_bytes(zstandard.compress(TABLE + b"1" * (1 << 23)))

    tracemalloc.start()
    with pytest.raises(IntegrityError, match=r"a line is longer than 65536 bytes.* 40 records before"):
        prints(path)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 1 << 25


def test_a_header_of_a_table_may_stand_in_several_frames(tmp_path: Path) -> None:
    path = tmp_path / "day.csv.zst"
    path.write_bytes(b"".join(map(zstandard.compress, (TABLE[:5], TABLE[5:20], TABLE[20:]))))

    assert len(prints(path)) == 40
