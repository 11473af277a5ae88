"""Exchange time: the local time of the market that a print comes from."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_NS: Final = 1_000_000_000
_UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def moment(ts_ns: int, where: ZoneInfo) -> datetime:
    """Return nanoseconds since the epoch as a time in that zone, truncated to microseconds."""
    return datetime.fromtimestamp(ts_ns // _NS, UTC).replace(microsecond=ts_ns % _NS // 1_000).astimezone(where)


def clock_text(ts_ns: int, where: ZoneInfo, *, dated: bool = False) -> str:
    """Return the time of day with milliseconds and zone, preceded by the date if `dated`.

    >>> where = ZoneInfo("America/New_York")
    >>> clock_text(1_381_239_000_123_456_789, where)
    '09:30:00.123 EDT'
    >>> clock_text(1_381_239_000_123_456_789, where, dated=True)
    '2013-10-08 09:30:00.123 EDT'
    """
    time = moment(ts_ns, where)
    return f"{time.strftime('%Y-%m-%d %H:%M:%S.%f' if dated else '%H:%M:%S.%f')[:-3]} {time:%Z}"


def zone_text(time: datetime) -> str:
    """Return the zone of a time, and how far it is from UTC.

    >>> [zone_text(moment(0, ZoneInfo(name))) for name in ("America/New_York", "UTC")]
    ['EST (UTC-05:00)', 'UTC']
    """
    return f"{time:%Z}" if time.tzname() == "UTC" else f"{time:%Z} (UTC{time.isoformat()[-6:]})"


def wall_times(ts_ns: NDArray[np.int64], where: ZoneInfo) -> pd.DatetimeIndex:
    """Return times that read in UTC like local time in that zone, for charts that only support UTC.

    Parameters
    ----------
    ts_ns : ndarray of int64, shape (n,)
        Nanoseconds since the epoch; each is shifted by the zone's offset at that time.
    where : ZoneInfo
        The zone.

    >>> where = ZoneInfo("America/New_York")
    >>> wall_times(np.array([1_709_931_600, 1_710_163_800]) * 10**9, where).strftime("%d %H:%M").to_list()
    ['08 16:00', '11 09:30']
    """
    return pd.to_datetime(ts_ns, unit="ns", utc=True).tz_convert(where).tz_localize(None).tz_localize("UTC")


def span_text(seconds: int) -> str:
    """Return a span of time as it follows "per", in the largest unit that divides it.

    >>> [span_text(seconds) for seconds in (1, 15, 60, 600, 3_600, 172_800)]
    ['s', '15 s', 'min', '10 min', 'h', '2 d']
    """
    unit, length = next((unit, length) for unit, length in _UNITS if seconds % length == 0)
    return unit if seconds == length else f"{seconds // length} {unit}"
