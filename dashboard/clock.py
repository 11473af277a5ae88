"""Exchange time: the wall clock of the market that a print comes from."""

from datetime import UTC, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_NS: Final = 1_000_000_000
_ZONES: Final = {
    "GLBX": "America/Chicago",
    "XCME": "America/Chicago",
    "XCBT": "America/Chicago",
    "XNYM": "America/Chicago",
    "XCEC": "America/Chicago",
    "XCBF": "America/Chicago",
    "IFEU": "Europe/London",
    "NDEX": "Europe/Amsterdam",
    "XEUR": "Europe/Berlin",
    "XEER": "Europe/Berlin",
    "XNSE": "Asia/Kolkata",
    "XBOM": "Asia/Kolkata",
    "NSE": "Asia/Kolkata",
    "BSE": "Asia/Kolkata",
}
_US_VENUES: Final = (
    "XNAS XNYS ARCX BATS BATY EDGA EDGX XBOS XPSX XCIS XASE XCHI IEXG MEMX EPRL FINN FINY FINC LTSE IFUS "
    "DBEQ EQUS XCBO AMXO XPHL XISX MXOP OPRA"
)


@cache
def zone(venue: str) -> ZoneInfo:
    """Return the time zone of a venue, UTC for one that is not known.

    >>> zone("XNAS").key, zone("GLBX").key, zone("?").key
    ('America/New_York', 'America/Chicago', 'UTC')
    """
    name = "America/New_York" if venue and venue in _US_VENUES.split() else _ZONES.get(venue, "UTC")
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return ZoneInfo("UTC")


def moment(ts_ns: int, where: ZoneInfo) -> datetime:
    """Return nanoseconds since the epoch as a time of that zone, cut to microseconds."""
    return datetime.fromtimestamp(ts_ns // _NS, UTC).replace(microsecond=ts_ns % _NS // 1_000).astimezone(where)


def clock_text(ts_ns: int, where: ZoneInfo, *, dated: bool = False) -> str:
    """Return the time of day with milliseconds, after the date where that is wanted.

    >>> clock_text(1_381_239_000_123_456_789, zone("XNAS"))
    '09:30:00.123'
    >>> clock_text(1_381_239_000_123_456_789, zone("XNAS"), dated=True)
    '2013-10-08 09:30:00.123'
    """
    return moment(ts_ns, where).strftime("%Y-%m-%d %H:%M:%S.%f" if dated else "%H:%M:%S.%f")[:-3]


def wall_times(ts_ns: NDArray[np.int64], where: ZoneInfo) -> pd.DatetimeIndex:
    """Return times that read in UTC as that zone's clock does, for a chart that knows UTC alone.

    Parameters
    ----------
    ts_ns : ndarray of int64, shape (n,)
        Nanoseconds since the epoch; each is shifted by the offset of its own day.
    where : ZoneInfo
        The zone.

    >>> wall_times(np.array([1_709_931_600, 1_710_163_800]) * 10**9, zone("XNAS")).strftime("%d %H:%M").to_list()
    ['08 16:00', '11 09:30']
    """
    return pd.to_datetime(ts_ns, unit="ns", utc=True).tz_convert(where).tz_localize(None).tz_localize("UTC")
