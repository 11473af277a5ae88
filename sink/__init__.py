"""Anomalies topic → Elasticsearch."""
