"""``make quality``: detection of labelled anomalies injected into clean streams, compared with plain methods."""
