"""Runs the embedded Kafka and Elasticsearch in the background, with the topics: up, down, status."""

import argparse
import json
import logging
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from common.errors import InputError, ServiceUnavailableError, SettingError
from common.output import replacing
from common.settings import KafkaSettings, TopicSettings, load
from common.topics.create import ensure_topics
from local.apart import apart
from local.stack import Stack, starting

logger = logging.getLogger(__name__)

_FOLDER: Final = Path(".local")
_STATE: Final = _FOLDER / "stack.json"
_PATIENCE_S: Final = 15.0
"""How long a server may take to stop after SIGTERM."""
_KILLED_S: Final = 5.0
_PAUSE_S: Final = 0.1


def main() -> int:
    """Parse the command line and run the subcommand; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description="Real Kafka and Elasticsearch without Docker, in the background, with their data under .local/.",
        epilog="examples: python -m local up --kafka-port 19092 --elasticsearch-port 9200; "
        'eval "$(python -m local up)" exports their addresses too',
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="up|down|status")
    up = commands.add_parser("up", help="start both, create the topics and print their addresses")
    up.add_argument("--kafka-port", type=int, default=0, metavar="PORT", help="default: a free one")
    up.add_argument("--elasticsearch-port", type=int, default=0, metavar="PORT", help="default: a free one")
    commands.add_parser("down", help="stop both; their data is kept")
    commands.add_parser("status", help="show whether they are running (exit 0) or not (exit 1)")
    arguments = parser.parse_args()
    if arguments.command == "up":
        with apart():
            return _up(arguments.kafka_port, arguments.elasticsearch_port)
    return _down() if arguments.command == "down" else _status()


def _up(kafka_port: int, elasticsearch_port: int) -> int:
    servers = _servers()
    if servers and all(servers.values()):
        _check_ports({"--kafka-port": kafka_port, "--elasticsearch-port": elasticsearch_port})
        _tell("The stack is already running.")
        return _status()
    if any(servers.values()):
        # One server alone is of no use, and it locks its data.
        _tell(_stop())
    topics = load(TopicSettings)
    _tell(starting())
    # If one part does not start, everything is stopped.
    stack = Stack(_FOLDER / "stack", kafka_port, elasticsearch_port, orphan=True)
    try:
        # Saved after each start, so that `down` finds the servers however this process ends.
        stack.launch(lambda: _note(stack))
        stack.wait()
        ensure_topics(load(KafkaSettings, bootstrap_servers=stack.bootstrap_servers), topics)
    except BaseException:
        stack.stop()
        _STATE.unlink(missing_ok=True)
        raise
    return _status()


def _check_ports(asked: dict[str, int]) -> None:
    """Refuse ports other than those of the running servers."""
    state = json.loads(_STATE.read_text())
    for (option, port), address in zip(
        asked.items(), (state["bootstrap_servers"], state["elasticsearch_url"]), strict=True
    ):
        if port and not address.endswith(f":{port}"):
            raise SettingError(f"{option} {port}: it is already running at {address}; `python -m local down` stops it")


def _tell(text: str) -> None:
    """Write to standard error: what stands on standard output can be evaluated by a shell."""
    sys.stderr.write(f"{text}\n")


def _note(stack: Stack) -> None:
    children = {"Kafka": stack.kafka, "Elasticsearch": stack.elasticsearch}
    pids = {name: child.pid if child else 0 for name, child in children.items()}
    noted = {
        "servers": {name: [pid, _born(pid)] for name, pid in pids.items()},
        "bootstrap_servers": stack.bootstrap_servers,
        "elasticsearch_url": stack.elasticsearch_url,
    }
    # Replaced as a whole: a kill midway must not leave half a state.
    with replacing(_STATE) as file:
        json.dump(noted, file)


def _down() -> int:
    sys.stdout.write(f"{_stop()}\n")
    return 0


def _stop() -> str:
    """Stop the running servers and forget them; return what was stopped."""
    running = {name: pid for name, pid in _servers().items() if pid}
    # Wait for the servers to end: until then, they hold their ports and data.
    if not _end(signal.SIGTERM, _PATIENCE_S) and not _end(signal.SIGKILL, _KILLED_S):
        raise ServiceUnavailableError("the servers do not end, not even at SIGKILL; try `python -m local down` again")
    _STATE.unlink(missing_ok=True)
    return "\n".join(f"Stopped {name}, process {pid}." for name, pid in running.items()) or "The stack is not running."


def _end(number: int, patience_s: float) -> bool:
    """Send a signal to the running servers; return whether all of them ended in time."""
    for pid in filter(None, _servers().values()):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    deadline = time.monotonic() + patience_s
    while any(_servers().values()):
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE_S)
    return True


def _status() -> int:
    servers = _servers()
    ended = " and ".join(name for name, pid in servers.items() if not pid)
    if ended or not servers:
        found = f"{ended} is not running (logs: {_FOLDER})" if any(servers.values()) else "The stack is not running"
        sys.stdout.write(f"{found}; `python -m local up` starts it.\n")
        return 1
    state = json.loads(_STATE.read_text())
    sys.stdout.write(
        f"export KAFKA_BOOTSTRAP_SERVERS={state['bootstrap_servers']}\n"
        "export KAFKA_SECURITY_PROTOCOL=PLAINTEXT\n"
        "export TOPIC_REPLICATION=1\n"
        f"export ELASTICSEARCH_URL={state['elasticsearch_url']}\n"
    )
    return 0


def _servers() -> dict[str, int]:
    """Return the process id of each server that was started; 0 if it has ended."""
    if not _STATE.exists():
        return {}
    try:
        noted = json.loads(_STATE.read_text())["servers"]
        return {name: pid if born is not None and _born(pid) == born else 0 for name, (pid, born) in noted.items()}
    except (ValueError, KeyError, AttributeError, TypeError):
        raise InputError(
            f"{_STATE}: not a state file of this version; stop the processes that it names, and delete the file"
        ) from None


def _born(pid: int) -> str | None:
    """Return the start time of a process, in clock ticks since boot; None if there is no such process.

    It tells a process from a later one with the same id: ids are reused, especially after a reboot.
    """
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    # A zombie has ended already.
    return None if after_name[0] == "Z" else after_name[19]
