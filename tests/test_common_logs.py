"""A log line is one line, whatever a string from the feed contains."""

import datetime as dt
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from common import logs
from tests import ROOT

QUIX = """
import logging
from common import logs

logs.configure("detector")

from quixstreams import Application
from common.settings import KafkaSettings, load
from detector.app import options
from detector.settings import DetectorSettings

Application(**options(load(KafkaSettings), load(DetectorSettings)))
log = logging.getLogger("quixstreams.kafka.consumer")
for _ in range(80):
    log.error("2/2 brokers are down")
log.info("unseen")
log.warning("A symbol.\\n2026-01-01T00:00:00.000Z ERROR forged")
"""
CLIENTS = """
import time
from common import logs

logs.configure("sink")

from quixstreams.kafka import Consumer
from common.kafka import consumer, producer
from common.settings import KafkaSettings

nowhere = KafkaSettings(bootstrap_servers="127.0.0.1:1")
writer = producer(nowhere, **{"session.timeout.ms": 9000})
reader, quix = consumer(nowhere, "group"), Consumer(nowhere.bootstrap_servers, "group", "earliest")
for each in (reader, quix):
    each.subscribe(["trades"])
writer.produce("trades", b"")
ends = time.monotonic() + 5
while time.monotonic() < ends:
    writer.poll(0.1), reader.poll(0.1), quix.poll(0.1)
"""


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("AAPL", "AAPL"),
        ("日本 Ünï", "日本 Ünï"),
        ("A\n2026-01-01T00:00:00.000Z ERROR forged", "A\\n2026-01-01T00:00:00.000Z ERROR forged"),
        ("A\r\x1b[31mB\x00", "A\\r\\x1b[31mB\\x00"),
        ("\u202eA\u2028B", "\\u202eA\\u2028B"),
    ],
)
def test_a_string_forges_no_line(capfd: pytest.CaptureFixture[str], text: str, shown: str) -> None:
    logs.configure("test")

    logging.getLogger("test").info("A symbol. symbol=%s", text)

    lines = capfd.readouterr().err.split("\n")
    assert len(lines) == 2
    assert lines[0].endswith(f"Z INFO    test: A symbol. symbol={shown}")


def test_a_traceback_keeps_its_lines(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure("test")

    try:
        int("x")
    except ValueError:
        logging.getLogger("test").exception("It failed.")

    assert "ValueError: invalid literal" in capfd.readouterr().err


def test_what_quix_streams_says_has_the_format_of_all_the_rest(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", QUIX],
        cwd=ROOT,
        env=os.environ | {"TZ": "Asia/Kolkata", "STATE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    now = dt.datetime.now(dt.UTC)

    first, second = done.stderr.splitlines()
    assert first.endswith("Z ERROR   detector: 2/2 brokers are down")
    match = re.fullmatch(r"(\S+)Z WARNING detector: A symbol\.\\n2026-01-01T00:00:00.000Z ERROR forged", second)
    assert match, done.stderr
    assert abs(now - dt.datetime.fromisoformat(match[1]).replace(tzinfo=dt.UTC)) < dt.timedelta(minutes=1)


def test_what_librdkafka_says_has_the_format_too_and_failed_connections_are_told_once() -> None:
    done = subprocess.run([sys.executable, "-c", CLIENTS], cwd=ROOT, capture_output=True, text=True, timeout=60)

    lines = done.stderr.splitlines()
    told = [re.fullmatch(r"\S+Z (?:WARNING|ERROR  ) sink: (.*)", line) for line in lines]
    assert all(told), done.stderr
    texts = [each[1] for each in told if each]
    assert [text.split()[0] for text in texts if "Configuration property" in text] == ["CONFWARN"]
    assert len([text for text in texts if "code=_TRANSPORT" in text]) == 1
    # Quix Streams' own lines have no kind, and each count of what librdkafka left out makes another line.
    assert len([text for text in texts if "Connection refused" in text]) < 5, done.stderr


def test_what_is_left_out_is_counted_and_told_the_next_time() -> None:
    now = [0.0]
    seldom = logs.Seldom(lambda: now[0])

    told = []
    for seconds in (0, 1, 9, 10, 11, 25):
        now[0] = seconds
        told.append(seldom.left_out("a"))

    assert told == [0, None, None, 2, None, 1]
    assert seldom.left_out("b") == 0
    assert [seldom.left_out(str(kind)) for kind in range(1_000)] == [0] * 1_000
