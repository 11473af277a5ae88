"""Pieces of bytes → lines of text."""

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from common.errors import IntegrityError

_LONGEST_LINE: Final = 1 << 16


def lines_of(content: Iterator[bytes], path: Path) -> Iterator[str]:
    """Yield the lines of a text, each with its end.

    Raises
    ------
    IntegrityError
        If the last line has no end, a line is longer than any of prints, or `content` raises it.
    UnicodeDecodeError
        If a line is not UTF-8.
    """
    source = _Source(content)
    for line in iter(partial(io.BufferedReader(source).readline, _LONGEST_LINE), b""):
        if not line.endswith(b"\n"):
            if len(line) == _LONGEST_LINE:
                raise IntegrityError(f"{path}: a line is longer than {_LONGEST_LINE} bytes, as no print is")
            cut = f"{path}: the file is cut: its last line has no end (add one if it is whole)"
            raise source.fault or IntegrityError(cut)
        yield line.decode()
    if source.fault:
        raise source.fault


class _Source(io.RawIOBase):
    """A readable file over pieces of bytes, which remembers a fault met while reading."""

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
