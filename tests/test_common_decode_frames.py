"""What is recognised as zstd, and what cannot be read at all."""

import os
from pathlib import Path

import pytest
import zstandard

from common.decode import open_file
from common.errors import InputError, IntegrityError
from tests import dbn
from tests.dbn import prints

SKIPPABLE = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"meta"


def test_skippable_frames_are_passed_over_wherever_they_stand(tmp_path: Path) -> None:
    whole = dbn.write(tmp_path / "whole.dbn", dbn.trades(20)).read_bytes()
    path = tmp_path / "day.dbn.zst"
    compress = zstandard.ZstdCompressor(write_checksum=True).compress
    path.write_bytes(SKIPPABLE * 2 + compress(whole[:300]) + SKIPPABLE + compress(whole[300:]) + SKIPPABLE)

    assert prints(path) == prints(tmp_path / "whole.dbn")


def test_a_window_above_the_limit_is_named(tmp_path: Path) -> None:
    path = tmp_path / "day.csv.zst"
    parameters = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=True)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    path.write_bytes(compressor.compress(b"ts_event,price,size,symbol\n") + compressor.flush())

    with pytest.raises(IntegrityError, match=r"day\.csv\.zst: the zstd stream needs a window above 128 MiB.* --long"):
        open_file(path)


def test_a_pipe_is_named() -> None:
    reading, writing = os.pipe()
    os.close(writing)

    with pytest.raises(InputError, match=r"/dev/fd/\d+: this is a pipe; write its content to a file"):
        open_file(f"/dev/fd/{reading}")
    os.close(reading)
