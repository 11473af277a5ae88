"""Drops copies of files, so that trades of a file that is given twice are read once."""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

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
