"""Prometheus metrics of the sink."""

from prometheus_client import Counter, Gauge, Histogram

DOCUMENTS = Counter("documents_written", "Answers of Elasticsearch by outcome.", ["outcome"])
DEAD_LETTERS = Counter("sink_dead_letters", "Messages sent to the dead letters.", ["reason"])
RETRIES = Counter("sink_retries", "Requests to Elasticsearch that had to be repeated, whole or in part.")
UNREAD = Gauge("sink_unread_messages", "Anomalies not read yet on the partitions of this process.")
LATENCY = Histogram(
    "sink_latency_seconds",
    "From an anomaly's detection until its document is acknowledged.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600),
)
END_TO_END = Histogram(
    "pipeline_latency_seconds",
    "From a trade's append to its topic until the document of its anomaly is acknowledged.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600),
)
EVENT_DELAY = Gauge(
    "sink_event_delay_seconds", "From a trade's event time until the document of its anomaly; for the latest document."
)

# From 0 on: Prometheus does not count what a series begins with.
for _outcome in ("created", "duplicate", "refused"):
    DOCUMENTS.labels(_outcome)
for _reason in ("not_json", "bad_field", "refused"):
    DEAD_LETTERS.labels(_reason)
