"""How a command ends: always with one line and an exit code."""

import os
import signal
import subprocess
import sys

import pytest

from tests import ROOT
from tests.processes import hear_signals

PRELUDE = "import sys, time; from common import cli\n"


def run(body: str, redirection: str = "") -> "subprocess.CompletedProcess[str]":
    """Run a command of one function in a shell."""
    script = f"{PRELUDE}def main(): {body}\ncli.run('it', main)"
    return subprocess.run(
        ["sh", "-c", f'exec "$0" -c "$1" {redirection}', sys.executable, script],
        cwd=ROOT, capture_output=True, text=True, timeout=30,
    )  # fmt: skip


@pytest.mark.parametrize(("redirection", "reason"), [(">/dev/full", "No space left"), (">&-", "Bad file descriptor")])
@pytest.mark.parametrize("text", ["'short'", "'long' * 1_000_000"])
def test_an_output_that_takes_nothing_is_one_line(redirection: str, reason: str, text: str) -> None:
    done = run(f"sys.stdout.write({text})", f"{redirection}; exit $?")

    assert done.returncode == 2
    assert done.stderr.startswith(f"it: error: the output cannot be written: {reason}")
    assert len(done.stderr.splitlines()) == 1


def test_closed_streams_do_not_matter_to_a_command_that_says_nothing() -> None:
    assert run("cli.logger.info('said'); return 7", ">&- 2>&-").returncode == 7


def test_a_reader_that_goes_away_is_no_error() -> None:
    done = run("sys.stdout.write('line\\n' * 1_000_000)", "| head -n 1; exit 0")

    assert (done.stdout, done.stderr) == ("line\n", "")


def test_other_errors_of_the_system_keep_their_traceback() -> None:
    assert "Traceback" in run("raise ConnectionRefusedError(111, 'refused')").stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_after_its_clean_up(number: signal.Signals) -> None:
    script = (
        f"{PRELUDE}def main():\n try: print('up', flush=True); time.sleep(30)\n finally: print('cleaned')\n"
        "cli.run('it', main)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=hear_signals,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(number)

        assert process.stdout.read() == "cleaned\n"
        assert process.wait(30) == 130


def test_a_second_signal_ends_it_while_it_exits() -> None:
    script = (
        f"{PRELUDE}import atexit, os\natexit.register(time.sleep, 30)\n"
        f"def main(): os.kill(os.getpid(), {int(signal.SIGTERM)}); time.sleep(30)\ncli.run('it', main)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=hear_signals
    ) as process:
        assert process.stderr is not None
        assert "Stopped." in process.stderr.readline()
        process.send_signal(signal.SIGTERM)

        assert process.stderr.read() == ""
        assert process.wait(30) == -signal.SIGTERM


def test_a_command_under_nohup_goes_on() -> None:
    body = f"import os; os.kill(os.getpid(), {int(signal.SIGHUP)}); return 7"
    script = f"{PRELUDE}def main():\n {body}\ncli.run('it', main)"
    ignoring = (
        "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    )

    done = subprocess.run([sys.executable, "-c", ignoring, sys.executable, "-c", script], cwd=ROOT, timeout=30)

    assert done.returncode == 7


@pytest.mark.parametrize("command", ["detector", "sink", "common.topics", "common.deadletters list"])
def test_ctrl_c_while_a_command_is_still_being_imported_is_no_traceback(command: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", *command.split()],
        cwd=ROOT,
        env=os.environ | {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "HEALTH_PORT": "0"},
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_signals,
    )
    assert process.stderr is not None
    assert any(line.endswith(" confluent_kafka\n") for line in process.stderr)

    process.send_signal(signal.SIGINT)
    _, log = process.communicate(timeout=60)

    assert (process.returncode, "Traceback" in log) == (130, False), log
