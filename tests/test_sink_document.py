"""Documents: times with nine digits, an index by event day, and a template that names every field."""

from dataclasses import replace
from typing import Any

import pytest

from common.anomaly import Anomaly
from common.errors import MessageError
from common.times import iso
from sink.document import document, index
from sink.template import body


def test_times_keep_their_nanoseconds(alert: Anomaly) -> None:
    trade, episode = alert.trade, replace(alert.episode, first_ts_event=alert.trade.ts_event - 1)
    fields = document(replace(alert, episode=episode, detected_at=trade.ts_event + 1))
    told = [fields["ts_event"], fields["ts_recv"], fields["detected_at"], fields["episode"]["first_ts_event"]]
    assert [text[-11:] for text in told] == [
        f".{ts % 10**9:09d}Z" for ts in (trade.ts_event, trade.ts_recv, trade.ts_event + 1, trade.ts_event - 1)
    ]
    assert {text[:14] for text in told} == {"2024-03-01T16:"}
    assert index("anomalies", alert) == "anomalies-2024.03.01"


@pytest.mark.parametrize("ts", [-1, 2**63 - 1, 4_102_444_800 * 10**9, True, 1.5])
def test_times_that_an_index_cannot_hold_are_refused(ts: Any) -> None:
    with pytest.raises(MessageError):
        iso(ts)


def test_template_maps_every_field_and_nothing_else(alert: Anomaly) -> None:
    def names(properties: dict[str, Any]) -> dict[str, Any]:
        return {name: names(entry["properties"]) for name, entry in properties.items() if "properties" in entry} | {
            name: None for name, entry in properties.items() if "properties" not in entry
        }

    def shape(fields: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in fields.items():
            nested = value[0] if isinstance(value, list | tuple) and name == "reasons" else value
            found[name] = shape(nested) if isinstance(nested, dict) else None
        return found

    mappings = body("anomalies")["template"]["mappings"]
    assert mappings["dynamic"] == "strict"
    assert names(mappings["properties"]) == shape(document(alert))
