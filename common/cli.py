"""The frame of every command: clean errors, exit codes, Ctrl-C and SIGTERM."""

import logging
import signal
import sys
from collections.abc import Callable
from types import FrameType

from common import logs
from common.errors import PipelineError, SettingError

logger = logging.getLogger(__name__)


def run(service: str, main: Callable[[], int | None], level: str = "INFO") -> None:
    """Run one command to its end and exit the process with its code.

    A `PipelineError` is printed as one line with the exit code of its class, and so is a file or folder that the
    system refuses, as a wrong option. Ctrl-C and SIGTERM raise `KeyboardInterrupt` in the main thread and end the
    process with 130, after its clean-up; the running detector ends by itself, with 0.
    """
    logs.configure(service, level)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = main() or 0
    except PipelineError as error:
        sys.stderr.write(f"{service}: error: {error}\n")
        code = error.exit_code
    except KeyboardInterrupt:
        logger.info("Stopped.")
        code = 130
    except BrokenPipeError:
        code = 0
    except OSError as error:
        if error.filename is None:
            raise
        sys.stderr.write(f"{service}: error: {error.filename}: {error.strerror}\n")
        code = SettingError.exit_code
    sys.exit(code)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
