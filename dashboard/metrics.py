"""Prometheus metrics of the dashboard."""

from typing import Final

from prometheus_client import Counter, Gauge

TRADES: Final = Counter("dashboard_trades_total", "Trades taken into the window")
ANOMALIES: Final = Counter("dashboard_anomalies_total", "Anomalies taken into the window")
UNREADABLE: Final = Counter("dashboard_unreadable_total", "Messages that are no valid trade or anomaly")
DETECTOR_LAG: Final = Gauge("detector_lag_messages", "Messages on the trades topic that the detector has yet to score")
