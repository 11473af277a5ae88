"""The cells of a block of CSV rows → columns of prints."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.batch import MOST_SYMBOL
from common.decode.columns import Columns
from common.decode.dbn import decimal_price
from common.decode.layouts import UNDEF_PRICE, UNDEF_TIMESTAMP
from common.decode.symbols import SymbolTable
from common.times import LEAST_NS

_INT64_LIMIT: Final = 2.0**63
_LEAST_FIXED: Final = 1_000_000
"""A thousandth of a currency unit, in units of 1e-9: fixed-point prices are hardly ever smaller."""
_UNIT: Final = "give whole numbers in nanoseconds since 1970, or times as in 2024-01-02T14:30:00Z"
CUT: Final = "the file is cut or corrupt"
_SIDES: Final = dict.fromkeys(("b", "bid", "buy"), ord("B")) | dict.fromkeys(("a", "ask", "s", "sell"), ord("A"))
_ACTIONS: Final = tuple("ACMRTFN")


class BadCellError(ValueError):
    """A cell does not fit its column; `row` counts from the first row of the frame being read."""

    def __init__(self, row: int, what: str, cause: str) -> None:
        super().__init__(what)
        self.row = row
        self.cause = cause


class Cells:
    """Turns the cells of one file into columns, one block of rows after another."""

    def __init__(self, symbols: SymbolTable) -> None:
        self._symbols = symbols
        self._fixed_prices: bool | None = None

    def columns(self, rows: pd.DataFrame, first_record: int) -> Columns:
        """Return the prints of a block of rows; `first_record` is the record number of the first row.

        Raises
        ------
        BadCellError
            If a cell does not fit its column.
        """
        at = np.arange(len(rows), dtype=np.int64)
        if "action" in rows.columns:
            actions = rows["action"]
            self._refuse(~actions.isin(_ACTIONS).to_numpy(), actions, "action", at)
            prints = (actions == "T").to_numpy()
            rows, at = rows[prints], at[prints]
        ts_event = self._times(rows, "ts_event", at)
        instrument_id = self._integers(rows, "instrument_id", at)
        return Columns(
            ts_event=ts_event,
            ts_recv=self._times(rows, "ts_recv", at) if "ts_recv" in rows.columns else ts_event,
            price=self._prices(rows, at),
            size=self._integers(rows, "size", at),
            side=self._sides(rows),
            sequence=self._integers(rows, "sequence", at),
            flags=self._integers(rows, "flags", at),
            instrument_id=instrument_id,
            publisher_id=self._integers(rows, "publisher_id", at),
            record=first_record + at,
            symbol=self._symbol_column(rows, at),
        )

    def _symbol_column(self, rows: pd.DataFrame, at: NDArray[np.int64]) -> NDArray[np.int32] | None:
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
        self._refuse((length == 0) | (length > MOST_SYMBOL), texts, "symbol", at, bounds)
        codes, names = pd.factorize(texts)
        table: NDArray[np.int32] = np.array([self._symbols.add(str(name)) for name in names], dtype=np.int32)
        column: NDArray[np.int32] = table[codes]
        return column

    def _integers(self, rows: pd.DataFrame, name: str, at: NDArray[np.int64]) -> NDArray[np.int64]:
        if name not in rows.columns:
            return np.zeros(len(rows), dtype=np.int64)
        return self._exact(rows[name], r"[0-9]{1,19}", name, at)

    def _exact(self, texts: "pd.Series[str]", form: str, name: str, at: NDArray[np.int64]) -> NDArray[np.int64]:
        formed = texts.str.fullmatch(form).to_numpy(dtype=bool)
        size = np.abs(pd.to_numeric(texts.where(formed, "0")).to_numpy(dtype=np.float64))
        self._refuse(~formed | (size >= _INT64_LIMIT), texts, name, at)
        integers: NDArray[np.int64] = texts.astype(np.int64).to_numpy()
        return integers

    def _times(self, rows: pd.DataFrame, name: str, at: NDArray[np.int64]) -> NDArray[np.int64]:
        texts = rows[name]
        undefined = texts.isin(["", str(UNDEF_TIMESTAMP)]).to_numpy()
        if (texts.str.fullmatch(r"[0-9]+").to_numpy(dtype=bool) & ~undefined).any() or undefined.all():
            times = self._exact(texts.where(~undefined, "0"), r"[0-9]{1,19}", name, at)
            small = ~undefined & (times < LEAST_NS)
            self._refuse(small, texts, name, at, ", which is not a time in nanoseconds", _UNIT)
        else:
            dates = texts.where(~undefined, "1970-01-01")
            parsed = pd.to_datetime(dates, utc=True, format="ISO8601", errors="coerce")
            # pandas also accepts words such as "now", which would give another time in every run.
            dated = texts.str.match(r"\s*[0-9]").to_numpy(dtype=bool) | undefined
            known = (parsed >= pd.Timestamp.min.tz_localize("UTC")) & (parsed <= pd.Timestamp.max.tz_localize("UTC"))
            self._refuse(~(dated & known.to_numpy(dtype=bool)), texts, name, at)
            times = parsed.dt.as_unit("ns").astype(np.int64).to_numpy()
        return np.where(undefined, np.int64(-1), times)

    def _prices(self, rows: pd.DataFrame, at: NDArray[np.int64]) -> NDArray[np.float64]:
        texts = rows["price"]
        undefined = texts.isin(["", str(UNDEF_PRICE)]).to_numpy()
        texts = texts.where(~undefined, "0")
        if self._fixed_prices is None:
            self._fixed_prices = _fixed_point(texts, databento="rtype" in rows.columns)
        if self._fixed_prices:
            prices = decimal_price(self._exact(texts, r"-?[0-9]{1,19}", "price", at))
        else:
            self._refuse(pd.to_numeric(texts, errors="coerce").isna().to_numpy(), texts, "price", at)
            prices = np.array([float(text) for text in texts], dtype=np.float64)
        return np.where(undefined, np.nan, prices)

    def _sides(self, rows: pd.DataFrame) -> NDArray[np.uint8]:
        if "side" not in rows.columns:
            return np.full(len(rows), ord("N"), dtype=np.uint8)
        return np.array([_SIDES.get(side.lower(), ord("N")) for side in rows["side"]], dtype=np.uint8)

    def _refuse(
        self,
        bad: NDArray[np.bool_],
        texts: "pd.Series[str]",
        name: str,
        at: NDArray[np.int64],
        why: str = "",
        cause: str = CUT,
    ) -> None:
        if bad.any():
            row = int(bad.argmax())
            what = f"column {name} holds {texts.iloc[row][:40]!r}{why}"
            raise BadCellError(int(at[row]), what, cause)


def _fixed_point(texts: "pd.Series[str]", *, databento: bool) -> bool | None:
    """Return whether prices are fixed-point (integers of 1e-9) rather than currency units; None if all are zero.

    Databento writes whole numbers only where they are fixed-point. In other tables they may be either, so the majority
    decides: fixed-point prices can be small too (currency spreads), and prices in currency units large (a bitcoin in
    yen).
    """
    numbers = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=np.float64)
    if not texts[~np.isnan(numbers)].str.fullmatch(r"-?[0-9]+").all():
        return False
    sizes = np.abs(numbers[~np.isnan(numbers) & (numbers != 0)])
    return (databento or bool(np.mean(sizes >= _LEAST_FIXED) > 0.5)) if len(sizes) else None
