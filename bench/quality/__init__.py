"""``make quality``: labelled anomalies put into clean streams, found or missed, beside plain methods and libraries."""
