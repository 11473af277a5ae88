"""A message says that the kernel is being compiled if it is, and only then."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest

import detector
from detector import compiling
from tests import ROOT
from tests.processes import detector as run

SAID = "Compiling the kernel, which takes up to a minute, once per machine."


def test_several_functions_are_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    with compiling.logged():
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


def test_nothing_is_left_to_compile_when_the_first_trade_or_alert_arrives() -> None:
    code = (
        "from detector.engine import Engine; from detector.kernel import forest, step; engine = Engine.load(); "
        "compiled = lambda: [len(each.signatures) for each in (step.step, forest.gains)]; "
        "print(compiled()); engine.warm_up(); print(compiled())"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == ["[0, 0]", "[1, 1]"]


def test_a_changed_function_is_never_read_from_the_cache_of_before(tmp_path: Path) -> None:
    def cache() -> str:
        return subprocess.run(
            [sys.executable, "-c", "import detector.kernel, numba; print(numba.config.CACHE_DIR)"],
            cwd=tmp_path,
            env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    for part in ("kernel", "detectors"):
        shutil.copytree(Path(detector.__file__).parent / part, tmp_path / "detector" / part)
    before = cache()
    with (tmp_path / "detector/kernel/activity.py").open("a") as source:
        source.write("# changed\n")

    assert Path(before).parent == tmp_path / "cache"
    assert cache() != before
