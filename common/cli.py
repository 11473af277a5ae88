"""The frame of every command: clean errors, exit codes, Ctrl-C and SIGTERM."""

import logging
import signal
import sys
from collections.abc import Callable
from types import FrameType

from common import logs
from common.errors import PipelineError

logger = logging.getLogger(__name__)


def run(service: str, main: Callable[[], int | None], level: str = "INFO") -> None:
    """Run one command to its end and exit the process with its code.

    A `PipelineError` is printed as one line with the exit code of its class; Ctrl-C and SIGTERM raise
    `KeyboardInterrupt` in the main thread and end the process with 130, after its clean-up.
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
    sys.exit(code)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
