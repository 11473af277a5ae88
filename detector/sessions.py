"""Trading sessions by venue: which session a time belongs to, how long until it ends, and when its crosses print.

Regular hours only. Holidays and early closes are not known, so crosses and ramps at an early close are not recognised.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from common.batch import TradeBatch
from common.venues import zone

_NS: Final = 1_000_000_000
_DAY: Final = dt.timedelta(days=1)
_CROSS_BEFORE_NS: Final = 60 * _NS
_OPEN_CROSS_NS: Final = 120 * _NS
_CLOSE_CROSS_NS: Final = 600 * _NS
_SIDE_N: Final = ord("N")


@dataclass(frozen=True, slots=True)
class _Hours:
    opens: dt.time
    closes: dt.time
    crosses: bool

    def bounds(self, day: dt.date, where: ZoneInfo) -> tuple[int, int]:
        """Return open and close of the session that closes on this day, in nanoseconds since the epoch."""
        first = day - _DAY if self.opens > self.closes else day
        return _ns(first, self.opens, where), _ns(day, self.closes, where)


def _ns(day: dt.date, time: dt.time, where: ZoneInfo) -> int:
    return int(dt.datetime.combine(day, time, where).timestamp()) * _NS


_US_EQUITY: Final = _Hours(dt.time(9, 30), dt.time(16), crosses=True)
_CME: Final = _Hours(dt.time(17), dt.time(16), crosses=False)
_NSE: Final = _Hours(dt.time(9, 15), dt.time(15, 30), crosses=True)
_HOURS: Final = {
    **dict.fromkeys(("GLBX", "XCME", "XCBT", "XNYM", "XCEC"), _CME),
    **dict.fromkeys(("XNSE", "NSE"), _NSE),
    **dict.fromkeys(("XNAS", "XNYS", "ARCX", "XASE", "XBOS", "XPSX", "XCHI", "XCIS", "IEXG", "MEMX"), _US_EQUITY),
    **dict.fromkeys(("BATS", "BATY", "EDGA", "EDGX", "EPRL", "LTSE", "TXSE", "24EQ", "OCEA", "XADF"), _US_EQUITY),
    **dict.fromkeys(("FINN", "FINC", "FINY", "XOFF", "CTA", "UTP", "EQUS", "DBEQ"), _US_EQUITY),
    **dict.fromkeys(("ASPN", "ASMT", "ASPI"), _US_EQUITY),
}


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    session: int
    opens: int
    closes: int
    crosses: bool


_ALWAYS: Final = _Span(-(2**63), 2**63 - 1, 0, 0, 0, crosses=False)


class Sessions:
    """Looks up sessions; caches the latest span of each venue, so that most look-ups are a comparison."""

    def __init__(self) -> None:
        self._latest: dict[str, _Span] = {}

    def of(self, venue: str, ts_event: int, side: int) -> tuple[int, float, bool]:
        """Return the session of one print.

        Parameters
        ----------
        venue : str
            Market identifier; an unknown venue always trades.
        ts_event : int
            Nanoseconds since the epoch.
        side : int
            ASCII code; prints of crosses have ``N``.

        Returns
        -------
        tuple of (int, float, bool)
            The session's number (0 if the hours are not known), seconds until it closes (negative outside sessions),
            and whether the print may belong to an opening or closing cross.
        """
        span = self._latest.get(venue)
        if span is None or not span.start <= ts_event < span.end:
            span = self._latest[venue] = _span(venue, ts_event)
        return span.session, _to_close(span, ts_event), side == _SIDE_N and _near_cross(span, ts_event)

    def columns(self, batch: TradeBatch) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
        """Return the same for every print of a batch, as three arrays of shape (n,)."""
        session = np.zeros(len(batch), dtype=np.int64)
        to_close_s = np.full(len(batch), -1.0)
        auction = np.zeros(len(batch), dtype=np.bool_)
        for index, venue in enumerate(batch.venues):
            left = batch.venue == index
            while left.any():
                span = _span(venue, int(batch.ts_event[left.argmax()]))
                rows = np.flatnonzero(left & (batch.ts_event >= span.start) & (batch.ts_event < span.end))
                times = batch.ts_event[rows]
                session[rows] = span.session
                if span.closes > span.opens:
                    inside = (times >= span.opens) & (times < span.closes)
                    to_close_s[rows] = np.where(inside, (span.closes - times) / _NS, -1.0)
                    auction[rows] = (batch.side[rows] == _SIDE_N) & _near_cross_columns(span, times)
                left[rows] = False
        return session, to_close_s, auction


def _span(venue: str, ts_event: int) -> _Span:
    hours = _HOURS.get(venue)
    if hours is None:
        return _ALWAYS
    where = zone(venue)
    local = dt.datetime.fromtimestamp(ts_event // _NS, where).date()
    spans: list[_Span] = []
    for day in (local, local + _DAY):
        opens, closes = hours.bounds(day, where)
        before = hours.bounds(day - _DAY, where)[1]
        number = day.toordinal() * 3
        spans += (
            _Span(before, opens, number, opens, closes, hours.crosses),
            _Span(opens, closes, number + 1, opens, closes, hours.crosses),
        )
    # The spans begin before the local day and end after it, so that every time of the day falls into one of them.
    return next(span for span in spans if span.start <= ts_event < span.end)


def _to_close(span: _Span, ts_event: int) -> float:
    return (span.closes - ts_event) / _NS if span.opens <= ts_event < span.closes else -1.0


def _near_cross(span: _Span, ts_event: int) -> bool:
    return span.crosses and (
        span.opens - _CROSS_BEFORE_NS <= ts_event < span.opens + _OPEN_CROSS_NS
        or span.closes - _CROSS_BEFORE_NS <= ts_event < span.closes
        or span.start <= ts_event < min(span.start + _CLOSE_CROSS_NS, span.opens)
    )


def _near_cross_columns(span: _Span, times: NDArray[np.int64]) -> NDArray[np.bool_]:
    if not span.crosses:
        return np.zeros(len(times), dtype=np.bool_)
    opening = (times >= span.opens - _CROSS_BEFORE_NS) & (times < span.opens + _OPEN_CROSS_NS)
    closing = (times >= span.closes - _CROSS_BEFORE_NS) | (times < min(span.start + _CLOSE_CROSS_NS, span.opens))
    return opening | closing
