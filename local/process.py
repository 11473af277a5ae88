"""Child processes that die with their parent, log to a file, and are stopped for certain."""

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
"""No proxy of the environment sees this machine's loopback."""


def free_port() -> int:
    """Return a TCP port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_free(port: int) -> None:
    """Look whether a server can listen on a TCP port of loopback.

    Raises
    ------
    SettingError
        If it cannot.
    """
    with socket.socket() as probe:
        # As the servers do: connections of one that ended are no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no number from 0 to 65535"
            raise SettingError(f"port {port} of 127.0.0.1 cannot be listened on ({reason}); give another") from None


def listens(port: int) -> bool:
    """Return whether something listens on a TCP port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def get(address: str) -> bytes:
    """Return what an HTTP address of loopback answers.

    Raises
    ------
    OSError
        If it gives no good answer.
    """
    try:
        with _DIRECT.open(address, timeout=_ANSWER_TIMEOUT_S) as answer:
            return bytes(answer.read())
    except HTTPException as error:
        # As where the server ends in the middle of its answer.
        raise ConnectionError(str(error)) from None


class Child:
    """One child process in a session of its own, so that Ctrl-C reaches the parent alone.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    log : Path
        Takes standard output and error.
    environment : mapping, optional
        Added to this process's environment.
    orphan : bool
        Whether it may outlive this process.
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
        """Return the process id."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self._process.poll()

    def check(self, name: str) -> None:
        """Look whether it still runs.

        Raises
        ------
        ServiceUnavailableError
            If it has ended; `name` and the end of its log are in the message.
        """
        if (code := self.exit_code()) is not None:
            raise ServiceUnavailableError(f"{name} has ended by itself, with exit code {code}:\n{self.tail()}")

    def wait_until_it_answers(self, address: str, timeout_s: float, watch: Callable[[], None] = lambda: None) -> bool:
        """Wait until an HTTP address of its gives a good answer; return False if it ends or the time is over.

        `watch` is called before each try.
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
        """Ask it to end, then make it end."""
        if self.exit_code() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End it at once, and its own children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def send(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def tail(self, lines: int = 15) -> str:
        """Return the last lines of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
