"""What the detector tells Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

SCORED = Counter("trades_scored", "Trades scored by the detector.")
ANOMALIES = Counter("anomalies_emitted", "Anomalies by detector; one may count for several.", ["rule"])
DEAD_LETTERS = Counter("detector_dead_letters", "Messages that were no trades.", ["reason"])
UNREAD = Gauge("detector_unread_messages", "Trades on the partitions of this process that it has not read yet.")
LATENCY = Histogram(
    "detector_latency_seconds",
    "From a trade's append to its topic until its anomaly was made.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
)
EVENT_DELAY = Gauge(
    "detector_event_delay_seconds", "From the event time of a trade until it is scored; the latest one's."
)
MARKET_CLOCK = Gauge("detector_market_clock_seconds", "Event time of the latest scored trade, Unix time.")
