"""Pieces of bytes → lines of text."""

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from common.errors import IntegrityError

_LONGEST_LINE: Final = 1 << 16


def lines_of(content: Iterator[bytes], path: Path) -> Iterator[str]:
    r"""Yield the lines of a text, each with its ``\n``, without a byte order mark at the beginning.

    Raises
    ------
    IntegrityError
        If the last line has no ``\n``, a line is longer than that of any print, or `content` raises it.
    UnicodeDecodeError
        If a line is not UTF-8.
    """
    source = _Source(content)
    encoding = "utf-8-sig"
    for line in iter(partial(io.BufferedReader(source).readline, _LONGEST_LINE), b""):
        if not line.endswith(b"\n"):
            if len(line) == _LONGEST_LINE:
                raise IntegrityError(f"{path}: a line is longer than {_LONGEST_LINE} bytes, longer than any print")
            cut = f"{path}: the file is cut: its last line has no line end (add one if it is complete)"
            raise source.fault or IntegrityError(cut)
        yield line.decode(encoding)
        encoding = "utf-8"
    if source.fault:
        raise source.fault


class _Source(io.RawIOBase):
    """A readable file over pieces of bytes; keeps a fault met while reading, which counts as the end of the file."""

    def __init__(self, content: Iterator[bytes]) -> None:
        self._content = content
        self._rest = b""
        self.fault: IntegrityError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            try:
                self._rest = next(self._content, b"")
            except IntegrityError as error:
                self.fault = error
            if not self._rest:
                return 0
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count
