"""One file of prints: recognised by its content, decoded in batches, with its faults told."""

import logging
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

import databento_dbn

from common.batch import TradeBatch
from common.decode import dbn
from common.decode.columns import BatchMaker, Rejected
from common.decode.csv_text import RowReader, looks_like_csv
from common.decode.frames import chunks
from common.decode.symbols import SymbolTable
from common.errors import InputError, IntegrityError

logger = logging.getLogger(__name__)

SUFFIXES: Final = (".dbn.zst", ".dbn", ".csv.zst", ".csv")
_LONGEST_HEADER: Final = 1 << 16
"""Characters of a CSV header at most."""


def _tell(rejected: Rejected) -> None:
    logger.warning("A print was set aside. record=%d reason=%s %s", rejected.record, rejected.reason, rejected.content)


class TradeFile:
    """One file.

    Attributes
    ----------
    path : Path
        The file.
    dataset, schema : str
        As its header says; empty for CSV.
    records, prints, rejected : int
        Records of every kind, good prints and prints set aside, so far.
    unmapped : set of int
        Instruments without a symbol for their date; their id stands as symbol.
    """

    def __init__(self, path: Path, *, salvage: bool = False, reject: Callable[[Rejected], None] = _tell) -> None:
        self.path = path
        self.prints = 0
        self.rejected = 0
        self._salvage = salvage
        self._tell_rejected = reject
        self._content = chunks(path)
        start = b""
        metadata: databento_dbn.Metadata | None = None
        try:
            while metadata is None and (piece := next(self._content, b"")):
                start += piece
                if not start.startswith(dbn.MAGIC[: len(start)]):
                    if b"\n" in start or len(start) > _LONGEST_HEADER:
                        break
                elif (header := dbn.read_header(start, path)) is not None:
                    metadata, length = header
                    start = start[length:]
        except IntegrityError as error:
            raise IntegrityError(f"{error}; not even its header is whole, so no record is good. Get it again") from None
        self._content = chain([start], self._content)
        if metadata is not None:
            self.dataset, self.schema = metadata.dataset, str(metadata.schema or "mixed")
            self.symbols = dbn.symbol_table(metadata)
            self._reader: dbn.RecordReader | RowReader = dbn.RecordReader(path, self.symbols)
        elif looks_like_csv(start):
            self.dataset, self.schema = "", "csv"
            self.symbols = SymbolTable({}, id_first=False)
            self._reader = RowReader(path, self.symbols)
        else:
            raise _foreign(path, start)

    @property
    def records(self) -> int:
        """Records of every kind so far."""
        return self._reader.records

    @property
    def unmapped(self) -> set[int]:
        """Instruments without a symbol for their date."""
        return self.symbols.unmapped

    def batches(self) -> Iterator[TradeBatch]:
        """Yield the prints in the order of the file; can be called once.

        Raises
        ------
        IntegrityError
            If the file is cut or corrupt, after the good part was yielded; with `salvage` that is logged instead.
        """
        maker = BatchMaker(self.dataset, self.symbols, self._reject)
        try:
            for columns in self._reader.columns(self._content):
                batch = maker.batch(columns)
                self.prints += len(batch)
                if len(batch):
                    yield batch
        except IntegrityError as error:
            told = f"{error}. {self.records} records before the fault are good, with {self.prints} prints"
            if not self._salvage:
                raise IntegrityError(f"{told}. Get the file again, or take the good part with --salvage") from None
            logger.warning("%s; going on with them (--salvage).", told)
        if self.unmapped:
            ids = ", ".join(map(str, sorted(self.unmapped)[:5]))
            logger.warning("Instruments without a symbol for their date keep their id. file=%s ids=%s", self.path, ids)

    def _reject(self, rejected: Rejected) -> None:
        self.rejected += 1
        self._tell_rejected(rejected)


def _foreign(path: Path, start: bytes) -> InputError:
    if not start:
        return InputError(f"{path}: the file is empty; get it again")
    if dbn.MAGIC.startswith(start[:3]) or start.startswith(dbn.MAGIC):
        return IntegrityError(f"{path}: the file is cut: it ends inside its header, so no record is good. Get it again")
    return InputError(f"{path}: neither DBN nor Databento CSV (it begins with {start[:12]!r})")


def open_file(
    path: Path | str, *, salvage: bool = False, reject: Callable[[Rejected], None] | None = None
) -> TradeFile:
    """Open one file and read its header.

    Parameters
    ----------
    path : Path or str
        ``.dbn``, ``.dbn.zst``, ``.csv`` or ``.csv.zst``; the content decides, not the name.
    salvage : bool
        Take the good part of a file that is cut or corrupt.
    reject : callable, optional
        Is given each print that is no trade; by default they are logged.

    Raises
    ------
    InputError
        If it is missing, empty or foreign; `NoTradesSchemaError` if its schema carries no prints; `IntegrityError`
        if its header is cut.
    """
    return TradeFile(Path(path), salvage=salvage, reject=reject or _tell)


def expand(paths: list[Path]) -> list[Path]:
    """Return the files that the paths name, each once: a folder stands for those in it, sorted by name.

    Raises
    ------
    InputError
        If a path does not exist or a folder holds none.
    """
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        found = sorted(file for file in path.iterdir() if file.name.endswith(SUFFIXES))
        if not found:
            raise InputError(f"{path}: no {', '.join(SUFFIXES)} file in this folder")
        files += found
    once: dict[Path, Path] = {}
    for file in files:
        once.setdefault(file.resolve(), file)
    return list(once.values())
