"""Options of the benchmarks that cannot be."""

import subprocess
import sys

import pytest

from tests import ROOT


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("bench.commits", "--intervals", "a,b"), "commits: error: --intervals a,b: give seconds"),
        (("bench.soak", "--minutes", "0"), "soak: error: --minutes must be from 1"),
        (("bench.speed", "--rounds", "0"), "speed: error: --trades must be from 100000"),
    ],
)
def test_an_option_that_cannot_be_ends_with_the_code_of_options(arguments: tuple[str, ...], complaint: str) -> None:
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120)

    assert done.returncode == 2
    assert done.stderr.startswith(complaint)
