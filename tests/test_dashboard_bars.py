"""Bars of a symbol whose prints arrive late or start again as a replay, however they are cut into batches."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dashboard.bars import BAR_NS, CLOSE, HIGH, LOW, OPEN, PRINTS, START, VOLUME, Bars, coarser, width_s

DAY_S = 1_709_308_800


def seconds(*spans: tuple[int, int]) -> list[int]:
    """Return times one second apart, from each first to before each second, in seconds of the day."""
    return [DAY_S + second for first, end in spans for second in range(first, end)]


def played(times: list[int], batch: int, capacity: int = 24_000) -> Bars:
    """Return the bars of prints of size 1, added in batches."""
    bars = Bars(capacity)
    for first in range(0, len(times), batch):
        part = np.array(times[first : first + batch]) * BAR_NS
        bars.add(part, np.full(len(part), 10.0), np.ones(len(part)))
    return bars


def starts(bars: Bars) -> NDArray[np.int64]:
    return bars.table()[:, START].astype(np.int64) - DAY_S


@pytest.mark.parametrize("batch", [1, 7, 19, 20, 64, 150, 1_000])
@pytest.mark.parametrize("capacity", [100, 300, 24_000])
def test_a_replay_is_drawn_from_its_first_print_and_what_was_before_is_gone(batch: int, capacity: int) -> None:
    bars = played(seconds((0, 400), (0, 250)), batch, capacity)

    assert starts(bars).tolist() == list(range(250))[-capacity:]
    assert set(bars.table()[:, VOLUME]) == set(bars.table()[:, PRINTS]) == {1.0}


@pytest.mark.parametrize("batch", [1, 7, 1_000])
def test_two_replays_from_the_middle_are_each_drawn_on_from_where_they_begin(batch: int) -> None:
    bars = played(seconds((0, 400), (100, 300), (50, 90)), batch)

    assert starts(bars).tolist() == list(range(90))
    assert set(bars.table()[:, VOLUME]) == {1.0}


@pytest.mark.parametrize("batch", [1, 7, 64, 2_000])
def test_a_print_of_a_wrong_time_ahead_costs_no_bar_before_it(batch: int) -> None:
    bars = played(seconds((0, 1_000), (10**9, 10**9 + 1), (1_000, 1_100)), batch)

    assert starts(bars).tolist() == list(range(1_100))
    assert set(bars.table()[:, VOLUME]) == {1.0}


@pytest.mark.parametrize("batch", [1, 7, 64, 2_000])
@pytest.mark.parametrize("capacity", [700, 24_000])
def test_a_burst_of_late_prints_costs_no_bar_before_its_earliest(batch: int, capacity: int) -> None:
    late = seconds((805, 810), (800, 820))
    bars = played(seconds((0, 1_000)) + late + seconds((1_000, 1_010)), batch, capacity)

    kept = starts(bars).tolist()
    assert kept[-30:] == [*range(800, 820), *range(1_000, 1_010)]
    assert kept[:-30] == list(range(800 - len(kept[:-30]), 800))
    assert len(kept) >= min(830, capacity - 180)
    assert bars.table()[:, VOLUME].tolist() == [2.0 if 805 <= second < 810 else 1.0 for second in kept]


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


def reference(prints: list[tuple[int, float, float]]) -> list[list[float]]:
    """Return the bars of prints of second, price and size, of which none is so late that a replay begins."""
    seconds: dict[int, list[tuple[float, float]]] = {}
    for second, price, size in prints:
        seconds.setdefault(second, []).append((price, size))
    return [
        [second, p[0], max(p), min(p), p[-1], sum(v), len(p)]
        for second, held in sorted(seconds.items())
        for p, v in [list(zip(*held, strict=True))]
    ]


def random_prints(count: int) -> list[tuple[int, float, float]]:
    """Return prints of a random walk, about two a second, every tenth of which is some seconds late."""
    dice = np.random.default_rng(7)
    second = DAY_S + 60 + dice.integers(0, 2, count).cumsum() - np.where(dice.random(count) < 0.1, 30, 0)
    price, size = 100 + dice.integers(-1, 2, count).cumsum() / 100, dice.integers(1, 100, count)
    return list(zip(second.tolist(), price.tolist(), size.astype(float).tolist(), strict=True))


def added(bars: Bars, prints: list[tuple[int, float, float]], batch: int) -> Bars:
    for first in range(0, len(prints), batch):
        second, price, size = (np.array(column) for column in zip(*prints[first : first + batch], strict=True))
        bars.add(second * BAR_NS + 5, price, size)
    return bars


@pytest.mark.parametrize("batch", [1, 5, 64, 3_000])
def test_a_bar_has_the_prices_and_volume_of_its_second(batch: int) -> None:
    prints = random_prints(3_000)

    bars = added(Bars(24_000), prints, batch)

    assert bars.table().tolist() == reference(prints)
    assert len(bars) == len(reference(prints))


@pytest.mark.parametrize("batch", [1, 5, 64, 3_000])
@pytest.mark.parametrize("capacity", [100, 300, 700])
def test_the_newest_bars_are_kept(batch: int, capacity: int) -> None:
    prints = random_prints(3_000)

    bars = added(Bars(capacity), prints, batch)

    assert len(bars) == capacity
    assert bars.table().tolist() == reference(prints)[-capacity:]
    held = bars.table().base
    assert held is not None
    assert len(held) <= 2 * capacity


@pytest.mark.parametrize("count", [1, 7, 100, 1_499])
def test_wider_bars_lose_no_price_and_no_volume(count: int) -> None:
    bars = np.array(reference(random_prints(3_000)))

    width = width_s(bars, count)
    wide = coarser(bars, width)

    assert len(wide) <= count + 1
    assert (np.diff(wide[:, START] // width) >= 1).all()
    assert (wide[0, OPEN], wide[-1, CLOSE]) == (bars[0, OPEN], bars[-1, CLOSE])
    edges = np.searchsorted(bars[:, START], wide[:, START])
    for row, part in zip(wide, np.split(bars, edges[1:]), strict=True):
        assert row.tolist() == [
            part[0, START], part[0, OPEN], part[:, HIGH].max(), part[:, LOW].min(), part[-1, CLOSE],
            part[:, VOLUME].sum(), part[:, PRINTS].sum(),
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("span_s", "width"), [(1, 1), (500, 1), (501, 2), (23_400, 60), (24_000, 60), (200_000, 600), (10**9, 24 * 86_400)]
)
def test_the_width_of_bars_divides_clocks_as_people_do(span_s: int, width: int) -> None:
    bars = np.zeros((2, 7))
    bars[:, START] = DAY_S, DAY_S + span_s - 1

    assert width_s(bars, 500) == width
