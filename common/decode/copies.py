"""Drops copies of files, so that trades of a file that is given twice are read once."""

import hashlib
import logging
from collections import Counter
from collections.abc import Container, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from common.decode.frames import chunks
from common.errors import InputError

logger = logging.getLogger(__name__)


class Once:
    """Lets each file content pass once, and logs the copies that it holds back."""

    def __init__(self) -> None:
        self._passed: dict[str, Path] = {}

    def passes(self, path: Path, sha256: str) -> bool:
        """Return whether this is the first file with its content."""
        if (twin := self._passed.get(sha256)) is not None:
            logger.warning("Skipped a copy of another file. file=%s same_as=%s", path, twin)
            return False
        self._passed[sha256] = path
        return True


def distinct(paths: Iterable[Path]) -> list[Path]:
    """Return the files without copies of earlier ones; only files of equal size are read to compare them."""
    sizes = {path: path.stat().st_size if path.is_file() else -1 for path in paths}
    files, once = Counter(sizes.values()), Once()
    kept = []
    for path, size in sizes.items():
        content = ""
        # A file that cannot be read is reported when it is opened.
        with suppress(OSError):
            if size >= 0 and files[size] > 1:
                with path.open("rb") as file:
                    content = hashlib.file_digest(file, "sha256").hexdigest()
        if not content or once.passes(path, content):
            kept.append(path)
    return kept


def is_unpacked(path: Path, beside: Container[Path]) -> bool:
    """Return whether a file only holds the content of its compressed form beside it; this is logged, once."""
    packed = path.with_name(f"{path.name}.zst")
    return packed in beside and _holds_the_same(path, packed)


@cache
def _holds_the_same(plain: Path, packed: Path) -> bool:
    logger.info("Comparing a file with the compressed one beside it. file=%s", plain)
    try:
        same = _digest(plain) == _digest(packed)
    except InputError:
        return False  # Playing them will report whatever is wrong with them.
    if same:
        logger.warning("Skipped the uncompressed copy of another file. file=%s same_as=%s", plain, packed)
    return same


def _digest(path: Path) -> bytes:
    digest = hashlib.sha256()
    for chunk in chunks(path):
        digest.update(chunk)
    return digest.digest()
