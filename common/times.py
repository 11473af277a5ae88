"""Formats times as text."""

import datetime as dt
from typing import Final

from common.errors import MessageError
from common.trade import LATEST_NS

LEAST_NS: Final = 10**17
"""1973 in nanoseconds: what is smaller is in seconds, milliseconds or microseconds, or a date such as 20240102."""
_NS: Final = 1_000_000_000


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
