"""What the sink tells Prometheus."""

from prometheus_client import Counter, Histogram

DOCUMENTS = Counter("documents_written", "Answers of Elasticsearch by outcome.", ["outcome"])
DEAD_LETTERS = Counter("sink_dead_letters", "Messages that became no document.", ["reason"])
RETRIES = Counter("sink_retries", "Bulk requests that had to be repeated, whole or in part.")
LATENCY = Histogram(
    "sink_latency_seconds",
    "From an anomaly's detection until its document is written.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600),
)
