"""Bytes of a file, decompressed if necessary, with the end of every zstd frame checked."""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

import zstandard

from common.errors import InputError, IntegrityError

_CHUNK_BYTES: Final = 1 << 17
_FED_BYTES: Final = 128
"""Compressed bytes fed at a time. zstd packs at most 128 KiB into four bytes, so these yield about 4 MiB at most."""
ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"


def chunks(path: Path) -> Generator[bytes, None, None]:
    """Yield the file's content in pieces of at most a few MiB; zstd is recognised by its magic number, not by the name.

    Raises
    ------
    InputError
        If the file cannot be read.
    IntegrityError
        If a zstd frame is corrupt or ends early; the content before is yielded first.
    """
    try:
        with path.open("rb", buffering=_CHUNK_BYTES) as file:
            compressed = file.read(len(ZSTD_MAGIC)) == ZSTD_MAGIC
            file.seek(0)
            size = _FED_BYTES if compressed else _CHUNK_BYTES
            read = iter(lambda: file.read(size), b"")
            yield from _decompressed(read, path) if compressed else read
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None


def _decompressed(compressed: Iterator[bytes], path: Path) -> Iterator[bytes]:
    context = zstandard.ZstdDecompressor()
    frame = context.decompressobj()
    open_frame = True
    for piece in compressed:
        data = piece
        while data:
            if not open_frame:
                frame, open_frame = context.decompressobj(), True
            try:
                content = frame.decompress(data)
            except zstandard.ZstdError as error:
                raise IntegrityError(f"{path}: the zstd stream is corrupt ({error})") from None
            if content:
                yield content
            data = b""
            if frame.eof:
                data, open_frame = frame.unused_data, False
    if open_frame:
        raise IntegrityError(f"{path}: the file is cut: it ends inside a zstd frame")
