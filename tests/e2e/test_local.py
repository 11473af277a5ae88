"""``python -m local`` as its users run it: up, usable at once, down."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from common.kafka import wait_for_broker
from common.settings import KafkaSettings, TopicSettings, load
from tests import ROOT
from tests.cluster import CLUSTER
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e


def local(folder: Path, *command: str, code: int = 0) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "local", *command],
        cwd=folder, env=os.environ | CLUSTER | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ended.returncode == code
    return ended.stdout


def answers(told: str) -> None:
    addresses = dict(line.removeprefix("export ").split("=", 1) for line in told.splitlines())
    topics = load(TopicSettings)
    wait_for_broker(
        KafkaSettings(bootstrap_servers=addresses["KAFKA_BOOTSTRAP_SERVERS"]),
        0,
        (topics.trades_topic, topics.anomalies_topic, topics.dead_letters_topic, topics.progress_topic),
    )
    with urllib.request.urlopen(f"{addresses['ELASTICSEARCH_URL']}/_cluster/health", timeout=30) as health:
        assert health.status == 200


def test_the_topics_are_there_when_it_is_up_and_up_mends_what_has_half_ended(tmp_path: Path) -> None:
    try:
        answers(local(tmp_path, "up"))
        noted = json.loads((tmp_path / ".local" / "stack.json").read_text())["servers"]
        os.kill(noted["Elasticsearch"][0], signal.SIGKILL)
        assert local(tmp_path, "status", code=1).startswith("Elasticsearch is not running")
        mended = local(tmp_path, "up")
        answers(mended)
        assert local(tmp_path, "status") == local(tmp_path, "up") == mended
        local(tmp_path, "up", "--kafka-port", "1", code=2)
    finally:
        assert local(tmp_path, "down").count("Stopped") == 2


def running(folder: Path) -> list[int]:
    """Return the processes that work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == folder:
                found.append(int(process.name))
    return found


def test_down_stops_the_server_of_an_up_that_was_killed_before_it_started_the_other(tmp_path: Path) -> None:
    up = subprocess.Popen(
        [sys.executable, "-m", "local", "up"], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    try:
        wait_until((tmp_path / ".local" / "stack.json").exists)
        up.kill()
        up.wait()
        assert local(tmp_path, "status", code=1).startswith("Kafka is not running")
        assert local(tmp_path, "down").startswith("Stopped Elasticsearch")
        wait_until(lambda: not running(tmp_path))
    finally:
        up.kill()
        up.wait()
        for pid in running(tmp_path):
            os.kill(pid, signal.SIGKILL)
