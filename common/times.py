"""Times as text: ISO 8601, and what people type."""

import datetime as dt
import re
from typing import Final

from common.errors import MessageError
from common.trade import LATEST_NS

LEAST_NS: Final = 10**17
"""1973 in nanoseconds: what is smaller is in seconds, milliseconds or microseconds, or a date such as 20240102."""
_NS: Final = 1_000_000_000
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)


def iso(ts: int) -> str:
    """Return nanoseconds since the epoch as ISO 8601 text, which Elasticsearch's ``date_nanos`` stores exactly.

    Raises
    ------
    MessageError
        If the time lies before 1970 or after 2099.

    >>> iso(1_381_239_142_976_000_001)
    '2013-10-08T13:32:22.976000001Z'
    """
    if type(ts) is not int or not 0 <= ts < LATEST_NS:
        raise MessageError(f"a time of {ts!r} ns is not between 1970 and 2100")
    seconds, nanoseconds = divmod(ts, _NS)
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def parse_time(text: object) -> int | None:
    """Parse a time to nanoseconds since the epoch: ISO 8601 (UTC unless it has an offset), or an integer.

    Raises
    ------
    ValueError
        If it is neither, or an integer in another unit.

    >>> parse_time("1970-01-01T00:00:01.5"), parse_time("1970-01-02"), parse_time("1381239000000000000")
    (1500000000, 86400000000000, 1381239000000000000)
    """
    if text is None or isinstance(text, int):
        return text
    given = str(text).strip()
    if not given:
        return None
    if given.isdigit() and len(given) != len("YYYYMMDD"):
        if int(given) < LEAST_NS:
            raise ValueError("must be in nanoseconds since 1970, or an ISO 8601 time such as 2013-10-08T13:30 (UTC)")
        return int(given)
    # datetime resolves microseconds only; the digits after them are added separately.
    whole, nanoseconds = given, 0
    if match := re.search(r"[.,]\d{6}(\d+)", given):
        if len(match[1]) > 3:
            raise ValueError("must have nine decimals at most")
        whole = given[: match.start(1)] + given[match.end(1) :]
        nanoseconds = int(match[1].ljust(3, "0"))
    try:
        time = dt.datetime.fromisoformat(whole)
    except ValueError:
        raise ValueError("must be an ISO 8601 time such as 2013-10-08T13:30 (UTC), or nanoseconds since 1970") from None
    if time.tzinfo is None:
        time = time.replace(tzinfo=dt.UTC)
    return (time - _EPOCH) // _MICROSECOND * 1000 + nanoseconds
