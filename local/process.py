"""Child processes that die with their parent, log to a file, and are killed if they do not stop."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Final

from common.errors import ServiceUnavailableError, SettingError

_PR_SET_PDEATHSIG: Final = 1
_ANSWER_TIMEOUT_S: Final = 5.0
_ANSWER_PAUSE_S: Final = 0.2
_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Opens loopback addresses directly, whatever proxy the environment sets."""


def free_port() -> int:
    """Return a free TCP port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_free(port: int) -> None:
    """Check that a server can listen on a TCP port of loopback.

    Raises
    ------
    SettingError
        If it cannot.
    """
    with socket.socket() as probe:
        # As the servers do, so that lingering connections of an earlier server do not block the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not a number from 0 to 65535"
            raise SettingError(f"port {port} of 127.0.0.1 cannot be listened on ({reason}); choose another") from None


def listens(port: int) -> bool:
    """Return whether something listens on a TCP port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def get(address: str) -> bytes:
    """Return the body of the response from an HTTP address on loopback.

    Raises
    ------
    OSError
        If there is no response, or one with an error status.
    """
    try:
        with _DIRECT.open(address, timeout=_ANSWER_TIMEOUT_S) as answer:
            return bytes(answer.read())
    except HTTPException as error:
        # For example, if the server dies in the middle of its response.
        raise ConnectionError(str(error)) from None


class Child:
    """One child process in its own session, so that Ctrl-C only reaches the parent.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    log : Path
        File for standard output and error.
    environment : mapping, optional
        Variables added to this process's environment.
    orphan : bool
        Whether the child may outlive this process.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        *,
        orphan: bool = False,
    ) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
                preexec_fn=None if orphan else _die_with_parent,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """Return the exit code; None while the process is running."""
        return self._process.poll()

    def check(self, name: str) -> None:
        """Check that the process is still running.

        Raises
        ------
        ServiceUnavailableError
            If it has ended; the message includes `name` and the end of its log.
        """
        if (code := self.exit_code()) is not None:
            raise ServiceUnavailableError(f"{name} has ended by itself, with exit code {code}:\n{self.tail()}")

    def wait_until_it_answers(self, address: str, timeout_s: float, watch: Callable[[], None] = lambda: None) -> bool:
        """Wait until the process answers at an HTTP address; return False if it ends or the time runs out.

        `watch` is called before each attempt.
        """
        deadline = time.monotonic() + timeout_s
        while self.exit_code() is None and time.monotonic() < deadline:
            watch()
            try:
                get(address)
            except OSError:
                time.sleep(_ANSWER_PAUSE_S)
            else:
                return True
        return False

    def stop(self, timeout_s: float = 10.0) -> None:
        """Terminate the process; kill it if it has not ended after `timeout_s`."""
        if self.exit_code() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """Kill the process and its own children at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def send(self, number: int) -> None:
        """Send the process a signal."""
        self._process.send_signal(number)

    def tail(self, lines: int = 15) -> str:
        """Return the last lines of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
