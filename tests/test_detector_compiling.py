"""That the kernel is being compiled is said where it is, and only there."""

from pathlib import Path

import numba
import pytest

from detector import compiling
from tests.processes import detector as run

SAID = "Compiling the kernel, which takes up to a minute, once on a machine."


def test_several_functions_are_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    with compiling.told():
        for _each in range(2):
            numba.njit(lambda number: number + 1)(1)
    numba.njit(lambda number: number + 1)(1)

    assert caplog.messages == [SAID]


def test_a_command_says_it_the_first_time_alone(tmp_path: Path) -> None:
    # The model's golden rows are scored by the kernel before the file is looked for.
    first, second = (run("backtest", "no-such-file", NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(2))

    assert first.stderr.count(SAID) == 1
    assert SAID not in second.stderr
    assert "no-such-file" in second.stderr
