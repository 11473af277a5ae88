"""The dead-letter command on topics of a test."""

import subprocess
from typing import Final

from common.settings import KafkaSettings, TopicSettings
from tests.processes import command


class Command:
    """Runs ``python -m common.deadletters``."""

    def __init__(self, kafka: KafkaSettings, topics: TopicSettings) -> None:
        self._environment: Final = {
            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "DEAD_LETTERS_TOPIC": topics.dead_letters_topic,
            "PROGRESS_TOPIC": topics.progress_topic,
            "input": topics.trades_topic,
            "output": topics.anomalies_topic,
        }

    def __call__(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        return command("common.deadletters", *arguments, **self._environment)
