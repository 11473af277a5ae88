"""The demo as its users run it: failures are shown, and Ctrl-C ends it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from tests import ROOT, dbn
from tests.cluster import CLUSTER
from tests.processes import hear_signals
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e

Demo = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running: list[subprocess.Popen[bytes]] = []
    (tmp_path / "tmp").mkdir()

    def start(*arguments: object) -> "subprocess.Popen[bytes]":
        with (tmp_path / "out").open("wb") as out, (tmp_path / "errors").open("wb") as errors:
            running.append(
                subprocess.Popen(
                    [sys.executable, "-m", "local.demo", "--no-dashboard", *map(str, arguments)],
                    cwd=ROOT, env=os.environ | {"TMPDIR": str(tmp_path / "tmp")} | CLUSTER, stdout=out, stderr=errors,
                    preexec_fn=hear_signals,
                )
            )  # fmt: skip
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def children(process: "subprocess.Popen[bytes]", word: str) -> list[int]:
    pids = map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())
    return [pid for pid in pids if word in Path(f"/proc/{pid}/cmdline").read_text().split("\0")]


def test_a_damaged_file_is_told_and_ctrl_c_ends_it(demo: Demo, tmp_path: Path) -> None:
    path = dbn.write(tmp_path / "cut.dbn", dbn.trades(300))
    path.write_bytes(path.read_bytes()[:-1])

    process = demo(path, "--salvage", "--summary", tmp_path / "summary.json")
    wait_until(lambda: "Ctrl-C stops it" in (tmp_path / "out").read_text() or process.poll() is not None, 120)
    counts = orjson.loads((tmp_path / "summary.json").read_bytes())
    process.send_signal(signal.SIGINT)

    assert process.wait(60) == 0
    assert counts["trades_scored"] == 299
    (complaint,) = (tmp_path / "errors").read_text().splitlines()
    assert "WARNING producer: " in complaint
    assert "cut.dbn: the file is cut" in complaint
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_server_that_dies_ends_it_and_its_log_is_kept(demo: Demo, tmp_path: Path) -> None:
    process = demo("--speed", "60")
    wait_until(lambda: bool(children(process, "producer")), 120)
    (kafka,) = children(process, "kafka.Kafka")
    os.kill(kafka, signal.SIGKILL)

    assert process.wait(60) == 4
    assert "demo: error: Kafka has ended by itself, with exit code -9:" in (tmp_path / "errors").read_text()
    (folder,) = (tmp_path / "tmp").iterdir()
    assert (folder / "stack" / "kafka" / "kafka.log").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("gone.dbn",), 3, "gone.dbn: cannot be read"),
        (("--speed", "fast"), 2, "must be max, or a number above 0"),
        (("--summary", "/gone/out.json"), 2, "/gone/out.json: cannot be written"),
    ],
)
def test_mistakes_are_told_before_anything_starts(
    demo: Demo, tmp_path: Path, arguments: tuple[str, ...], code: int, complaint: str
) -> None:
    assert demo(*arguments).wait(60) == code
    assert complaint in (tmp_path / "errors").read_text()
    assert (tmp_path / "out").read_text() == ""
