"""Files and folders that a command writes: completely or not at all, and never over its inputs."""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, TextIO

from common.errors import SettingError

UNWRITABLE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EBADF, errno.EIO})
"""Errors that a failed write raises without a file name."""
_STREAMS: Final = {"/dev/stdout": 1, "/dev/stderr": 2}
_DEVICES: Final = ("/dev/", "/proc/")


def plain(text: str) -> str:
    """Return foreign text with control characters escaped, so that it is safe to print on a terminal.

    >>> plain("SPY"), plain("SPY" + chr(7)).count("x07")
    ('SPY', 1)
    """
    return text if text.isprintable() else repr(text)


def legible(path: Path | str) -> str:
    r"""Return a path or name as text that can be written as UTF-8; other bytes in it are escaped.

    >>> legible("tag.dbn"), legible("t\udce4g.dbn")
    ('tag.dbn', 't\\xe4g.dbn')
    """
    return os.fsencode(path).decode(errors="backslashreplace")


def refuse_overwriting(path: Path, inputs: Iterable[Path]) -> None:
    """Check that an output is not one of the inputs, under whatever name.

    Raises
    ------
    SettingError
        If it is one of them.
    """
    for source in inputs:
        if path.exists() and source.exists() and path.samefile(source):
            raise SettingError(f"{path}: is read as well, and would be overwritten; give the output another name")


@contextmanager
def folder(path: Path) -> Iterator[None]:
    """Make a folder, and those above it, that are not there; of these, what is empty at the end is removed again.

    Raises
    ------
    SettingError
        If it cannot be made or written into, which shows at once.
    """
    absent = [each for each in (path, *path.parents) if not each.exists()]
    try:
        try:
            path.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=path):
                pass
        except OSError as error:
            raise SettingError(f"{path}: cannot be written ({error.strerror})") from None
        yield
    finally:
        for each in absent:
            with suppress(OSError):
                each.rmdir()


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Open a text file that replaces `path` on success and is discarded on an error.

    A path that cannot be written fails on entry. A device or a pipe is written to directly.

    Raises
    ------
    SettingError
        If the file cannot be written.
    """
    # The target of a link is replaced, not the link.
    target = path.resolve()
    straight = str(path.absolute()).startswith(_DEVICES) or (target.exists() and not target.is_file())
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        if straight:
            # Reopening a stream that is redirected to a file would overwrite the file from its start.
            stream = _STREAMS.get(str(path))
            with open(path if stream is None else os.dup(stream), "w", encoding="utf-8", newline="") as file:  # noqa: PTH123
                yield file
            return
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        if target.exists():
            shutil.copymode(target, part)
        part.replace(target)
    except OSError as error:
        ours = error.filename in (str(path), str(part)) or (error.filename is None and error.errno in UNWRITABLE)
        if not ours:
            raise
        raise SettingError(f"{path}: cannot be written ({error.strerror})") from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
