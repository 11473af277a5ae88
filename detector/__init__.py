"""Trades topic → anomalies topic; also trains, back-tests and explains."""
