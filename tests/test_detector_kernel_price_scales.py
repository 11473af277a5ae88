"""What deviation of a price is usual: floors, the random walk, what is learned, and which prints move a reference."""

import math

import numpy as np
import pytest

from detector import catalog
from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel import price
from detector.kernel.baselines import SPACING_SLOT
from tests.test_detector_kernel_price import PRICE, Market, settled, walked

OVER_MINUTES = range(feature.MOVE_200P, feature.VWAP_DRIFT + 1)
WIDENED = (
    feature.PRINT_RETURN,
    feature.OFF_MARKET,
    feature.SNAPBACK,
    feature.MOVE_2S,
    feature.MOVE_5P,
    feature.MOVE_30S,
)
"""Features of short horizons."""


@pytest.mark.parametrize("i", PRICE, ids=lambda i: catalog.NAMES[i])
def test_a_usual_deviation_is_at_least_half_a_usual_price_change(i: int) -> None:
    market = settled()
    market.scale(i, 0.01)
    market.s[at.MOVE_UNIT], market.s[at.GAP] = 0.3, 0.0

    market.look(100.0, 0.0)

    assert market.usual[i] == pytest.approx(0.5 * 0.3)


@pytest.mark.parametrize(("changes", "share"), [(0, 1e-3), (1, 1e-5)], ids=["never seen to change", "seen to change"])
def test_a_usual_deviation_is_at_least_a_small_share_of_the_price(changes: int, share: float) -> None:
    market = settled()
    market.s[at.MOVE_UNIT], market.s[at.LAST], market.k[at.I_CHANGES] = 0.0, -200.0, changes

    assert price.floor_of(market.s, market.k) == pytest.approx(share * 200.0)


@pytest.mark.parametrize("i", PRICE, ids=lambda i: catalog.NAMES[i])
def test_the_scale_of_a_short_horizon_grows_as_a_random_walk_does(i: int) -> None:
    market = settled()
    market.s[at.GAP] = 7.0
    squares = []
    for dt_s in (0.0, 3.0, 12.0):
        market.look(100.0, dt_s)
        squares.append(market.usual[i] ** 2)
    before = 7.0 if i == feature.SNAPBACK else 0.0

    # The mean fading over 30 s is usually 0.5 away, which a random walk reaches in 15 s.
    a_second = 0.5**2 / 15.0
    if i in WIDENED:
        assert squares == pytest.approx([0.5**2 + a_second * (dt_s + before) for dt_s in (0.0, 3.0, 12.0)])
    else:
        assert squares == pytest.approx([0.5**2] * 3)


def test_no_scale_grows_beyond_five_minutes_of_a_random_walk() -> None:
    market = settled()

    market.look(100.0, 300.0)
    most = market.usual.copy()
    market.look(100.0, 30_000.0)

    assert market.usual == pytest.approx(most)
    assert most[feature.PRINT_RETURN] == pytest.approx(math.sqrt(0.25 + 0.25 / 15.0 * 300.0))


@pytest.mark.parametrize(("i", "steps"), [(feature.MOVE_20P, 20.0), (feature.PATH_MOVE, 1.0)])
def test_horizons_in_prints_are_widened_when_prints_take_longer_than_usual(i: int, steps: float) -> None:
    market = settled()
    market.s[at.CENTRE + SPACING_SLOT] = -math.log(0.5)

    found = []
    for gap_s in (0.1, 0.5, 2.5):
        market.s[at.SPACING] = math.log(gap_s)
        market.look(100.0, 1.0)
        found.append(market.usual[i] ** 2)

    assert found == pytest.approx([0.25, 0.25, 0.25 + 0.25 / 15.0 * steps * 2.0])


def test_a_usual_price_change_is_the_mean_of_the_changes_alone() -> None:
    market = Market()
    for step in (0.02, 0.0, 0.0, -0.04, 0.0, 0.03):
        market.trade(market.s[at.LAST] + step)

    assert market.s[at.MOVE_UNIT] == pytest.approx((0.02 + 0.04 + 0.03) / 3)
    assert market.k[at.I_CHANGES] == 3


def test_a_huge_change_counts_as_four_usual_ones() -> None:
    market = settled()
    market.k[at.I_CHANGES] = 10_000

    market.trade(1e6)

    assert market.s[at.MOVE_UNIT] == pytest.approx(0.2 + (4 * 0.2 - 0.2) / 300.0)


@pytest.mark.parametrize("distance", [3.9, 4.1, 1e6])
def test_a_price_far_from_the_median_moves_no_reference(distance: float) -> None:
    # Off the market, 0.5 is usual, and eight times that is too far.
    market = settled()
    references = market.s[at.REFERENCES : at.REFERENCES + at.HORIZONS].copy()
    path, value = market.k[at.I_PATH_RING], market.s[at.VALUE_SIZE]

    market.trade(100.0 + distance, 0.0)

    moved = market.s[at.REFERENCES + 4 : at.REFERENCES + at.HORIZONS] != references[4:]
    near = distance < 8 * 0.5
    assert (market.s[at.LAST] != 100.0) == near
    assert moved.tolist() == [near] * 3
    assert (market.k[at.I_PATH_RING] > path) == (market.s[at.VALUE_SIZE] > value) == near
    assert market.k[at.I_PRICED] == 22


@pytest.mark.parametrize(
    ("before", "taken"),
    [([], False), ([120.0], False), ([120.4, 119.6], True), ([120.0, 100.0], False), ([121.0, 120.0], False)],
)
def test_two_earlier_prints_confirm_a_far_price(before: list[float], taken: bool) -> None:
    market = settled()
    for earlier in before:
        market.trade(earlier, 0.0)
        for i in PRICE:
            market.scale(i, 0.5, 0.5)
        market.s[at.MOVE_UNIT] = 0.2

    market.trade(120.0, 0.0)

    assert (market.s[at.LAST] == 120.0) == taken


@pytest.mark.parametrize(("prints", "taken"), [(10, True), (11, False)])
def test_any_price_is_taken_before_there_are_eleven(prints: int, taken: bool) -> None:
    market = Market()
    for _print in range(prints - 1):
        market.trade(100.0)

    market.trade(500.0)

    assert (market.s[at.LAST] == 500.0) == taken


def test_the_usual_deviation_is_the_mean_absolute_one_while_few_are_known() -> None:
    market, deviations = Market(), []
    for step in (0.1, -0.1, 0.2, -0.2, 0.1, 0.1, -0.1):
        market.look(market.s[at.LAST] + step)
        deviations.append(np.abs(market.raw[PRICE]))
        market.trade(market.s[at.LAST] + step, 0.0)

    short = [i for i in PRICE if i < feature.MOVE_200P and i != feature.OFF_MARKET]
    for i in (feature.PRINT_RETURN, feature.MOVE_5P):
        assert market.slow(i) == pytest.approx(np.mean([row[i - feature.FIRST_PRICE] for row in deviations]), rel=0.05)
    assert all(market.slow(i) > 0.0 for i in short)


def test_off_the_market_learns_the_distance_from_the_median_even_if_the_price_stays() -> None:
    market = settled()
    market.k[at.I_PRICED] = 10_000
    for _print in range(3):
        market.trade(101.0, 0.0)
    before, fast = market.slow(feature.OFF_MARKET), at.FAST + feature.OFF_MARKET - feature.FIRST_PRICE
    before_fast = market.s[fast]

    market.trade(101.0, 0.0)

    # The median is still 100, though the last price is 101.
    assert market.raw[feature.OFF_MARKET] == 0.0
    assert market.slow(feature.OFF_MARKET) == pytest.approx(before + (1.0 - before) / 800.0)
    assert market.s[fast] == pytest.approx(before_fast + (1.0 - before_fast) / 200.0)


@pytest.mark.parametrize("i", [i for i in PRICE if i < feature.MOVE_200P], ids=lambda i: catalog.NAMES[i])
def test_a_surprising_deviation_teaches_its_own_scale_a_tenth(i: int) -> None:
    learned = []
    for surprise in (0.0, 5.0):
        market = settled()
        market.k[at.I_PRICED] = 10_000
        market.surprises[i] = surprise
        market.trade(101.0, 0.0)
        learned.append(market.s[at.SLOW : at.SLOW + at.N_PRICE] - 0.5)

    shares = np.ones(at.N_PRICE)
    shares[i - feature.FIRST_PRICE] = 0.1
    assert learned[1] == pytest.approx(shares * learned[0])


@pytest.mark.parametrize(("dt_s", "weight"), [(0.001, 1 / 20_000), (1.0, 1 / 2_400), (100.0, 1 / 300)])
def test_scales_over_minutes_remember_40_minutes_but_300_prints_at_least(dt_s: float, weight: float) -> None:
    market, _prices, _times, _sizes = walked(300)
    market.k[at.I_PRICED] = 10**6
    for i in PRICE:
        market.scale(i, 0.5)

    market.trade(100.5, dt_s)

    for i in OVER_MINUTES:
        moved = market.slow(i) - 0.5
        assert moved == pytest.approx(weight * (abs(market.raw[i]) - 0.5))
    # They have no fast baseline.
    fast = market.s[at.FAST : at.FAST + at.N_PRICE]
    assert not fast[OVER_MINUTES.start - feature.FIRST_PRICE :].any()
    assert fast[0] > 0.0


def test_the_average_prices_scales_are_learned_once_it_is_compared_with() -> None:
    market, _prices, _times, _sizes = walked(200)
    pair = slice(feature.VWAP_DEVIATION, feature.VWAP_DRIFT + 1)
    before = [market.slow(i) for i in range(pair.start, pair.stop)]
    market.s[at.MOVE_UNIT] = 10.0

    market.trade(100.3)

    # The first deviation counts in full.
    assert before == [0.0, 0.0]
    assert [market.slow(i) for i in range(pair.start, pair.stop)] == pytest.approx(np.abs(market.raw[pair]))


def test_what_is_accepted_and_surprising_moves_its_reference_at_once() -> None:
    plain, surprising = settled(), settled()
    surprising.surprises[feature.MOVE_300S] = 6.0
    for market in (plain, surprising):
        market.trade(101.0, 0.0)

    moved = [market.s[at.REFERENCES + 2] - 100.0 for market in (plain, surprising)]
    assert moved == pytest.approx([0.0, 0.5])
