"""An embedded Kafka without Elasticsearch."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from common.settings import KafkaSettings, load
from local.stack import Stack


@contextmanager
def kafka(folder: Path) -> Iterator[KafkaSettings]:
    """Start Kafka with its data and log in a folder, and stop it at the end."""
    stack = Stack(folder)
    try:
        stack.start_kafka()
        yield load(KafkaSettings, bootstrap_servers=stack.bootstrap_servers)
    finally:
        stack.stop()
