"""One file of prints: recognised by its content, decoded in batches, with faults reported."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from copy import copy
from itertools import chain
from pathlib import Path
from typing import Final

import databento_dbn

from common.batch import TradeBatch
from common.decode import dbn
from common.decode.columns import BatchMaker, Rejected
from common.decode.csv_text import RowReader, check_header, looks_like_csv
from common.decode.frames import chunks
from common.decode.symbols import SymbolTable
from common.errors import InputError, IntegrityError, NoTradesSchemaError

logger = logging.getLogger(__name__)

TABLES: Final = (".csv.zst", ".csv")
_LONGEST_HEADER: Final = 1 << 16
"""Maximum length of a CSV header, in bytes."""
_LOOKED_AT_BYTES: Final = (1 << 14, 1 << 22)
"""How far to look for a file's first print, in two steps: the first few records usually suffice."""


def _tell(rejected: Rejected) -> None:
    logger.warning("A print was set aside. record=%d reason=%s %s", rejected.record, rejected.reason, rejected.content)


def _ignore(_rejected: Rejected) -> None:
    return


class TradeFile:
    """One file; it is open only while `batches` reads it.

    Attributes
    ----------
    path : Path
        The file.
    dataset, schema : str
        From the header; for CSV, empty and ``csv``.
    records, prints, rejected : int
        Records of all kinds, valid prints, and prints set aside so far.
    ts_first, ts_last : int or None
        Receive times in ns of the first and the latest of the valid prints so far.
    unmapped : set of int
        Instruments without a symbol for their date; their id is used as the symbol.
    """

    def __init__(self, path: Path, *, salvage: bool = False, reject: Callable[[Rejected], None] = _tell) -> None:
        self.path = path
        self.records = 0
        self.prints = 0
        self.rejected = 0
        self.ts_first: int | None = None
        self.ts_last: int | None = None
        self.unmapped: set[int] = set()
        self._salvage = salvage
        self._tell_rejected = reject
        self._most_bytes: int | None = None
        with closing(chunks(path)) as content:
            metadata, _rest = _header(content, path)
        self.dataset, self.schema = (metadata.dataset, str(metadata.schema or "mixed")) if metadata else ("", "csv")

    def begins(self) -> int | None:
        """Return the receive time in ns of the first print that `batches` will yield, without consuming it.

        Returns None if the first few MiB hold no print.
        """
        for size in _LOOKED_AT_BYTES:
            look = copy(self)
            look.unmapped, look._salvage, look._tell_rejected = set(), False, _ignore
            look._most_bytes = size
            # `batches` will report whatever is wrong with the file.
            with suppress(InputError):
                for batch in look.batches():
                    return int(batch.ts_recv[0])
        return None

    def batches(self, share: float = 1.0) -> Iterator[TradeBatch]:
        """Yield the prints in the order of the file; can be called once.

        Parameters
        ----------
        share : float
            Fraction of a block to read at a time: smaller values take less memory but more time.

        Raises
        ------
        InputError
            If the file can no longer be opened.
        IntegrityError
            If the file is cut or corrupt, after yielding the good part; with `salvage`, this is logged instead.
        """
        with closing(chunks(self.path)) as content:
            metadata, rest = _header(content, self.path)
            symbols = dbn.symbol_table(metadata) if metadata else SymbolTable({}, id_first=False)
            reader = (dbn.RecordReader if metadata else RowReader)(self.path, symbols, share)
            maker = BatchMaker(self.dataset, symbols, self._reject)
            self.unmapped = symbols.unmapped
            pieces: Iterator[bytes] = chain(iter([rest]), content)
            del rest
            if self._most_bytes is not None:
                pieces = _first(pieces, self._most_bytes)
            try:
                for columns in reader.columns(pieces):
                    self.records = reader.records
                    batch = maker.batch(columns)
                    self.prints += len(batch)
                    if len(batch):
                        self.ts_first = int(batch.ts_recv[0]) if self.ts_first is None else self.ts_first
                        self.ts_last = int(batch.ts_recv[-1])
                        yield batch
            except IntegrityError as error:
                good = f"{error}. {reader.records} records before the fault are good, with {self.prints} prints"
                if not self._salvage:
                    raise IntegrityError(f"{good}. Get the file again, or take the good part with --salvage") from None
                logger.warning("%s; continuing with them (--salvage).", good)
            finally:
                self.records = reader.records
        if self.unmapped:
            ids = ", ".join(map(str, sorted(self.unmapped)[:5]))
            logger.warning("Instruments without a symbol for their date keep their id. file=%s ids=%s", self.path, ids)

    def _reject(self, rejected: Rejected) -> None:
        self.rejected += 1
        self._tell_rejected(rejected)


def _header(content: Iterator[bytes], path: Path) -> tuple[databento_dbn.Metadata | None, bytes]:
    """Return the header (None for CSV) and the bytes read after it (for CSV, all that was read)."""
    start = b""
    try:
        for piece in content:
            start += piece
            if not start.startswith(dbn.MAGIC[: len(start)]):
                if b"\n" in start or len(start) > _LONGEST_HEADER:
                    break
            elif (header := dbn.read_header(start, path)) is not None:
                metadata, length = header
                return metadata, start[length:]
    except IntegrityError as error:
        raise IntegrityError(f"{error}; its header is incomplete, so no record is good. Get it again") from None
    if not looks_like_csv(start):
        raise _foreign(path, start)
    check_header(start, path)
    return None, start


def _first(content: Iterator[bytes], most_bytes: int) -> Iterator[bytes]:
    for piece in content:
        yield piece[:most_bytes]
        most_bytes -= len(piece)
        if most_bytes <= 0:
            break
    raise IntegrityError("only the beginning was looked at")


def _foreign(path: Path, start: bytes) -> InputError:
    if not start:
        return InputError(f"{path}: the file is empty; get it again")
    if dbn.MAGIC.startswith(start[:3]) or start.startswith(dbn.MAGIC):
        return IntegrityError(f"{path}: the file is cut: it ends inside its header, so no record is good. Get it again")
    # A table of something else is not damaged.
    kind = NoTradesSchemaError if path.name.lower().endswith(TABLES) else InputError
    return kind(f"{path}: neither DBN nor Databento CSV (it begins with {start[:12]!r})")


def open_file(
    path: Path | str, *, salvage: bool = False, reject: Callable[[Rejected], None] | None = None
) -> TradeFile:
    """Open one file and read its header.

    Parameters
    ----------
    path : Path or str
        ``.dbn``, ``.dbn.zst``, ``.csv`` or ``.csv.zst``; the content decides, not the name.
    salvage : bool
        Read the good part of a file that is cut or corrupt.
    reject : callable, optional
        Called with each print that is not a trade; by default these are logged.

    Raises
    ------
    InputError
        If it is missing, empty or of another format; `NoTradesSchemaError` if its schema carries no prints;
        `IntegrityError` if its header is cut.
    """
    return TradeFile(Path(path), salvage=salvage, reject=reject or _tell)
