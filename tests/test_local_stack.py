"""A server that cannot start is reported at once, with the reason."""

import socket
import time
from pathlib import Path

import pytest

from common.errors import ServiceUnavailableError, SettingError
from local.process import Child
from local.services import Service
from local.stack import Stack
from local.status import Echo, published
from nasdaq import SAMPLE


@pytest.mark.parametrize("which", ["kafka_port", "elasticsearch_port"])
def test_a_port_that_is_taken_is_named_before_anything_starts(tmp_path: Path, which: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(SettingError, match=f"port {port} .*already in use"):
            Stack(tmp_path, **{which: port}).start()
    assert list(tmp_path.iterdir()) == []


def test_one_port_for_both_servers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="port 9311 is given to Kafka and to Elasticsearch"):
        Stack(tmp_path, 9311, 9311).start()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.e2e
def test_a_server_that_ends_while_it_starts_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.stack._START_TIMEOUT_S", 600.0)
    began = time.monotonic()
    with pytest.raises(ServiceUnavailableError, match=r"^Kafka has ended by itself, with exit code 1:"):
        Stack(tmp_path, kafka_properties={"metric.reporters": "no.such.Class"}).start_kafka()
    assert time.monotonic() - began < 300


@pytest.mark.e2e
def test_kafka_keeps_its_data_in_a_folder_with_letters_of_any_language(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "Kurse für 株 C:\\new")
    try:
        stack.start_kafka()
        stack.kill_kafka()
        stack.start_kafka()
    finally:
        stack.stop()

    assert [path.name for path in tmp_path.iterdir()] == [stack.folder.name]
    assert (stack.folder / "kafka" / "data" / "meta.properties").exists()


def test_a_process_that_has_ended_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = Child(["sh", "-c", "echo why; exit 7"], tmp_path / "log")
    child._process.wait()

    with pytest.raises(ServiceUnavailableError, match="It has ended by itself, with exit code 7:\nwhy"):
        child.check("It")


ANSWERING = """
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"read_total 7\\n")

HTTPServer((os.environ["HEALTH_HOST"], int(os.environ["HEALTH_PORT"])), Answer).serve_forever()
"""


def test_a_proxy_and_a_health_address_of_the_users_own_are_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.services._START_TIMEOUT_S", 10)
    monkeypatch.setattr("urllib.request._opener", None)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HEALTH_HOST", "192.0.2.1")
    monkeypatch.delenv("no_proxy", raising=False)
    (tmp_path / "answering.py").write_text(ANSWERING)

    service = Service("answering", tmp_path, {"PYTHONPATH": str(tmp_path)})
    try:
        service.wait_until_ready()
        assert service.metric("read_total") == 7
        with pytest.raises(KeyError, match="written_total"):
            service.metric("written_total")
    finally:
        service.child.stop()


def test_what_was_published_is_known_after_the_producer_has_ended(tmp_path: Path) -> None:
    summary = tmp_path / "summary.json"
    producer = Service("producer", tmp_path, {}, ["--dry-run", "--summary", str(summary), str(SAMPLE)])
    assert published(producer, summary) == 0
    while producer.child.exit_code() is None:
        time.sleep(0.1)

    assert published(producer, summary) == 61_314


def test_complaints_of_a_growing_log_are_read_once_and_whole(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("2024-01-01T00:00:00.000Z INFO    me: a\n2024-01-01T00:00:00.000Z WARNING me: b\n2024-01-01T00")
    echo = Echo(log)

    assert echo.read() == ["2024-01-01T00:00:00.000Z WARNING me: b"]
    with log.open("a") as file:
        file.write(":00:00.000Z ERROR   me: c\nno line of a log\n")
    assert echo.read() == ["2024-01-01T00:00:00.000Z ERROR   me: c"]
    assert echo.read() == []
