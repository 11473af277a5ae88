"""Tails: a value's surprise is ``-log10`` of how often the symbol shows one as large."""

import math

import numpy as np
import pytest

from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel import tails
from tests import kernel
from tests.kernel import Floats, column, winsorised_share

KNOWN = 10**9
"""So many prints that a symbol is well known."""


SHARES = np.linspace(0.3, 1.0, tails.N_KNOTS)
KNOTS = np.linspace(0.0, 1.0, tails.N_KNOTS) ** 2 * math.log10(256.0)
"""The tail of `kernel.tail_rows` below the level: shares of the level, and their surprises."""


def tail_of(value: float, shape: float = 0.0) -> float:
    """Return the surprise of a value where 4 is the level and 0.5 the winsorised mean excess."""
    return float(tails.surprise(kernel.tail_rows(4.0, 0.5, shape), 0, value, 4.0, 0.5))


def corrected(rows: Floats, values: Floats, count: int = KNOWN, usual: Floats | None = None) -> Floats:
    """Return the surprises of a symbol that has the card's own levels and price changes of 2."""
    s, _k = kernel.state()
    tails.start(s, rows)
    s[at.MOVE_UNIT] = 2.0
    out = np.zeros(feature.N_FEATURES)
    tails.surprises(s, rows, values, np.zeros(feature.N_FEATURES) if usual is None else usual, count, out)
    return out


def test_the_level_is_exceeded_once_in_256_prints() -> None:
    # One in two blocks of 128 prints has an excess.
    assert tail_of(4.0) == pytest.approx(math.log10(256.0))


@pytest.mark.parametrize("shape", [0.0, 0.3, -0.05])
@pytest.mark.parametrize("value", [4.2, 5.0, 7.0])
def test_above_the_level_the_tail_is_generalised_pareto(shape: float, value: float) -> None:
    mean = 0.5 / winsorised_share()
    beyond = (value - 4.0) / mean
    survival = math.exp(-beyond) if shape == 0.0 else (1.0 + shape * beyond) ** (-1.0 / shape)

    assert tail_of(value, shape) == pytest.approx(-math.log10(survival / 256.0), rel=1e-4)


def test_a_value_beyond_the_end_of_a_light_tail_is_as_surprising_as_can_be() -> None:
    end = 4.0 + 0.5 / winsorised_share() / 0.5

    assert tail_of(end - 0.01, -0.5) < tails.MOST_SURPRISE
    assert tail_of(end + 0.01, -0.5) == tails.MOST_SURPRISE
    assert tail_of(1e9) == tails.MOST_SURPRISE


def test_below_the_level_surprises_lie_on_lines_between_the_quantiles() -> None:
    shares = np.linspace(0.0, 0.999, 50)

    found = [tail_of(4.0 * share, 0.2) for share in shares]

    assert found == pytest.approx(np.interp(shares, SHARES, KNOTS))
    assert found[0] == 0.0


def test_each_feature_has_its_own_tail() -> None:
    rows = kernel.tail_rows()
    rows[column(tails.SHAPE, 3)] = 0.3
    rows[column(1, 3)] += 0.01

    changed = [i for i in range(5) if tails.surprise(rows, i, 9.0, 4.0, 0.5) < tail_of(9.0)]

    assert changed == [3]
    assert tails.surprise(rows, 3, 1.4, 4.0, 0.5) < tails.surprise(rows, 2, 1.4, 4.0, 0.5)


def test_the_correction_counts_decades_of_episodes() -> None:
    rows = kernel.tail_rows()
    rows[tails.KNEE :: tails.ROW], rows[tails.SLOPE :: tails.ROW] = 2.8, 0.7
    plain = np.array([0.4, 1.4, 2.6, 2.9, 3.8, 5.8])
    per_unit = winsorised_share() / 0.5 / math.log(10.0)
    values = np.where(
        plain < math.log10(256.0),
        4.0 * np.interp(plain, KNOTS, SHARES),
        4.0 + (plain - math.log10(256.0)) / per_unit,
    )

    found = [corrected(rows, np.full(feature.N_FEATURES, value))[feature.RATE_2S] for value in values]

    # What has the knee's surprise is seen in one episode in 1,600 prints; from there, a decade counts as 0.7.
    once = round(math.log10(1_600), 1)
    assert found == pytest.approx(np.where(plain < 2.8, plain * once / 2.8, once + (plain - 2.8) * 0.7), rel=1e-3)


@pytest.mark.parametrize("shape", [0.0, 0.2, -0.04])
@pytest.mark.parametrize("rarity", [3.5, 5.0, 8.0])
def test_the_value_of_a_surprise_has_that_surprise(shape: float, rarity: float) -> None:
    rows = kernel.tail_rows(shape=shape)
    rows[tails.KNEE :: tails.ROW], rows[tails.SLOPE :: tails.ROW] = 2.8, 0.7
    s, _k = kernel.state()
    tails.start(s, rows)
    s[at.TAIL_LEVEL : at.TAIL_LEVEL + feature.N_FEATURES] *= 1.3
    s[at.TAIL_EXCESS : at.TAIL_EXCESS + feature.N_FEATURES] *= 1.2
    values, usual, out = kernel.per_feature()
    for i in range(feature.N_FEATURES):
        values[i] = tails.value_of(s, rows, i, rarity)

    tails.surprises(s, rows, values, usual, KNOWN, out)

    assert out == pytest.approx(np.full(feature.N_FEATURES, rarity))
    assert tails.value_of(s, rows, 0, 0.1) == pytest.approx(1.3 * 4.0)


def test_nothing_unusual_is_no_surprise() -> None:
    rows = kernel.tail_rows()
    rows[column(tails.LEVEL)] = 0.0

    assert corrected(rows, np.zeros(feature.N_FEATURES)).tolist() == [0.0] * feature.N_FEATURES


def test_moves_over_minutes_count_in_full_once_a_symbol_is_well_known() -> None:
    rows, values = kernel.tail_rows(), np.full(feature.N_FEATURES, 6.0)
    full = corrected(rows, values)
    slow = ["move_200_prints", "move_300s", "close_move", "vwap_deviation", "vwap_drift"]

    shares = np.array([corrected(rows, values, count) / full for count in (0, 100, 1_500, 5_000, 15_000)])

    over_minutes = np.arange(feature.MOVE_200P, feature.VWAP_DRIFT + 1)
    assert len(over_minutes) == len(slow)
    assert np.delete(shares, over_minutes, axis=1).min() == 1.0
    assert shares[0, over_minutes].max() == 0.0
    assert (np.diff(shares[:, over_minutes], axis=0) > 0.0).all()
    assert 0.5 < shares[2, over_minutes].min() < 0.9
    assert shares[-1, over_minutes].min() == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("i", range(feature.FIRST_PRICE, feature.MOVE_30S))
def test_in_an_exponential_tail_one_tick_more_is_at_most_some_three_hundred_times_rarer(i: int) -> None:
    rows = kernel.tail_rows(excess=0.001)
    usual = np.full(feature.N_FEATURES, 0.5)
    values = np.full(feature.N_FEATURES, 4.01)

    rise = (corrected(rows, values + 2.0 / usual, usual=usual) - corrected(rows, values, usual=usual))[i]

    if i < feature.MOVE_2S:
        assert 200.0 < 10.0**rise < 400.0
    else:
        assert rise > 20.0


def test_the_tail_of_repeats_is_never_shorter_than_the_cards() -> None:
    rows, (values, usual, out) = kernel.tail_rows(), kernel.per_feature()
    values[:] = 5.0
    s, _k = kernel.state()
    tails.start(s, rows)
    s[at.TAIL_EXCESS : at.TAIL_EXCESS + feature.N_FEATURES] *= 0.5

    tails.surprises(s, rows, values, usual, KNOWN, out)

    assert out[feature.REPEATS] == pytest.approx(corrected(rows, values)[feature.REPEATS])
    assert np.delete(out, feature.REPEATS).min() > out[feature.REPEATS] + 0.1
