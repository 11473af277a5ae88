"""One symbol's clock, print by print: leaps are voted on, and time that went back for good is taken as right."""

import math

import numpy as np
import pytest

from detector.kernel import clock
from detector.kernel import layout as at
from tests import kernel, tape

SECOND = 10**9
SURE = 30
"""Net votes after which a leap is beyond doubt, and prints in a row after which time has gone back."""


class Clock:
    """A symbol's clock, followed as the kernel does; times in seconds from the first print.

    Parameters
    ----------
    gap_s : float
        The recent gap between prints.
    sure : bool
        Whether the first time is beyond doubt already.
    """

    def __init__(self, gap_s: float = 0.1, *, sure: bool = True) -> None:
        self.s, self.k = kernel.state()
        self.s[at.SPACING] = math.log(gap_s)
        self.s[at.COUNT_300S] = 600.0
        clock.start(self.k, tape.START)
        for _print in range(SURE if sure else 1):
            self.see(0.0)

    def see(self, time_s: float) -> float:
        """See a print; return by how many seconds the clock was put back."""
        ts_event = tape.START + round(time_s * SECOND)
        back_s = float(clock.put_back(self.s, self.k, ts_event))
        self.k[at.I_CLOCK] = max(self.k[at.I_CLOCK], ts_event)
        return back_s

    @property
    def time_s(self) -> float:
        return float((self.k[at.I_CLOCK] - tape.START) / SECOND)


def test_a_clock_starts_with_the_first_print() -> None:
    _s, k = kernel.state()

    clock.start(k, tape.START)

    assert k[at.I_ANCHOR] == k[at.I_CLOCK] == tape.START


def test_three_prints_refute_a_leap_and_the_rate_of_before_holds_again() -> None:
    wrong = Clock()
    wrong.see(3_600.0)
    wrong.s[at.COUNT_300S] = 7.0

    back = [wrong.see(time_s) for time_s in (1.0, 2.0, 3.0)]

    assert back == [0.0, 0.0, pytest.approx(3_597.0)]
    assert wrong.time_s == 3.0
    assert wrong.s[at.COUNT_300S] == 600.0


def test_a_wrong_first_time_is_refuted_too() -> None:
    wrong = Clock(sure=False)

    back = [wrong.see(time_s) for time_s in (-86_400.0, -86_399.0, -86_398.0)]

    assert back == [0.0, 0.0, pytest.approx(86_398.0)]
    assert wrong.time_s == -86_398.0


@pytest.mark.parametrize("behind_s", [0.5, 2.4])
def test_prints_that_are_but_a_little_late_refute_nothing(behind_s: float) -> None:
    right = Clock()
    right.see(6.0)

    back = [right.see(6.0 - behind_s) for _print in range(20)]

    assert set(back) == {0.0}
    assert right.time_s == 6.0


def test_prints_late_by_more_than_half_a_leap_refute_it() -> None:
    wrong = Clock()
    wrong.see(6.0)

    assert [wrong.see(6.0 - 2.6) for _print in range(3)] == [0.0, 0.0, pytest.approx(2.6)]


@pytest.mark.parametrize(("gap_s", "leap_s"), [(0.1, 5.0), (0.25, 5.0), (2.0, 40.0)], ids=["5 s", "5 s", "20 gaps"])
def test_a_leap_is_beyond_5_s_and_20_recent_gaps(gap_s: float, leap_s: float) -> None:
    steady, leapt = Clock(gap_s), Clock(gap_s)

    steady.see(0.99 * leap_s)
    leapt.see(1.01 * leap_s)

    assert [steady.see(0.1) for _print in range(3)] == [0.0, 0.0, 0.0]
    assert [leapt.see(0.1) for _print in range(3)] == [0.0, 0.0, pytest.approx(1.01 * leap_s - 0.1)]


def test_prints_before_the_time_from_which_the_clock_leapt_are_late_and_vote_for_it() -> None:
    right = Clock()
    right.see(3_600.0)

    back = [right.see(-0.5) for _print in range(20)]

    assert set(back) == {0.0}
    assert right.time_s == 3_600.0


def test_a_print_at_the_time_from_which_the_clock_leapt_votes_against_it() -> None:
    wrong = Clock()
    wrong.see(3_600.0)

    assert [wrong.see(0.0) for _print in range(3)] == [0.0, 0.0, 3_600.0]


def test_a_leap_on_a_leap_is_undone_with_it() -> None:
    wrong = Clock()
    for ahead_s in (3_600.0, 7_200.0):
        wrong.see(ahead_s)

    back = [wrong.see(float(time_s)) for time_s in range(1, 5)]

    assert back == [0.0, 0.0, 0.0, pytest.approx(7_196.0)]
    assert wrong.time_s == 4.0


def test_a_leap_that_many_prints_follow_is_beyond_doubt() -> None:
    right = Clock()
    for row in range(SURE):
        right.see(3_600.0 + row)

    back = [right.see(10.0) for _print in range(SURE - 1)]

    assert set(back) == {0.0}
    assert right.time_s == 3_600.0 + SURE - 1


def test_after_many_prints_in_a_row_far_behind_time_has_gone_back_for_good() -> None:
    earlier = Clock()

    back = [earlier.see(-86_400.0 + row) for row in range(SURE)]

    assert back == [*[0.0] * (SURE - 1), math.inf]
    assert earlier.time_s == -86_400.0 + SURE - 1
    # From then on, the earlier time is the clock's own, and one print still earlier is but late.
    assert earlier.see(-200_000.0) == 0.0
    assert {earlier.see(-86_300.0) for _print in range(SURE + 1)} == {0.0}


def test_prints_far_behind_with_others_among_them_do_not_turn_time_back() -> None:
    two_feeds = Clock()

    back = [two_feeds.see(100.0 if row % 20 == 0 else -40.0) for row in range(400)]

    assert np.count_nonzero(back) == 0
    assert two_feeds.time_s == 100.0


def test_what_is_refuted_once_is_voted_on_again() -> None:
    wrong = Clock()
    for start_s in (0.0, 10.0):
        wrong.see(start_s + 3_600.0)
        back = [wrong.see(start_s + row) for row in (1.0, 2.0, 3.0)]

        assert back[-1] == pytest.approx(3_597.0)
        assert wrong.time_s == start_s + 3.0
