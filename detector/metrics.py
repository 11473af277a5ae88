"""The detector's metrics for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

from detector.detectors import NAMES

SCORED = Counter("trades_scored", "Trades scored by the detector.")
ANOMALIES = Counter("anomalies_emitted", "Anomalies by detector; one may count for several detectors.", ["rule"])
DEAD_LETTERS = Counter("detector_dead_letters", "Messages that were not valid trades.", ["reason"])
UNREAD = Gauge("detector_unread_messages", "Trades on the partitions of this process that it has not read yet.")
LATENCY = Histogram(
    "detector_latency_seconds",
    "Time from a trade's append to its topic until its anomaly was made.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
)
EVENT_DELAY = Gauge("detector_event_delay_seconds", "Time from the latest trade's event until it was scored.")
MARKET_CLOCK = Gauge("detector_market_clock_seconds", "Event time of the latest scored trade, Unix time.")

# From 0 on: Prometheus does not count what a series begins with.
for _rule in NAMES:
    ANOMALIES.labels(_rule)
for _reason in ("not_json", "bad_field", "wrong_key"):
    DEAD_LETTERS.labels(_reason)
