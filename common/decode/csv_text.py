"""Databento's CSV → columns of prints; prices fixed or decimal, times integer or ISO 8601, symbols by column or id."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.decode.columns import Columns
from common.decode.dbn import decimal_price
from common.decode.layouts import UNDEF_PRICE
from common.decode.symbols import SymbolTable
from common.errors import InputError, IntegrityError, NoTradesSchemaError

_ROWS: Final = 1 << 16
_INT64_LIMIT: Final = 2.0**63
_MOST_CHARACTERS: Final = 256
_NEEDED: Final = ("ts_event", "price", "size")


def looks_like_csv(start: bytes) -> bool:
    """Tell whether the first bytes of a file are a CSV header with an event time."""
    return b"ts_event" in start.split(b"\n")[0]


class _Source(io.RawIOBase):
    """A readable file over pieces of bytes, which remembers the last byte and a fault met while reading."""

    def __init__(self, content: Iterator[bytes]) -> None:
        self._content = content
        self._rest = b""
        self.last = b""
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
        buffer[:count] = self._rest[:count]
        self.last, self._rest = self._rest[count - 1 : count], self._rest[count:]
        return count


class RowReader:
    """Walks the rows of one CSV file; `records` counts the sound rows so far."""

    def __init__(self, path: Path, symbols: SymbolTable) -> None:
        self.records = 0
        self._path = path
        self._symbols = symbols
        self._fixed_prices: bool | None = None

    def columns(self, content: Iterator[bytes]) -> Iterator[Columns]:
        """Yield the prints, some at a time.

        Raises
        ------
        NoTradesSchemaError, InputError
            If the columns are not those of prints.
        IntegrityError
            If a row cannot be parsed, or the text ends inside a row.
        """
        source = _Source(content)
        try:
            frames = pd.read_csv(
                io.BufferedReader(source), dtype=str, keep_default_na=False, chunksize=_ROWS, encoding="utf-8"
            )
            for frame in frames:
                if self.records == 0:
                    self._check_header(list(frame.columns))
                yield from self._frame(frame)
        except (pd.errors.ParserError, UnicodeDecodeError) as error:
            fault = str(error).strip().splitlines()[-1]
            raise source.fault or IntegrityError(f"{self._path}: the text is corrupt ({fault})") from None
        except pd.errors.EmptyDataError:
            raise InputError(f"{self._path}: the file is empty") from None
        if source.fault:
            raise source.fault
        if source.last != b"\n":
            raise IntegrityError(f"{self._path}: the file is cut: its last line has no end (add one if it is whole)")

    def _check_header(self, names: list[str]) -> None:
        if {"open", "high", "low", "close"} <= set(names):
            raise NoTradesSchemaError(f"{self._path}: these are bars (OHLCV), which carry no prints; use schema trades")
        missing = [name for name in _NEEDED if name not in names]
        if missing:
            raise NoTradesSchemaError(f"{self._path}: no column {', '.join(missing)}: these rows carry no prints")
        if "symbol" not in names and "instrument_id" not in names:
            raise InputError(f"{self._path}: neither a column symbol nor instrument_id tells what was traded")

    def _frame(self, frame: pd.DataFrame) -> Iterator[Columns]:
        incomplete = frame.isna().any(axis=1).to_numpy()
        good = int(incomplete.argmax()) if incomplete.any() else len(frame)
        first, whole = self.records, frame.iloc[:good]
        yield self._columns(whole, first)
        self.records += good
        if good < len(frame):
            raise IntegrityError(
                f"{self._path}: line {self.records + 2} has too few fields; the file is cut or corrupt"
            )

    def _columns(self, rows: pd.DataFrame, first: int) -> Columns:
        record = first + np.arange(len(rows), dtype=np.int64)
        if "action" in rows.columns:
            prints = (rows["action"] == "T").to_numpy()
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
            # As for DBN: an instrument without a symbol has its id for one, and is told.
            texts = texts.where(~nameless, rows["instrument_id"])
            self._symbols.unmapped.update(map(int, texts[nameless].unique()))
        length = texts.str.len().to_numpy()
        self._refuse((length == 0) | (length > _MOST_CHARACTERS), texts, "symbol", record)
        codes, names = pd.factorize(texts)
        table: NDArray[np.int32] = np.array([self._symbols.add(str(name)) for name in names], dtype=np.int32)
        column: NDArray[np.int32] = table[codes]
        return column

    def _integers(self, rows: pd.DataFrame, name: str, record: NDArray[np.int64]) -> NDArray[np.int64]:
        if name not in rows.columns:
            return np.zeros(len(rows), dtype=np.int64)
        return self._exact(rows[name], r"\d{1,19}", name, record)

    def _exact(self, texts: "pd.Series[str]", form: str, name: str, record: NDArray[np.int64]) -> NDArray[np.int64]:
        formed = texts.str.fullmatch(form).to_numpy(dtype=bool)
        size = np.abs(pd.to_numeric(texts.where(formed, "0")).to_numpy(dtype=np.float64))
        self._refuse(~formed | (size >= _INT64_LIMIT), texts, name, record)
        integers: NDArray[np.int64] = texts.astype(np.int64).to_numpy()
        return integers

    def _times(self, rows: pd.DataFrame, name: str, record: NDArray[np.int64]) -> NDArray[np.int64]:
        texts = rows[name]
        undefined = texts.isin(["", "18446744073709551615"]).to_numpy()
        if (texts.str.fullmatch(r"\d+").to_numpy(dtype=bool) & ~undefined).any() or undefined.all():
            times = self._exact(texts.where(~undefined, "0"), r"\d{1,19}", name, record)
        else:
            dates = texts.where(~undefined, "1970-01-01")
            parsed = pd.to_datetime(dates, utc=True, format="ISO8601", errors="coerce")
            self._refuse(parsed.isna().to_numpy(), texts, name, record)
            times = parsed.dt.as_unit("ns").astype(np.int64).to_numpy()
        return np.where(undefined, np.int64(-1), times)

    def _prices(self, texts: "pd.Series[str]", record: NDArray[np.int64]) -> NDArray[np.float64]:
        undefined = texts.isin(["", str(UNDEF_PRICE)]).to_numpy()
        texts = texts.where(~undefined, "0")
        if self._fixed_prices is None and not undefined.all():
            self._fixed_prices = bool(texts.str.fullmatch(r"-?\d+").all())
        if self._fixed_prices:
            prices = decimal_price(self._exact(texts, r"-?\d{1,19}", "price", record))
        else:
            self._refuse(pd.to_numeric(texts, errors="coerce").isna().to_numpy(), texts, "price", record)
            prices = np.array([float(text) for text in texts], dtype=np.float64)
        return np.where(undefined, np.nan, prices)

    def _sides(self, rows: pd.DataFrame) -> NDArray[np.uint8]:
        if "side" not in rows.columns:
            return np.full(len(rows), ord("N"), dtype=np.uint8)
        return np.array([ord(side[:1] or "N") & 0x7F for side in rows["side"]], dtype=np.uint8)

    def _refuse(self, bad: NDArray[np.bool_], texts: "pd.Series[str]", name: str, record: NDArray[np.int64]) -> None:
        if bad.any():
            row = int(bad.argmax())
            line = int(record[row]) + 2
            raise IntegrityError(f"{self._path}: line {line}: column {name} holds {texts.iloc[row][:40]!r}")
