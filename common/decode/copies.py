"""Two copies of one file are one file: whatever reads trades from files plays them once."""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

logger = logging.getLogger(__name__)


class Once:
    """Lets each content pass once, and tells of what it holds back."""

    def __init__(self) -> None:
        self._passed: dict[str, Path] = {}

    def passes(self, path: Path, sha256: str) -> bool:
        """Return whether no file before this one had its content."""
        if (twin := self._passed.get(sha256)) is not None:
            logger.warning("A file is played once although it stands twice. file=%s same_as=%s", path, twin)
            return False
        self._passed[sha256] = path
        return True


def distinct(paths: Iterable[Path]) -> list[Path]:
    """Return the files without copies of earlier ones; only files of one size are read for that."""
    sizes = {path: path.stat().st_size if path.is_file() else -1 for path in paths}
    files, once = Counter(sizes.values()), Once()
    kept = []
    for path, size in sizes.items():
        content = ""
        # What cannot be read is told where it is opened.
        with suppress(OSError):
            if size >= 0 and files[size] > 1:
                with path.open("rb") as file:
                    content = hashlib.file_digest(file, "sha256").hexdigest()
        if not content or once.passes(path, content):
            kept.append(path)
    return kept
