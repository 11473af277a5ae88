"""``python -m local``: it stops what it started, and nothing else."""

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.errors import InputError, SettingError
from local import background as command
from tests import ROOT


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "stack.json"
    monkeypatch.setattr(command, "_STATE", path)
    monkeypatch.setattr("sys.argv", ["local", "down"])
    return path


def test_down_stops_the_processes_that_were_noted(state: Path, sleeper: "subprocess.Popen[bytes]") -> None:
    state.write_text(json.dumps({"servers": {"Kafka": [sleeper.pid, command._born(sleeper.pid)]}}))

    assert command.main() == 0
    assert sleeper.wait(10) != 0
    assert not state.exists()


@pytest.mark.parametrize(("on_term", "patience_s"), [("sleep 1; exit", 15.0), ("", 0.3)])
def test_down_returns_when_they_have_ended_by_force_if_need_be(
    state: Path, monkeypatch: pytest.MonkeyPatch, on_term: str, patience_s: float
) -> None:
    monkeypatch.setattr(command, "_PATIENCE_S", patience_s)
    script = f"trap '{on_term}' TERM; echo ready; while :; do sleep 0.1; done"
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE) as slow:
        assert slow.stdout is not None
        slow.stdout.readline()
        state.write_text(json.dumps({"servers": {"Kafka": [slow.pid, command._born(slow.pid)]}}))
        try:
            assert command.main() == 0
            assert slow.poll() is not None
        finally:
            slow.kill()


def test_make_clean_stops_them_before_it_forgets_them(tmp_path: Path, sleeper: "subprocess.Popen[bytes]") -> None:
    servers = {"servers": {"Kafka": [sleeper.pid, command._born(sleeper.pid)]}}
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "stack.json").write_text(json.dumps(servers))
    (tmp_path / "a" / "__pycache__").mkdir(parents=True)
    (tmp_path / ".venv").symlink_to(sys.prefix)

    subprocess.run(
        ["make", "--file", str(ROOT / "Makefile"), "clean"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True,
    )  # fmt: skip

    assert sleeper.wait(10) != 0
    assert [path.name for path in tmp_path.rglob("*")] == ["a"]


def test_down_says_that_nothing_runs(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main() == 0
    assert capsys.readouterr().out == "The stack is not running.\n"


@pytest.mark.parametrize(
    ("asked", "refused"), [([], ""), (["--kafka-port", "9092"], ""), (["--kafka-port", "92"], "--kafka-port 92")]
)
def test_up_of_what_runs_shows_its_addresses_and_refuses_other_ports(
    state: Path,
    sleeper: "subprocess.Popen[bytes]",
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    asked: list[str],
    refused: str,
) -> None:
    addresses = {"bootstrap_servers": "127.0.0.1:9092", "elasticsearch_url": "http://127.0.0.1:9200"}
    servers = {name: [sleeper.pid, command._born(sleeper.pid)] for name in ("Kafka", "Elasticsearch")}
    state.write_text(json.dumps({"servers": servers, **addresses}))
    monkeypatch.setattr("sys.argv", ["local", "up", *asked])

    if refused:
        with pytest.raises(SettingError, match=f"{refused}: it is already running at 127.0.0.1:9092"):
            command.main()
    else:
        assert command.main() == 0
        told = capsys.readouterr()
        assert all(line.startswith("export ") for line in told.out.splitlines())
        assert told.err == "The stack is already running.\n"


def test_one_whose_start_is_not_known_counts_as_ended(state: Path, sleeper: "subprocess.Popen[bytes]") -> None:
    sleeper.kill()
    sleeper.wait()
    state.write_text(json.dumps({"servers": {"Kafka": [sleeper.pid, None]}}))

    assert command._servers() == {"Kafka": 0}


def test_down_leaves_a_process_that_has_only_the_number_of_one(state: Path, sleeper: "subprocess.Popen[bytes]") -> None:
    state.write_text(json.dumps({"servers": {"Kafka": [sleeper.pid, "1"]}}))

    assert command.main() == 0
    assert sleeper.poll() is None


def test_one_server_of_two_does_not_count_as_running(
    state: Path,
    sleeper: "subprocess.Popen[bytes]",
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    servers = {"Kafka": [sleeper.pid, command._born(sleeper.pid)], "Elasticsearch": [sleeper.pid, "1"]}
    state.write_text(json.dumps({"servers": servers}))
    monkeypatch.setattr("sys.argv", ["local", "status"])

    assert command.main() == 1
    assert capsys.readouterr().out.startswith("Elasticsearch is not running")


@pytest.mark.parametrize(("module", "name"), [("local.__main__", "local"), ("local.demo", "demo")])
def test_another_system_than_linux_is_refused_with_the_remedy(
    module: str, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr("sys.argv", [name, "--help"])
    monkeypatch.delitem(sys.modules, module, raising=False)

    with pytest.raises(SystemExit) as ended:
        runpy.run_module(module, run_name="__main__")

    assert ended.value.code == 4
    told = capsys.readouterr().err
    assert told.startswith(f"{name}: error: ")
    assert "darwin" in told
    assert "docker compose up" in told


@pytest.mark.parametrize("text", ['{"pids": [1, 2]}', "[]", "", '{"servers": {"one": "1"}}', '{"servers": null}'])
def test_a_foreign_state_is_named_and_nothing_is_stopped(state: Path, text: str) -> None:
    state.write_text(text)

    with pytest.raises(InputError, match=r"stack\.json: not a state file of this version"):
        command.main()
    assert state.exists()
