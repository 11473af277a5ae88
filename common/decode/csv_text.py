"""Databento CSV → columns of prints.

Prices may be fixed-point or decimal, times integer or ISO 8601, and symbols a column or instrument ids.
"""

import csv
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pandas as pd

from common.decode.cells import CUT, BadCellError, Cells
from common.decode.columns import Columns
from common.decode.lines import lines_of
from common.decode.symbols import SymbolTable
from common.errors import InputError, IntegrityError, NoTradesSchemaError

_ROWS: Final = 1 << 16
_NEEDED: Final = ("ts_event", "price", "size")
_USED: Final = frozenset(
    [*_NEEDED, "ts_recv", "rtype", "side", "action", "sequence", "flags", "instrument_id", "publisher_id", "symbol"]
)


def looks_like_csv(start: bytes) -> bool:
    """Return whether the first bytes of a file are a CSV header with an event time."""
    return b"ts_event" in start.split(b"\n")[0]


def check_header(start: bytes, path: Path) -> None:
    """Check the header at the beginning of a CSV file; one that cannot be parsed is left to `RowReader` to report.

    Raises
    ------
    NoTradesSchemaError, InputError
        If the columns are not those of prints.
    """
    line, end, _rest = start.partition(b"\n")
    with suppress(csv.Error, UnicodeDecodeError):
        if end:
            _check_names(next(csv.reader([line.decode("utf-8-sig")], strict=True), []), path)


def _check_names(names: list[str], path: Path) -> None:
    if "anomaly_id" in names:
        raise NoTradesSchemaError(f"{path}: these are anomalies, not prints; give the file that they were found in")
    if {"open", "high", "low", "close"} <= set(names):
        raise NoTradesSchemaError(f"{path}: these are bars (OHLCV), which carry no prints; use schema trades")
    if "bid_px_00" in names and "action" not in names:
        raise NoTradesSchemaError(
            f"{path}: these are quotes (BBO), which repeat the last trade; use schema trades or tbbo"
        )
    if not names:
        raise InputError(f"{path}: the file is empty")
    twice = [name for name in _USED if names.count(name) > 1]
    if twice:
        raise InputError(f"{path}: the column {twice[0]} appears more than once")
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise NoTradesSchemaError(f"{path}: no column {', '.join(missing)}: these rows carry no prints")
    if "symbol" not in names and "instrument_id" not in names:
        raise InputError(f"{path}: neither a column symbol nor instrument_id tells what was traded")


class RowReader:
    """Reads the rows of one CSV file; `records` counts the valid rows so far."""

    def __init__(self, path: Path, symbols: SymbolTable, share: float) -> None:
        self.records = 0
        self._most_rows = max(1, int(share * _ROWS))
        self._path = path
        self._cells = Cells(symbols)

    def columns(self, content: Iterator[bytes]) -> Iterator[Columns]:
        """Yield the prints in blocks of rows.

        Raises
        ------
        NoTradesSchemaError, InputError
            If the columns are not those of prints.
        IntegrityError
            If a row cannot be parsed, or the text ends inside a row; the valid rows before are yielded first.
        """
        reader = csv.reader(lines_of(content, self._path), strict=True)
        rows: list[list[str]] = []
        lines: list[int] = []
        fault: InputError | None = None
        ends = 1
        try:
            header = next(reader, [])
            _check_names(header, self._path)
            for row in reader:
                begins, ends = ends + 1, reader.line_num
                if not row:
                    continue
                if len(row) != len(header):
                    raise self._corrupt(begins, f"{len(row)} fields where the header has {len(header)}")
                rows.append(row)
                lines.append(begins)
                if len(rows) == self._most_rows:
                    whole, rows = rows, []
                    yield from self._sound(header, whole, lines)
                    lines = []
        except InputError as error:
            fault = error
        except (csv.Error, UnicodeDecodeError) as error:
            fault = self._corrupt(ends + 1, str(error))
        if rows:
            yield from self._sound(header, rows, lines)
        if fault:
            raise fault

    def _sound(self, header: list[str], rows: list[list[str]], lines: list[int]) -> Iterator[Columns]:
        """Yield the prints of the rows before the first corrupt one, then raise an error that names its line."""
        by_name = zip(header, zip(*rows, strict=True), strict=True)
        frame = pd.DataFrame({name: cells for name, cells in by_name if name in _USED}, dtype=str)
        fault = None
        while len(frame):
            try:
                columns = self._cells.columns(frame, self.records)
            except BadCellError as bad:
                # Columns are checked one by one: another may hold a fault in an earlier row.
                frame, fault = frame.iloc[: bad.row], self._corrupt(lines[bad.row], str(bad), bad.cause)
            else:
                self.records += len(frame)
                yield columns
                break
        if fault:
            raise fault

    def _corrupt(self, line: int, what: str, cause: str = CUT) -> IntegrityError:
        return IntegrityError(f"{self._path}: line {line}: {what}; {cause}")
