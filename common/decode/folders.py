"""Files and folders that a user names → the files to be read."""

import logging
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from common.decode.copies import is_unpacked
from common.decode.file import TABLES, TradeFile
from common.errors import InputError, NoTradesSchemaError

logger = logging.getLogger(__name__)

_SUFFIXES: Final = (".dbn.zst", ".dbn", *TABLES)
_KINDS: Final = frozenset({".dbn", ".csv"})


def _below(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder, onerror=_tell_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        shown = (Path(here, name) for name in names if not name.startswith("."))
        yield from (path for path in shown if not _KINDS.isdisjoint(map(str.lower, path.suffixes)))


@cache
def _is_played(path: Path) -> bool:
    """Return whether a file found in a folder is played; one that is not is reported, once."""
    if not path.name.lower().endswith(_SUFFIXES):
        logger.warning("A file is left out, as its name does not end in %s. file=%s", " or ".join(_SUFFIXES), path)
        return False
    try:
        TradeFile(path)
    except NoTradesSchemaError as error:
        logger.warning("%s. The file is left out.", error)
        return False
    except InputError:
        pass  # Playing it will report whatever is wrong with it.
    return True


def _tell_unreadable(error: OSError) -> None:
    logger.warning("A folder cannot be read. folder=%s reason=%s", error.filename, error.strerror)


def expand(paths: list[Path]) -> list[Path]:
    """Return the files that the paths name, each once; a folder stands for the files in it and below, sorted by name.

    Hidden files, hidden folders and links to folders are skipped. In a folder, files without prints, and a file beside
    its own compressed form, are left out with a warning.

    Raises
    ------
    InputError
        If a folder holds no file with prints.
    """
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        found = sorted(filter(_is_played, _below(path)))
        if not found:
            raise InputError(f"{path}: no {', '.join(_SUFFIXES)} file in this folder, or none with prints")
        present = set(found)
        files += (file for file in found if not is_unpacked(file, present))
    once: dict[Path, Path] = {}
    for file in files:
        once.setdefault(file.resolve(), file)
    return list(once.values())
