"""What is fitted to episodes: corrections, rates, quantiles of blocks, and margins for every rate of alerts."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from detector import fit
from detector.kernel import control, tails
from tests import tape

SECOND = 10**9


def apart(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return times at which each print is an episode of its own, and the one symbol of all of them."""
    return tape.START + 11 * SECOND * np.arange(count), np.zeros(count, dtype=np.int64)


def even(count: int, seed: int = 1) -> NDArray[np.float64]:
    """Return true surprises, ``-log10`` of evenly spread probabilities, in random order."""
    shares = (np.arange(count) + 0.5) / count
    return np.random.default_rng(seed).permutation(-np.log10(shares))


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

    assert found == (knee, 1.7 if factor < 1.0 else pytest.approx(0.5, abs=0.1))


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

    standardised = np.full(count, -1.0)
    standardised[::400] = 2.0

    found = fit.margins(standardised, np.full(count, control.SILENT), level, *apart(count))

    # At most the rarity that the quantile stands for: one block in ten, so one print in 1,280.
    decades = np.log10(1e6 / fit.RATES) - min(level, math.log10(1_280.0))
    assert found == pytest.approx(np.maximum(decades, 0.0))
