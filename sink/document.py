"""Anomaly message → document: times as ISO 8601 with nine digits, and the index of its day."""

import datetime as dt
from typing import Any, Final

from common.anomaly import Anomaly
from common.errors import MessageError
from common.trade import LATEST_NS

_NS: Final = 1_000_000_000


def iso(ts: int) -> str:
    """Return a time as text that ``date_nanos`` keeps whole.

    Raises
    ------
    MessageError
        If it lies before 1970 or after 2099.

    >>> iso(1_381_239_142_976_000_001)
    '2013-10-08T13:32:22.976000001Z'
    """
    if type(ts) is not int or not 0 <= ts < LATEST_NS:
        raise MessageError(f"a time of {ts!r} ns is not between 1970 and 2100")
    seconds, nanoseconds = divmod(ts, _NS)
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def document(anomaly: Anomaly) -> dict[str, Any]:
    """Return the document of one anomaly.

    Raises
    ------
    MessageError
        If a time cannot stand in an index.
    """
    fields = anomaly.to_dict()
    for name in ("ts_event", "ts_recv", "detected_at"):
        fields[name] = iso(fields[name])
    fields["episode"]["first_ts_event"] = iso(fields["episode"]["first_ts_event"])
    return fields


def index(prefix: str, anomaly: Anomaly) -> str:
    """Return the index of one anomaly: by the day of its event, so that the same id never gets into two indices."""
    day = dt.datetime.fromtimestamp(anomaly.trade.ts_event // _NS, dt.UTC)
    return f"{prefix}-{day:%Y.%m.%d}"
