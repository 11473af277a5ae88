"""Bars of a symbol whose prints come late, or begin again as a replay, wherever their batches are cut."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dashboard.bars import BAR_NS, PRINTS, START, VOLUME, Bars

DAY_S = 1_709_308_800


def seconds(*spans: tuple[int, int]) -> list[int]:
    """Return times one second apart, from each first to before each second, in seconds of the day."""
    return [DAY_S + second for first, end in spans for second in range(first, end)]


def played(times: list[int], batch: int) -> Bars:
    """Return the bars of prints of size 1, added in batches."""
    bars = Bars(24_000)
    for first in range(0, len(times), batch):
        part = np.array(times[first : first + batch]) * BAR_NS
        bars.add(part, np.full(len(part), 10.0), np.ones(len(part)))
    return bars


def starts(bars: Bars) -> NDArray[np.int64]:
    return bars.table()[:, START].astype(np.int64) - DAY_S


@pytest.mark.parametrize("batch", [1, 7, 19, 20, 64, 150, 1_000])
def test_a_replay_is_drawn_from_its_first_print_and_what_was_before_is_gone(batch: int) -> None:
    bars = played(seconds((0, 400), (0, 250)), batch)

    assert starts(bars).tolist() == list(range(250))
    assert set(bars.table()[:, VOLUME]) == set(bars.table()[:, PRINTS]) == {1.0}


def test_the_last_of_two_replays_in_one_batch_is_drawn() -> None:
    assert starts(played(seconds((0, 400), (100, 300), (50, 90)), 1_000)).tolist() == list(range(50, 90))


def test_a_replay_that_passes_its_earlier_end_within_the_batch_is_drawn_once() -> None:
    bars = played(seconds((0, 400), (0, 900)), 2_000)

    assert starts(bars).tolist() == list(range(900))
    assert set(bars.table()[:, VOLUME]) == {1.0}


@pytest.mark.parametrize("batch", [1, 7, 1_000])
def test_a_few_late_prints_go_into_the_bars_of_their_own_seconds(batch: int) -> None:
    late = seconds((5, 24))
    bars = played(seconds((0, 300)) + late + seconds((300, 310)) + late + seconds((310, 320)), batch)

    assert starts(bars).tolist() == list(range(320))
    assert bars.table()[:, VOLUME].tolist() == [3.0 if 5 <= second < 24 else 1.0 for second in range(320)]


def test_prints_less_than_a_minute_behind_are_no_replay() -> None:
    bars = played(seconds((0, 100), (40, 100), (100, 110)), 1_000)

    assert starts(bars).tolist() == list(range(110))
    assert bars.table()[:, VOLUME].sum() == 170
