"""The statistics of training, on data whose distribution is known."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from detector import fit
from detector.kernel import control, tails
from tests import tape

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
SECOND = 10**9


def apart(count: int) -> tuple[Times, NDArray[np.int64]]:
    """Return times at which each print is an episode of its own, and the one symbol of all of them."""
    return tape.START + 11 * SECOND * np.arange(count), np.zeros(count, dtype=np.int64)


def even(count: int, seed: int = 1) -> Floats:
    """Return true surprises, ``-log10`` of evenly spread probabilities, in random order."""
    shares = (np.arange(count) + 0.5) / count
    return np.random.default_rng(seed).permutation(-np.log10(shares))


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
    assert fit.block_maxima(np.array([-3.0, -1.0]), 2).tolist() == [0.0]


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


def test_of_logarithms_no_tail_is_heavier_than_exponential() -> None:
    groups = exponentials(12, 300, 0.25)

    heavy, bounded = fit.fit_tail(groups), fit.fit_tail(groups, 0.0)

    assert heavy is not None
    assert bounded is not None
    assert 0.1 < heavy[tails.SHAPE] <= 0.3
    assert bounded[tails.SHAPE] == 0.0


def test_a_tail_that_ends_is_taken_as_hardly_lighter_than_exponential() -> None:
    generator = np.random.default_rng(4)

    row = fit.fit_tail([generator.uniform(1.0, 1.001, 12_800) for _symbol in range(6)])

    assert row is not None
    assert row[tails.SHAPE] == -0.05
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


def test_surprises_that_are_right_need_no_correction() -> None:
    knee, slope = fit.calibration(even(200_000), *apart(200_000))

    assert knee == pytest.approx(3.2, abs=0.02)
    assert slope == pytest.approx(1.0, abs=0.1)


def test_surprises_that_are_too_large_are_corrected_by_their_episodes() -> None:
    # True decades count 0.8 more above 3, so that an episode in 1,600 prints has 3.36 and one in 32,000 has 5.7.
    true = even(200_000)
    told = np.where(true < 3.0, true, 3.0 + 1.8 * (true - 3.0))

    knee, slope = fit.calibration(told, *apart(200_000))

    assert knee == pytest.approx(3.0 + 1.8 * 0.2, abs=0.05)
    assert slope == pytest.approx(1.0 / 1.8, abs=0.08)


def test_a_feature_that_stays_large_is_corrected_by_episodes_not_prints() -> None:
    true = even(30_000)
    times, symbol = apart(4 * 30_000)
    times = times[::4].repeat(4)

    knee, _slope = fit.calibration(true.repeat(4), times, symbol)

    # Four prints at once make one episode, which is so four times rarer.
    assert knee == pytest.approx(3.2 - math.log10(4.0), abs=0.02)


@pytest.mark.parametrize(("factor", "knee"), [(0.5, 2.4), (2.0, 4.2)])
def test_no_correction_is_wild(factor: float, knee: float) -> None:
    found = fit.calibration(factor * even(50_000), *apart(50_000))

    assert found == (knee, 1.3 if factor < 1.0 else pytest.approx(0.5, abs=0.1))


def test_alerts_at_most_10_s_apart_are_one_episode_of_a_symbol() -> None:
    times = np.array([0, 10, 20, 31, 5, 100], dtype=np.int64) * SECOND
    symbol = np.array([0, 0, 0, 0, 1, 0])
    flagged = np.array([True, True, True, True, True, False])

    assert fit.count_episodes(times, symbol, flagged) == 2 + 1
    assert fit.count_episodes(times[::-1], symbol[::-1], flagged[::-1]) == 3
    assert fit.count_episodes(times, symbol, np.zeros(6, dtype=bool)) == 0


def test_a_rate_of_episodes_is_a_mean_over_symbols_without_the_worst() -> None:
    times, _one = apart(10_000)
    symbol = np.arange(10_000) % 10
    rows = np.arange(10_000) // 10
    flagged = ((symbol < 9) & (rows % 100 == 0)) | (symbol == 9)

    # 9 symbols have 10 episodes in 1,000 prints each; the one with the most is left out.
    assert fit.episodes_per_million(times, symbol, flagged) == pytest.approx(10_000.0)
    assert fit.episodes_per_million(times[symbol > 7], symbol[symbol > 7], flagged[symbol > 7]) > 100_000.0


def test_the_quantile_of_a_channel_is_that_of_nine_in_ten_blocks_averaged_over_symbols() -> None:
    one, other = np.zeros(128 * 1_000), np.zeros(128 * 10)
    one[::128], other[5::128] = np.arange(1_000.0), 50.0

    assert fit.block_quantile([one, other]) == pytest.approx((0.9 * 999.0 + 50.0) / 2.0)
    assert fit.block_quantile([one, other[: 128 * 7]]) == pytest.approx(0.9 * 999.0)
    assert fit.block_quantile([np.zeros(100)]) == tails.AT_KNEE


def test_margins_give_each_rate_of_episodes_and_go_on_beyond_the_data() -> None:
    count = 200_000
    # One print in 20 is above the quantile; from there, alerts become ten times rarer with every 0.5.
    standardised = 0.5 * (even(count) - math.log10(20.0))

    found = fit.margins(standardised, np.full(count, control.SILENT), 3.0, *apart(count))

    assert found == pytest.approx(np.maximum(0.0, 0.5 * np.log10(50_000.0 / fit.RATES)), abs=0.06)
    assert fit.RATES[0] > 10_000.0
    assert (np.diff(fit.RATES) < 0.0).all()


def test_what_would_be_an_echo_counts_at_no_margin_below_it() -> None:
    count = 100_000
    standardised = 0.5 * (even(count) - math.log10(20.0))
    echoes = np.full(count, control.SILENT)
    plain = fit.margins(standardised, echoes, 3.0, *apart(count))
    echoes[::2] = standardised[::2]

    found = fit.margins(standardised, echoes, 3.0, *apart(count))

    # Half of the prints are echoes at any threshold that they pass.
    middle = (fit.RATES < 10_000.0) & (fit.RATES > 200.0)
    assert found[middle] == pytest.approx(plain[middle] - 0.5 * math.log10(2.0), abs=0.05)


@pytest.mark.parametrize("level", [3.0, 9.0])
def test_with_hardly_any_episodes_scores_are_taken_at_face_value(level: float) -> None:
    count = 2_000

    found = fit.margins(np.full(count, -1.0), np.full(count, control.SILENT), level, *apart(count))

    # At most the rarity that the quantile stands for: one block in ten, so one print in 1,280.
    decades = np.log10(1e6 / fit.RATES) - min(level, math.log10(1_280.0))
    assert found == pytest.approx(np.maximum(decades, 0.0))


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
