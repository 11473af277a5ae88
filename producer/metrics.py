"""Prometheus metrics of the producer."""

from prometheus_client import Counter, Gauge

READ = Counter("trades_read", "Trades decoded from files.")
PUBLISHED = Counter("trades_published", "Trades committed to the trades topic.")
DEAD_LETTERS = Counter("producer_dead_letters", "Prints committed to the dead-letters topic.", ["reason"])
MARKET_CLOCK = Gauge("producer_market_clock_seconds", "Receive time of the last published trade, Unix time.")

# From 0 on: Prometheus does not count what a series begins with.
for _reason in ("undefined_time", "undefined_price"):
    DEAD_LETTERS.labels(_reason)
