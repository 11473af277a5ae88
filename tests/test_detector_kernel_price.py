"""Price features: how far a print lies from references at several horizons, in units of the usual deviation."""

import math

import numpy as np
import pytest

from detector import catalog
from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel import price
from tests.market import PRICE, Market, settled, walked

BY_TIME = {feature.MOVE_2S: 2.0, feature.MOVE_30S: 30.0, feature.MOVE_300S: 300.0, feature.CLOSE_MOVE: 200.0}
BY_PRINTS = {feature.MOVE_5P: 5.0, feature.MOVE_20P: 20.0, feature.MOVE_200P: 200.0}


def test_the_first_print_of_a_session_is_no_deviation_from_anything() -> None:
    market = Market()
    market.k[at.I_SIZED] = 7
    price.start_session(market.s, market.k, 250.0)
    for row in (market.raw, market.x, market.usual):
        row[PRICE] = 9.0

    market.look(250.0)

    assert not market.x.any()
    assert not market.raw.any()
    assert not market.usual.any()
    assert market.k[at.I_SIZED] == 7


def test_every_feature_is_a_deviation_in_units_of_the_usual_one() -> None:
    market, _prices, _times, _sizes = walked(400)

    market.look(101.0, 3.0)

    ratios = np.abs(market.raw[PRICE]) / market.usual[PRICE]
    ratios[feature.PATH_MOVE - feature.FIRST_PRICE] **= 0.5
    assert market.x[PRICE] == pytest.approx(ratios)
    assert np.count_nonzero(market.raw) >= len(PRICE) - 1


@pytest.mark.parametrize("i", BY_TIME, ids=lambda i: catalog.NAMES[i])
def test_a_mean_over_seconds_weighs_each_price_by_how_long_it_stood(i: int) -> None:
    market, prices, times, _sizes = walked(300)
    now, horizon = times[-1] + 3.0, BY_TIME[i]
    ends = np.append(times[1:], now)
    weights = np.exp(-(now - ends) / horizon) - np.exp(-(now - times) / horizon)
    mean = (weights * prices).sum() + prices[0] * math.exp(-now / horizon)

    market.look(101.0, 3.0)

    assert market.raw[i] == pytest.approx(101.0 - mean)


@pytest.mark.parametrize("i", BY_PRINTS, ids=lambda i: catalog.NAMES[i])
def test_a_mean_over_prints_weighs_each_price_by_the_prints_since(i: int) -> None:
    market, prices, _times, _sizes = walked(300)
    keep = 1.0 - 1.0 / BY_PRINTS[i]
    weights = keep ** np.arange(len(prices))[::-1] / BY_PRINTS[i]
    mean = (weights * prices).sum() + prices[0] * keep ** len(prices)

    market.look(101.0, 3.0)

    assert market.raw[i] == pytest.approx(101.0 - mean)


def test_the_average_price_is_weighed_by_size_over_ten_minutes_and_so_is_its_own_mean() -> None:
    market, prices, times, sizes = walked(300)

    def vwap(rows: int) -> float:
        weights = sizes[:rows] * np.exp((times[:rows] - times[rows - 1]) / 600.0)
        return float((weights * prices[:rows]).sum() / weights.sum())

    mean = prices[0]
    for row in range(1, len(prices)):
        mean = vwap(row + 1) + (mean - vwap(row + 1)) * math.exp((times[row - 1] - times[row]) / 600.0)
    market.look(101.0, 3.0)

    assert market.raw[feature.VWAP_DEVIATION] == pytest.approx(101.0 - vwap(len(prices)))
    assert market.raw[feature.VWAP_DRIFT] == pytest.approx(vwap(len(prices)) - mean)
    assert market.raw[feature.VWAP_DRIFT] != 0.0


def test_the_average_price_is_compared_with_after_200_prints_of_a_session() -> None:
    market, _prices, _times, _sizes = walked(199)

    market.look(101.0)
    early = market.raw[[feature.VWAP_DEVIATION, feature.VWAP_DRIFT]].tolist()
    market.trade(100.0)
    market.look(101.0)

    assert early == [0.0, 0.0]
    assert market.raw[[feature.VWAP_DEVIATION, feature.VWAP_DRIFT]].all()


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_off_the_market_is_away_from_both_the_median_of_11_and_the_last_price(sign: float) -> None:
    market = settled()
    for step in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        market.trade(100.0 + sign * step)
    # The latest eleven are 100 four times and these seven: their median is 0.2 away, the last price 0.7.
    found = []
    for distance in (2.0, 0.4, -1.0):
        market.look(100.0 + sign * distance)
        found.append(market.raw[feature.OFF_MARKET])

    assert found == pytest.approx([sign * (2.0 - 0.7), 0.0, sign * -1.2])
    assert market.raw[feature.PRINT_RETURN] == pytest.approx(sign * -1.7)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_jump_that_comes_back_is_told_of_the_previous_print(sign: float) -> None:
    market = settled()
    market.trade(100.0 + sign * 3.0)

    found = []
    for distance in (1.0, -1.0, 3.5):
        market.look(100.0 + sign * distance)
        found.append(market.raw[feature.SNAPBACK])

    # The nearer of the way back and the way out; 0 if the price went on.
    assert found == pytest.approx([sign * 2.0, sign * 3.0, 0.0])


def test_a_straight_path_is_worth_its_length_and_a_crooked_one_little() -> None:
    straight, crooked = Market(), Market()
    for row in range(1, 33):
        straight.trade(100.0 - 0.1 * row)
        crooked.trade(100.0 - 0.1 * row + 0.4 * (row % 2))

    straight.look(100.0 - 0.1 * 33)
    crooked.look(100.0 - 0.1 * 33 + 0.4)

    # From the price 32 prints ago: there are 32 steps of 0.1, or of 0.5 down and 0.3 up in turns.
    assert straight.raw[feature.PATH_MOVE] == pytest.approx(-3.2)
    assert crooked.raw[feature.PATH_MOVE] == pytest.approx(-(3.2**2) / (16 * 0.5 + 16 * 0.3))


def test_nothing_is_away_from_a_price_that_stands_still() -> None:
    market = settled()

    market.look(100.0)

    assert not market.raw[PRICE].any()


def test_a_price_of_zero_that_never_changed_has_no_usual_deviation_and_no_features() -> None:
    market = Market(0.0)

    market.look(1.0)

    assert market.raw[feature.PRINT_RETURN] == 1.0
    assert not market.x.any()


def test_the_local_median_is_of_the_latest_eleven_prices_of_the_session() -> None:
    market, prices, _times, _sizes = walked(100)

    found = price.local_median(market.s, market.k, market.work)

    assert found == np.median(prices[-11:])
    assert market.work.tolist() == sorted(prices[-11:])
    assert prices[-1] != found
    further = 2.0 * prices[-1] - found
    market.look(further)
    assert market.raw[feature.OFF_MARKET] == pytest.approx(further - prices[-1])
    market.look(found)
    assert market.raw[feature.SNAPBACK] == pytest.approx(prices[-1] - found)
    fresh = Market(50.0)
    fresh.trade(53.0)
    fresh.trade(51.0)
    assert price.local_median(fresh.s, fresh.k, fresh.work) == 51.0


def test_a_new_session_starts_at_its_first_price_with_the_usual_deviations_of_before() -> None:
    market, _prices, _times, _sizes = walked(300)
    scales = market.s[at.SLOW : at.SLOW + 2 * at.N_PRICE].copy()

    price.start_session(market.s, market.k, 120.0)
    kept = market.s[at.SLOW : at.SLOW + 2 * at.N_PRICE].copy()
    market.trade(120.0, 60.0)
    market.look(121.0)

    assert np.array_equal(kept, scales)
    moves = [i for i in PRICE if i not in (feature.SNAPBACK, feature.VWAP_DEVIATION, feature.VWAP_DRIFT)]
    assert market.raw[moves] == pytest.approx(np.ones(len(moves)))
    assert market.s[at.VALUE] / market.s[at.VALUE_SIZE] == pytest.approx(120.0)
