"""``python -m local`` as its users run it: up, usable at once, down."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from common.kafka import wait_for_broker
from common.settings import KafkaSettings, TopicSettings, load

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]


def local(folder: Path, command: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "local", command],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, text=True, timeout=300, check=True,
    ).stdout  # fmt: skip


def test_the_topics_are_there_when_it_is_up(tmp_path: Path) -> None:
    try:
        told = dict(line.removeprefix("export ").split("=", 1) for line in local(tmp_path, "up").splitlines())
        topics = load(TopicSettings)
        wait_for_broker(
            KafkaSettings(bootstrap_servers=told["KAFKA_BOOTSTRAP_SERVERS"]),
            0,
            (topics.trades_topic, topics.anomalies_topic, topics.dead_letters_topic, topics.progress_topic),
        )
    finally:
        assert local(tmp_path, "down").count("Stopped process") == 2
