"""Databento CSV → columns of prints.

Prices may be fixed-point or decimal, times integer or ISO 8601, and symbols a column or instrument ids.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.batch import MOST_SYMBOL
from common.decode.columns import Columns
from common.decode.dbn import decimal_price
from common.decode.layouts import UNDEF_PRICE, UNDEF_TIMESTAMP
from common.decode.lines import lines_of
from common.decode.symbols import SymbolTable
from common.errors import InputError, IntegrityError, NoTradesSchemaError
from common.times import LEAST_NS

_ROWS: Final = 1 << 16
_INT64_LIMIT: Final = 2.0**63
_LEAST_FIXED: Final = 1_000_000
"""A thousandth of a currency unit, in units of 1e-9: fixed-point prices are hardly ever smaller."""
_CUT: Final = "the file is cut or corrupt"
_UNIT: Final = "give whole numbers in nanoseconds since 1970, or times as in 2024-01-02T14:30:00Z"
_NEEDED: Final = ("ts_event", "price", "size")
_ACTIONS: Final = tuple("ACMRTFN")
_USED: Final = frozenset(
    [*_NEEDED, "ts_recv", "side", "action", "sequence", "flags", "instrument_id", "publisher_id", "symbol"]
)


def looks_like_csv(start: bytes) -> bool:
    """Return whether the first bytes of a file are a CSV header with an event time."""
    return b"ts_event" in start.split(b"\n")[0]


class _BadCellError(ValueError):
    """A cell does not fit its column; `row` counts from the first row of the frame being read."""

    def __init__(self, row: int, what: str, cause: str) -> None:
        super().__init__(what)
        self.row = row
        self.cause = cause


class RowReader:
    """Reads the rows of one CSV file; `records` counts the valid rows so far."""

    def __init__(self, path: Path, symbols: SymbolTable, share: float) -> None:
        self.records = 0
        self._most_rows = max(1, int(share * _ROWS))
        self._path = path
        self._symbols = symbols
        self._fixed_prices: bool | None = None

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
            header = [name.removeprefix("\ufeff") for name in next(reader, [])]
            self._check_header(header)
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

    def _check_header(self, names: list[str]) -> None:
        if {"open", "high", "low", "close"} <= set(names):
            raise NoTradesSchemaError(f"{self._path}: these are bars (OHLCV), which carry no prints; use schema trades")
        if not names:
            raise InputError(f"{self._path}: the file is empty")
        twice = [name for name in _USED if names.count(name) > 1]
        if twice:
            raise InputError(f"{self._path}: the column {twice[0]} appears more than once")
        missing = [name for name in _NEEDED if name not in names]
        if missing:
            raise NoTradesSchemaError(f"{self._path}: no column {', '.join(missing)}: these rows carry no prints")
        if "symbol" not in names and "instrument_id" not in names:
            raise InputError(f"{self._path}: neither a column symbol nor instrument_id tells what was traded")

    def _sound(self, header: list[str], rows: list[list[str]], lines: list[int]) -> Iterator[Columns]:
        """Yield the prints of the rows before the first corrupt one, then raise an error that names its line."""
        by_name = zip(header, zip(*rows, strict=True), strict=True)
        frame = pd.DataFrame({name: cells for name, cells in by_name if name in _USED}, dtype=str)
        fault = None
        while len(frame):
            try:
                columns = self._columns(frame)
            except _BadCellError as bad:
                # Columns are checked one by one: another may hold a fault in an earlier row.
                frame, fault = frame.iloc[: bad.row], self._corrupt(lines[bad.row], str(bad), bad.cause)
            else:
                self.records += len(frame)
                yield columns
                break
        if fault:
            raise fault

    def _corrupt(self, line: int, what: str, cause: str = _CUT) -> IntegrityError:
        return IntegrityError(f"{self._path}: line {line}: {what}; {cause}")

    def _columns(self, rows: pd.DataFrame) -> Columns:
        record = self.records + np.arange(len(rows), dtype=np.int64)
        if "action" in rows.columns:
            actions = rows["action"]
            self._refuse(~actions.isin(_ACTIONS).to_numpy(), actions, "action", record)
            prints = (actions == "T").to_numpy()
            rows, record = rows[prints], record[prints]
        ts_event = self._times(rows, "ts_event", record)
        instrument_id = self._integers(rows, "instrument_id", record)
        return Columns(
            ts_event=ts_event,
            ts_recv=self._times(rows, "ts_recv", record) if "ts_recv" in rows.columns else ts_event,
            price=self._prices(rows["price"], record),
            size=self._integers(rows, "size", record),
            side=self._sides(rows),
            sequence=self._integers(rows, "sequence", record),
            flags=self._integers(rows, "flags", record),
            instrument_id=instrument_id,
            publisher_id=self._integers(rows, "publisher_id", record),
            record=record,
            symbol=self._symbol_column(rows, record),
        )

    def _symbol_column(self, rows: pd.DataFrame, record: NDArray[np.int64]) -> NDArray[np.int32] | None:
        if "symbol" not in rows.columns:
            return None
        texts = rows["symbol"]
        nameless = (texts == "").to_numpy()
        if nameless.any() and "instrument_id" in rows.columns:
            # As for DBN: the id stands in for a missing symbol, and a warning is logged at the end.
            texts = texts.where(~nameless, rows["instrument_id"])
            self._symbols.unmapped.update(map(int, texts[nameless].unique()))
        length = texts.str.len().to_numpy()
        bounds = f", which does not have 1 to {MOST_SYMBOL} characters"
        self._refuse((length == 0) | (length > MOST_SYMBOL), texts, "symbol", record, bounds)
        codes, names = pd.factorize(texts)
        table: NDArray[np.int32] = np.array([self._symbols.add(str(name)) for name in names], dtype=np.int32)
        column: NDArray[np.int32] = table[codes]
        return column

    def _integers(self, rows: pd.DataFrame, name: str, record: NDArray[np.int64]) -> NDArray[np.int64]:
        if name not in rows.columns:
            return np.zeros(len(rows), dtype=np.int64)
        return self._exact(rows[name], r"[0-9]{1,19}", name, record)

    def _exact(self, texts: "pd.Series[str]", form: str, name: str, record: NDArray[np.int64]) -> NDArray[np.int64]:
        formed = texts.str.fullmatch(form).to_numpy(dtype=bool)
        size = np.abs(pd.to_numeric(texts.where(formed, "0")).to_numpy(dtype=np.float64))
        self._refuse(~formed | (size >= _INT64_LIMIT), texts, name, record)
        integers: NDArray[np.int64] = texts.astype(np.int64).to_numpy()
        return integers

    def _times(self, rows: pd.DataFrame, name: str, record: NDArray[np.int64]) -> NDArray[np.int64]:
        texts = rows[name]
        undefined = texts.isin(["", str(UNDEF_TIMESTAMP)]).to_numpy()
        if (texts.str.fullmatch(r"[0-9]+").to_numpy(dtype=bool) & ~undefined).any() or undefined.all():
            times = self._exact(texts.where(~undefined, "0"), r"[0-9]{1,19}", name, record)
            small = ~undefined & (times < LEAST_NS)
            self._refuse(small, texts, name, record, ", which is not a time in nanoseconds", _UNIT)
        else:
            dates = texts.where(~undefined, "1970-01-01")
            parsed = pd.to_datetime(dates, utc=True, format="ISO8601", errors="coerce")
            # pandas also accepts words such as "now", which would give another time in every run.
            dated = texts.str.match(r"\s*[0-9]").to_numpy(dtype=bool) | undefined
            known = (parsed >= pd.Timestamp.min.tz_localize("UTC")) & (parsed <= pd.Timestamp.max.tz_localize("UTC"))
            self._refuse(~(dated & known.to_numpy(dtype=bool)), texts, name, record)
            times = parsed.dt.as_unit("ns").astype(np.int64).to_numpy()
        return np.where(undefined, np.int64(-1), times)

    def _prices(self, texts: "pd.Series[str]", record: NDArray[np.int64]) -> NDArray[np.float64]:
        undefined = texts.isin(["", str(UNDEF_PRICE)]).to_numpy()
        texts = texts.where(~undefined, "0")
        if self._fixed_prices is None:
            self._fixed_prices = _fixed_point(texts)
        if self._fixed_prices:
            prices = decimal_price(self._exact(texts, r"-?[0-9]{1,19}", "price", record))
        else:
            self._refuse(pd.to_numeric(texts, errors="coerce").isna().to_numpy(), texts, "price", record)
            prices = np.array([float(text) for text in texts], dtype=np.float64)
        return np.where(undefined, np.nan, prices)

    def _sides(self, rows: pd.DataFrame) -> NDArray[np.uint8]:
        if "side" not in rows.columns:
            return np.full(len(rows), ord("N"), dtype=np.uint8)
        return np.array([ord(side[0]) if side[:1] in ("B", "A") else ord("N") for side in rows["side"]], dtype=np.uint8)

    def _refuse(
        self,
        bad: NDArray[np.bool_],
        texts: "pd.Series[str]",
        name: str,
        record: NDArray[np.int64],
        why: str = "",
        cause: str = _CUT,
    ) -> None:
        if bad.any():
            row = int(bad.argmax())
            told = f"column {name} holds {texts.iloc[row][:40]!r}{why}"
            raise _BadCellError(int(record[row]) - self.records, told, cause)


def _fixed_point(texts: "pd.Series[str]") -> bool | None:
    """Return whether prices are fixed-point (integers of 1e-9) rather than currency units; None if all are zero.

    Whole numbers may be either, so the majority decides: fixed-point prices can be small too (currency spreads), and
    prices in currency units large (a bitcoin in yen).
    """
    numbers = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=np.float64)
    if not texts[~np.isnan(numbers)].str.fullmatch(r"-?[0-9]+").all():
        return False
    sizes = np.abs(numbers[~np.isnan(numbers) & (numbers != 0)])
    return bool(np.mean(sizes >= _LEAST_FIXED) > 0.5) if len(sizes) else None
