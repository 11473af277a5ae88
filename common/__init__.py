"""What all services share: messages, settings, Kafka helpers, decoding. It imports no service."""
