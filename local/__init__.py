"""The embedded stack: Kafka and Elasticsearch as child processes, and the demo."""
