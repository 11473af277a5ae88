"""The dashboard ends cleanly on every signal that asks it to."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.process import free_port, get, listens
from tests import ROOT
from tests.processes import hear_signals
from tests.waiting import wait_until

Serve = Callable[[Callable[[], None]], "subprocess.Popen[bytes]"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def serve(log: Path) -> Iterator[Serve]:
    """Serve the page, without a broker."""
    running = []

    def begin(prepare: Callable[[], None]) -> "subprocess.Popen[bytes]":
        port = free_port()
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
            "HEALTH_PORT": "0",
            "STREAMLIT_SERVER_PORT": str(port),
            "PYTHONUNBUFFERED": "1",
        }
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "dashboard"],
                cwd=ROOT,
                env=os.environ | environment,
                stdout=output,
                stderr=output,
                preexec_fn=prepare,
            )
        running.append(process)
        # Streamlit names its address just before it handles signals; what it answers after that comes after both.
        wait_until(lambda: listens(port) and f":{port}" in log.read_text())
        get(f"http://127.0.0.1:{port}/_stcore/health")
        return process

    yield begin
    for process in running:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_page_ends_when_it_is_asked_to(serve: Serve, log: Path, number: signal.Signals) -> None:
    process = serve(hear_signals)

    process.send_signal(number)

    assert process.wait(30) == 0
    assert "Traceback" not in log.read_text()


def ignore_hangups() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def test_the_page_under_nohup_goes_on(serve: Serve) -> None:
    process = serve(ignore_hangups)

    process.send_signal(signal.SIGHUP)

    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2)
