"""Child processes that hear signals, whatever the tests themselves have been told to ignore."""

import signal


def hear_signals() -> None:
    """Take signals as a terminal's programs do: under nohup, or behind a shell's `&`, children inherit otherwise."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
