"""What is learned from a price: its scales, the usual price change, and which prints move a reference."""

import numpy as np
import pytest

from detector import catalog
from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel import price
from tests.market import PRICE, Market, settled, walked

OVER_MINUTES = range(feature.MOVE_200P, feature.VWAP_DRIFT + 1)


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


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("distance", [3.9, 4.1, 1e6])
def test_a_price_far_from_the_median_moves_no_reference(distance: float, sign: float) -> None:
    # Off the market, 0.5 is usual, and eight times that is too far.
    market = settled()
    references = market.s[at.REFERENCES : at.REFERENCES + at.HORIZONS].copy()
    path, value = market.k[at.I_PATH_RING], market.s[at.VALUE_SIZE]

    market.trade(100.0 + sign * distance, 0.0)

    moved = market.s[at.REFERENCES + 4 : at.REFERENCES + at.HORIZONS] != references[4:]
    near = distance < 8 * 0.5
    assert (market.s[at.LAST] != 100.0) == near
    assert moved.tolist() == [near] * 3
    assert (market.k[at.I_PATH_RING] > path) == (market.s[at.VALUE_SIZE] > value) == near
    assert market.k[at.I_PRICED] == 22


def test_the_distance_is_from_the_median_and_not_from_the_last_price() -> None:
    market = settled()
    for _print in range(5):
        market.trade(97.0, 0.0)
        market.scale_all(0.5, 0.4)

    market.trade(103.9, 0.0)

    assert market.s[at.LAST] == 103.9


@pytest.mark.parametrize(
    ("before", "taken"),
    [([], False), ([120.0], False), ([120.4, 119.6], True), ([120.0, 100.0], False), ([121.0, 120.0], False)],
)
def test_two_earlier_prints_confirm_a_far_price(before: list[float], taken: bool) -> None:
    market = settled()
    for earlier in before:
        market.trade(earlier, 0.0)
        market.scale_all(0.5, 0.5)
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


def test_a_wrong_price_counts_as_five_half_ticks_where_less_is_usual() -> None:
    market = settled()
    market.scale(feature.PRINT_RETURN, 0.01)
    market.k[at.I_PRICED] = 10_000

    market.trade(1e6)

    assert market.slow(feature.PRINT_RETURN) == pytest.approx(0.01 + (5.0 * 0.5 * 0.2 - 0.01) / 800.0)


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
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_scales_over_minutes_remember_40_minutes_but_300_prints_at_least(
    dt_s: float, weight: float, sign: float
) -> None:
    market, _prices, _times, _sizes = walked(300)
    market.k[at.I_PRICED] = 10**6
    for i in PRICE:
        market.scale(i, 0.5)

    market.trade(100.0 + sign, dt_s)

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


def test_moves_over_minutes_are_learned_from_the_first_prints_on() -> None:
    market, _prices, _times, _sizes = walked(50)

    assert min(market.slow(i) for i in (feature.MOVE_200P, feature.MOVE_300S, feature.CLOSE_MOVE)) > 0.0


def test_prices_without_any_size_have_no_average() -> None:
    market = Market()
    price.start_session(market.s, market.k, 100.0)
    for row in range(220):
        market.trade(100.0 + 0.01 * (row % 3), 1.0, 0.0)

    market.look(101.0)

    assert market.raw[[feature.VWAP_DEVIATION, feature.VWAP_DRIFT]].tolist() == [0.0, 0.0]
    assert market.s[at.VWAP_REFERENCE] == 100.0


def test_what_is_accepted_and_surprising_moves_its_reference_at_once() -> None:
    plain, surprising = settled(), settled()
    surprising.surprises[feature.MOVE_300S] = 6.0
    for market in (plain, surprising):
        market.trade(101.0, 0.0)

    moved = [market.s[at.REFERENCES + 2] - 100.0 for market in (plain, surprising)]
    assert moved == pytest.approx([0.0, 0.5])
