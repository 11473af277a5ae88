"""Fitted tails, on values whose distribution is known."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from detector import fit
from detector.kernel import tails

Floats = NDArray[np.float64]


def surprise(row: Floats, value: float) -> float:
    """Return the surprise of a value by a fitted tail."""
    return float(tails.surprise(row, 0, value, row[tails.LEVEL], row[tails.EXCESS]))


def exponentials(symbols: int, blocks: int, shape: float = 0.0) -> list[Floats]:
    """Return values of several symbols: exponential, or generalised Pareto of this shape."""
    generator = np.random.default_rng(2)
    drawn = [generator.exponential(1.0, 128 * blocks) for _symbol in range(symbols)]
    return [np.expm1(shape * values) / shape for values in drawn] if shape else drawn


def test_a_feature_that_is_a_surprise_already_stays_as_it_is() -> None:
    row = fit.identity_tail()

    found = [surprise(row, value) for value in (0.0, 1.0, 2.4, 2.5, 4.0, 9.0)]

    assert found == pytest.approx([0.0, 1.0, 2.4, 2.5, 4.0, 9.0])
    assert (row[tails.KNEE], row[tails.SLOPE]) == (tails.AT_KNEE, 1.0)


def test_block_maxima_leave_out_what_fills_no_block() -> None:
    values = np.array([1.0, 5.0, 2.0, 3.0, 4.0, 0.0, 99.0])

    assert fit.block_maxima(values, 3).tolist() == [5.0, 4.0]
    assert fit.block_maxima(values[:2], 3).tolist() == []


def test_a_winsorised_mean_counts_each_value_as_at_most_one_and_a_half_of_it() -> None:
    values = np.random.default_rng(3).exponential(2.0, 100_000)

    found = fit.winsorised_mean(values)

    assert found == pytest.approx(np.minimum(values, 1.5 * found).mean(), rel=1e-6)
    assert found == pytest.approx(2.0 * tails.WINSORISED, rel=0.01)
    values[0] = 1e12
    assert fit.winsorised_mean(values) == pytest.approx(found, rel=1e-3)


@pytest.mark.parametrize("shape", [0.0, 0.2])
def test_a_fitted_tail_tells_how_rare_a_value_is(shape: float) -> None:
    row = fit.fit_tail(exponentials(12, 300, shape))

    assert row is not None
    for decades in (0.5, 1.0, 1.7, 2.4, 3.0, 4.0, 5.0):
        value = decades * math.log(10.0)
        value = math.expm1(shape * value) / shape if shape else value
        # Blocks with an excess are counted, not prints, and 7 in 10 symbols have a lighter tail than the card's.
        assert 0.85 * decades - 0.05 < surprise(row, value) < decades + 0.15


def test_of_sizes_no_tail_is_heavier_than_exponential() -> None:
    groups = exponentials(12, 300, 0.25)

    heavy, bounded = fit.fit_tail(groups), fit.fit_tail(groups, fit.SIZE_SHAPES)

    assert heavy is not None
    assert bounded is not None
    assert 0.1 < heavy[tails.SHAPE] <= 0.3
    assert bounded[tails.SHAPE] == 0.0


@pytest.mark.parametrize(("shapes", "lightest"), [(fit.SHAPES, 0.0), (fit.SIZE_SHAPES, -0.05)])
def test_a_tail_that_ends_is_taken_as_hardly_lighter_than_exponential(
    shapes: tuple[float, float], lightest: float
) -> None:
    generator = np.random.default_rng(4)

    row = fit.fit_tail([generator.uniform(1.0, 1.001, 12_800) for _symbol in range(6)], shapes)

    assert row is not None
    assert row[tails.SHAPE] == lightest
    # Hardly any tail: still, six hundredths of the level are one mean excess.
    assert row[tails.EXCESS] == pytest.approx(0.06 * row[tails.LEVEL])


def test_symbols_have_equal_weight_however_many_prints_each_has() -> None:
    small, large = exponentials(2, 200)

    levels = []
    for groups in ([small[:12_800], 16.0 * large], [small[:12_800], 16.0 * large[:12_800]], [small[:12_800]]):
        row = fit.fit_tail(groups)
        assert row is not None
        levels.append(row[tails.LEVEL])

    assert levels[0] == pytest.approx(levels[1], rel=0.05)
    assert levels[0] == pytest.approx(4.0 * levels[2], rel=0.1)


def test_one_anomaly_a_symbol_hardly_changes_the_tail() -> None:
    clean = fit.fit_tail(exponentials(12, 100))
    groups = exponentials(12, 100)
    for values in groups:
        values[777] = 1e6

    row = fit.fit_tail(groups)

    assert clean is not None
    assert row is not None
    for decades in (1.0, 2.4, 4.0, 5.0):
        value = decades * math.log(10.0)
        assert surprise(row, value) == pytest.approx(surprise(clean, value), abs=0.4)


def test_what_cannot_be_fitted_has_no_tail() -> None:
    (values,) = exponentials(1, 8)

    assert fit.fit_tail([values]) is not None
    assert fit.fit_tail([values[:-1]]) is None
    assert fit.fit_tail([np.zeros(12_800)]) is None
    assert fit.fit_tail([np.ones(12_800)]) is None
    assert fit.fit_tail([]) is None


def test_the_knots_of_a_tail_rise_even_if_most_values_are_zero() -> None:
    (values,) = exponentials(1, 200)
    values[values < 3.0] = 0.0

    row = fit.fit_tail([values])

    assert row is not None
    assert (np.diff(row[: tails.N_KNOTS]) > 0.0).all()
    assert (np.diff(row[tails.N_KNOTS : tails.LEVEL]) > 0.0).all()
    assert surprise(row, 0.0) == 0.0


def test_background_rows_reach_far_beyond_the_ordinary_in_each_input_by_itself() -> None:
    generator = np.random.default_rng(6)
    values = generator.exponential(1.0, (4_000, 1)) * np.array([1.0, 10.0])

    drawn = fit.spread(values, 4_000, generator)

    assert drawn.shape == (4_000, 2)
    assert drawn.min() >= 0.0
    for column in range(2):
        taken = np.isin(drawn[:, column], values[:, column])
        assert taken.mean() == pytest.approx(0.5, abs=0.05)
        # The others are Pareto: one in ten is nine standard deviations or more.
        beyond = drawn[~taken, column] > 9.0 * values[:, column].std()
        assert beyond.mean() == pytest.approx(0.1, abs=0.03)
    both = np.isin(drawn, values).all(axis=1)
    one, other = drawn[both].T
    assert abs(np.mean((one - one.mean()) * (other - other.mean())) / one.std() / other.std()) < 0.1
