"""Writes the anomalies topic to Elasticsearch."""
