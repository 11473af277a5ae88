"""Anomaly message → document: times as ISO 8601 with nine digits, and the index of its day."""

from typing import Any

from common.anomaly import Anomaly
from common.times import iso


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
    day = iso(anomaly.trade.ts_event).partition("T")[0]
    return f"{prefix}-{day.replace('-', '.')}"
