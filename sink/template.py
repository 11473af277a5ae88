"""The index template: a strict mapping of every field of the Anomaly message."""

from typing import Any, Final

_KEYWORD: Final = {"type": "keyword", "ignore_above": 256}
_TEXT: Final = {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 512}}}
_TIME: Final = {"type": "date_nanos"}
_NUMBER: Final = {"type": "double"}
_COUNT: Final = {"type": "long"}

PROPERTIES: Final[dict[str, Any]] = {
    **dict.fromkeys(("trade_id", "venue", "symbol", "side", "anomaly_id", "rules", "kind", "severity"), _KEYWORD),
    **dict.fromkeys(("ts_event", "ts_recv", "detected_at"), _TIME),
    **dict.fromkeys(("price", "score", "actual", "expected", "once_in"), _NUMBER),
    **dict.fromkeys(("size", "sequence", "flags", "instrument_id", "publisher_id"), _COUNT),
    "summary": _TEXT,
    "reasons": {
        "type": "nested",
        "dynamic": "strict",
        "properties": {
            "feature": _KEYWORD,
            "text": _TEXT,
            **dict.fromkeys(("contribution", "actual", "expected"), _NUMBER),
        },
    },
    "episode": {
        "dynamic": "strict",
        "properties": {"episode_id": _KEYWORD, "first_ts_event": _TIME, "peak_score": _NUMBER, "count": _COUNT},
    },
    "model": {"dynamic": "strict", "properties": {"hash": _KEYWORD, "version": _KEYWORD}},
}


def body(prefix: str) -> dict[str, Any]:
    """Return the composable index template for indices ``PREFIX-YYYY.MM.DD``."""
    return {
        "index_patterns": [f"{prefix}-*"],
        "priority": 200,
        "template": {
            "settings": {"number_of_shards": 1, "auto_expand_replicas": "0-1", "refresh_interval": "1s"},
            "mappings": {"dynamic": "strict", "properties": PROPERTIES},
        },
    }
