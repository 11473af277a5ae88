"""Child processes: commands run to their end, and services that hear signals whatever the tests are told to ignore."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent


def detector(*arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run ``python -m detector`` with arguments to its end."""
    return subprocess.run(
        [sys.executable, "-m", "detector", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def hear_signals() -> None:
    """Take signals as a terminal's programs do: under nohup, or behind a shell's `&`, children inherit otherwise."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
