"""Bytes of a file, decompressed if necessary, with the end of every zstd frame checked."""

import errno
import resource
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import zstandard

from common.errors import InputError, IntegrityError

_CHUNK_BYTES: Final = 1 << 17
_BUFFER_BYTES: Final = 1 << 14
_FED_BYTES: Final = 128
"""Compressed bytes fed at a time. zstd packs at most 128 KiB into four bytes, so these yield about 4 MiB at most."""
_MAGIC_BYTES: Final = 4
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_SKIPPABLE_MAGIC: Final = b"\x2a\x4d\x18"
"""Bytes 2 to 4 of the magic numbers of skippable frames; the first byte is 0x50 to 0x5f."""
_WINDOW: Final = "Frame requires too much memory"
"""How zstd reports a window above its limit of 128 MiB."""


def chunks(path: Path) -> Generator[bytes, None, None]:
    """Yield the file's content in pieces of at most a few MiB; zstd is recognised by its magic number, not by the name.

    Raises
    ------
    InputError
        If the file cannot be read, or is a pipe.
    IntegrityError
        If a zstd frame is corrupt or ends early; the content before is yielded first.
    """
    try:
        if path.is_fifo():
            raise InputError(f"{path}: this is a pipe; write its content to a file, which is read more than once")
        with _opened(path) as file:
            compressed = _is_zstd(file.read(_MAGIC_BYTES))
            file.seek(0)
            size = _FED_BYTES if compressed else _CHUNK_BYTES
            read = iter(lambda: file.read(size), b"")
            yield from _decompressed(read, path) if compressed else read
    except OSError as error:
        remedy = "; raise the limit (ulimit -n), or play fewer files at once" if error.errno == errno.EMFILE else ""
        raise InputError(f"{path}: cannot be read ({error.strerror}){remedy}") from None


def _opened(path: Path) -> BinaryIO:
    """Open a file, raising the limit on open files as far as allowed if that is needed."""
    try:
        return path.open("rb", buffering=_BUFFER_BYTES)
    except OSError as error:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if error.errno != errno.EMFILE or soft == hard:
            raise
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return path.open("rb", buffering=_BUFFER_BYTES)


def _is_zstd(magic: bytes) -> bool:
    return magic == _ZSTD_MAGIC or (magic[1:] == _SKIPPABLE_MAGIC and magic[0] >> 4 == 5)


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
                fault = f"is corrupt ({error})"
                if _WINDOW in str(error):
                    fault = "needs a window above 128 MiB: compress the file again without --long, unless it is corrupt"
                raise IntegrityError(f"{path}: the zstd stream {fault}") from None
            if content:
                yield content
            data = b""
            if frame.eof:
                data, open_frame = frame.unused_data, False
    if open_frame:
        raise IntegrityError(f"{path}: the file is cut: it ends inside a zstd frame")
