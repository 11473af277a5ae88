"""Instrument ids → symbols, by the file's own mapping and the date; publisher ids → venues."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import numpy as np
from databento.common.publishers import Publisher
from numpy.typing import NDArray

DAY_NS: Final = 86_400_000_000_000
_MOST_DAYS: Final = 100_000
"""More days than a trade's time can lie after 1970."""
_EPOCH: Final = dt.date(1970, 1, 1)


class SymbolTable:
    """Symbols of one file.

    Parameters
    ----------
    mappings : dict
        As in a DBN header: requested symbol → intervals with ``start_date``, ``end_date`` (exclusive), ``symbol``.
    id_first : bool
        Whether the header maps ids to symbols rather than symbols to ids.
    """

    def __init__(self, mappings: Mapping[str, Sequence[Mapping[str, Any]]], id_first: bool) -> None:
        self._intervals: dict[int, list[tuple[int, int, str]]] = {}
        for requested, intervals in mappings.items():
            for interval in intervals:
                instrument, symbol = (requested, interval["symbol"]) if id_first else (interval["symbol"], requested)
                if str(instrument).isdigit():
                    days = ((interval[name] - _EPOCH).days for name in ("start_date", "end_date"))
                    self._intervals.setdefault(int(instrument), []).append((*days, symbol))
        self._announced: dict[int, str] = {}
        self._index: dict[str, int] = {}
        self._known: dict[int, dict[int, int]] = {}
        self.unmapped: set[int] = set()

    @property
    def names(self) -> tuple[str, ...]:
        """Symbols seen so far, in the order of their indices."""
        return tuple(self._index)

    def announce(self, instrument_id: int, symbol: str) -> None:
        """Add a mapping from the stream itself, as live captures contain; it holds from here on."""
        self._announced[instrument_id] = symbol
        self._known.pop(instrument_id, None)

    def add(self, symbol: str) -> int:
        """Return the index of a symbol, adding it if it is new."""
        return self._index.setdefault(symbol, len(self._index))

    def indices(self, instrument_id: NDArray[np.int64], ts: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return each print's symbol as an index into `names`.

        An instrument without a mapping for the date gets its id as symbol and is added to `unmapped`.
        """
        ids, place = np.unique(instrument_id, return_inverse=True)
        distinct, inverse = np.unique(place * _MOST_DAYS + ts // DAY_NS, return_inverse=True)
        pairs = (divmod(int(pair), _MOST_DAYS) for pair in distinct)
        table = np.array([self._lookup(int(ids[row]), day) for row, day in pairs], dtype=np.int32)
        return table[inverse]

    def _lookup(self, instrument_id: int, day: int) -> int:
        days = self._known.setdefault(instrument_id, {})
        if day not in days:
            days[day] = self.add(self._symbol(instrument_id, day))
        return days[day]

    def _symbol(self, instrument_id: int, day: int) -> str:
        for first, end, symbol in self._intervals.get(instrument_id, ()):
            if first <= day < end:
                return symbol
        if instrument_id in self._announced:
            return self._announced[instrument_id]
        self.unmapped.add(instrument_id)
        return str(instrument_id)


@cache
def venue(publisher_id: int, dataset: str) -> str:
    """Return the market identifier of a publisher's venue; for an unknown publisher, the dataset's prefix.

    >>> venue(2, "XNAS.ITCH"), venue(65000, "ABCD.BASIC"), venue(0, "")
    ('XNAS', 'ABCD', 'UNKNOWN')
    """
    try:
        return str(Publisher.from_int(publisher_id).venue)
    except ValueError:
        return dataset.split(".")[0] or "UNKNOWN"
