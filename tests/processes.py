"""Child processes: commands run to their end, and services that react to signals even if the tests ignore them."""

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
    """Restore the default signal handling: under nohup or a shell's `&`, children inherit ignored signals."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
