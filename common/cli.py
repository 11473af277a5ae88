"""What every command runs in: clean errors, exit codes, and handling of Ctrl-C, SIGTERM and SIGHUP."""

import logging
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

from common import logs
from common.errors import PipelineError, SettingError
from common.output import UNWRITABLE

logger = logging.getLogger(__name__)


def run(service: str, main: Callable[[], int | None], level: str = "INFO") -> None:
    """Run one command to its end and exit the process with its code.

    A `PipelineError` is printed as one line, and the process exits with the code of its class. A file or folder that
    the system refuses, or an output that cannot be written any more, counts as a `SettingError`. Ctrl-C, SIGTERM and
    SIGHUP raise `KeyboardInterrupt` in the main thread and end the process with 130, after its clean-up; a running
    detector handles them itself and ends with 0.
    """
    _open_streams()
    logs.configure(service, level)
    signal.signal(signal.SIGTERM, _interrupt)
    # nohup starts a command with SIGHUP ignored.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _interrupt)
    try:
        code = main() or 0
        sys.stdout.flush()
    except PipelineError as error:
        sys.stderr.write(f"{service}: error: {error}\n")
        code = error.exit_code
    except KeyboardInterrupt:
        _end_at_the_next_signal()
        logger.info("Stopped.")
        code = 130
    except BrokenPipeError:
        _drop_output()
        code = 0
    except OSError as error:
        if error.filename is None and error.errno not in UNWRITABLE:
            raise
        _drop_output()
        what = "the output cannot be written" if error.filename is None else error.filename
        sys.stderr.write(f"{service}: error: {what}: {error.strerror}\n")
        code = SettingError.exit_code
    sys.exit(code)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _end_at_the_next_signal() -> None:
    """Leave further signals to the system: nothing is left to clean up, and an interrupted exit shows a traceback."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def _open_streams() -> None:
    """Replace standard streams that were closed at the start: output then fails when written; errors are discarded."""
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115


def _drop_output() -> None:
    """Discard what is left in the buffer: flushing it at exit would fail again, with a traceback."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
