"""Anomaly message → document: times become ISO 8601 with nine decimals; the event date gives the index."""

from typing import Any

from common.anomaly import Anomaly
from common.times import iso


def document(anomaly: Anomaly) -> dict[str, Any]:
    """Return the document of one anomaly.

    Raises
    ------
    MessageError
        If a time lies before 1970 or after 2099.
    """
    fields = anomaly.to_dict()
    for name in ("ts_event", "ts_recv", "detected_at"):
        fields[name] = iso(fields[name])
    fields["episode"]["first_ts_event"] = iso(fields["episode"]["first_ts_event"])
    return fields


def index(prefix: str, anomaly: Anomaly) -> str:
    """Return the index of one anomaly: that of its event date (UTC), so that no id ever gets into two indices."""
    day = iso(anomaly.trade.ts_event).partition("T")[0]
    return f"{prefix}-{day.replace('-', '.')}"
