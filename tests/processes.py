"""Child processes: commands run to their end, and services that react to signals even if the tests ignore them."""

import os
import signal
import subprocess
import sys
from functools import partial

from tests import ROOT


def command(module: str, *arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run ``python -m`` with a module and arguments to its end."""
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=600,
    )


detector = partial(command, "detector")


def hear_signals() -> None:
    """Restore the default signal handling: under nohup or a shell's `&`, children inherit ignored signals."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
