"""Baselines: what is usual for a symbol, learned so that outliers are neither masked nor do much harm."""

import math

import numpy as np
import pytest

from detector.kernel import baselines
from detector.kernel import layout as at
from tests import kernel

SLOT = 2


def learn_logs(values: list[float], window: float = 1_000.0, spread: float = 0.0) -> tuple[float, float]:
    """Return the centre and spread of a logarithmic statistic after these values."""
    s, _k = kernel.state()
    s[at.SPREAD + SLOT] = spread
    for count, value in enumerate(values):
        baselines.learn_log(s, SLOT, value, count, window)
    return float(s[at.CENTRE + SLOT]), float(s[at.SPREAD + SLOT])


def test_a_sum_fades_to_one_e_th_over_its_horizon() -> None:
    assert baselines.fade(30.0, 30.0) == pytest.approx(math.exp(-1.0))
    assert baselines.fade(0.0, 2.0) == 1.0
    assert baselines.fade(1.0, 2.0) * baselines.fade(3.0, 2.0) == pytest.approx(baselines.fade(4.0, 2.0))


def test_the_recent_gap_and_the_usual_one_are_kept_as_logarithms_of_seconds() -> None:
    s, _k = kernel.state()
    s[at.SPACING] = math.log(0.25)
    # The statistic of the gap has its sign reversed, so that short gaps lie above its centre.
    s[at.CENTRE + baselines.SPACING_SLOT] = -math.log(4.0)

    assert baselines.gap_now(s) == pytest.approx(0.25)
    assert baselines.usual_gap(s) == pytest.approx(4.0)


def test_a_mean_is_plain_while_there_are_few_values_and_then_fades() -> None:
    values, mean = [3.0, 1.0, 8.0, 2.0, 5.0], 0.0
    for count, value in enumerate(values):
        mean += baselines.weight(count, 800.0) * (value - mean)

    assert mean == pytest.approx(np.mean(values))
    assert baselines.weight(10_000, 800.0) == 1.0 / 800.0


def test_what_is_seen_less_than_once_in_3000_prints_counts_a_tenth() -> None:
    assert baselines.slowed(math.log10(3_000.0)) == 1.0
    assert baselines.slowed(3.6) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("slow", "fast", "floor", "scale"),
    [(2.0, 2.0, 1.0, 2.0), (2.0, 4.0, 1.0, 2.8), (0.5, 0.5, 1.0, 1.0)],
    ids=["slow", "0.7 of fast", "floor"],
)
def test_a_price_scale_is_the_largest_of_three(slow: float, fast: float, floor: float, scale: float) -> None:
    s, _k = kernel.state()
    s[at.SLOW + SLOT], s[at.FAST + SLOT] = slow, fast

    assert baselines.price_scale(s, SLOT, floor) == pytest.approx(scale)


def test_a_price_scale_learns_at_two_paces_in_its_own_slot() -> None:
    s, _k = kernel.state()
    s[at.SLOW + SLOT], s[at.FAST + SLOT] = 1.0, 3.0

    baselines.learn_price(s, SLOT, 2.0, 0.1, 0.01, 0.2)

    assert s[at.SLOW + SLOT] == pytest.approx(0.99 * 1.0 + 0.01 * 2.0)
    assert s[at.FAST + SLOT] == pytest.approx(0.8 * 3.0 + 0.2 * 2.0)
    assert np.count_nonzero(s) == 2


def test_an_outlier_enters_a_price_scale_as_five_deviations() -> None:
    s, _k = kernel.state()
    s[at.SLOW + SLOT] = 2.0

    baselines.learn_price(s, SLOT, 1e9, 0.1, 0.01, 0.0)

    assert s[at.SLOW + SLOT] == pytest.approx(0.99 * 2.0 + 0.01 * 5.0 * 2.0)


def test_the_first_deviation_counts_in_full_since_nothing_limits_it() -> None:
    s, _k = kernel.state()

    baselines.learn_price(s, SLOT, 7.0, 0.0, 1.0, 1.0)

    assert (s[at.SLOW + SLOT], s[at.FAST + SLOT]) == (7.0, 7.0)


def test_a_value_is_measured_in_spreads_above_the_centre() -> None:
    s, _k = kernel.state()
    s[at.CENTRE + SLOT], s[at.SPREAD + SLOT] = 4.0, 0.5

    assert baselines.above_centre(s, SLOT, 5.5) == pytest.approx(3.0)
    assert baselines.above_centre(s, SLOT, 3.0) == 0.0


def test_a_narrow_spread_counts_as_a_quarter() -> None:
    s, _k = kernel.state()
    s[at.CENTRE + SLOT], s[at.SPREAD + SLOT] = 4.0, 0.01

    assert baselines.above_centre(s, SLOT, 5.0) == pytest.approx(4.0)


def test_nothing_is_above_a_centre_that_is_not_known_yet() -> None:
    s, _k = kernel.state()

    assert baselines.above_centre(s, SLOT, 9.0) == 0.0
    assert learn_logs([5.0]) == pytest.approx((5.0, 0.0), abs=1e-6)


def test_few_values_give_their_mean_and_a_later_one_counts_by_the_window() -> None:
    values = [1.0, 2.0, 6.0, 3.0]

    assert learn_logs(values)[0] == pytest.approx(np.mean(values))
    centre, spread = learn_logs([0.0] * 100 + [1.0], window=50.0)
    assert centre == pytest.approx(1.0 / 50.0)
    assert spread == pytest.approx(1.0 / 50.0, rel=1e-3)


def test_the_spread_is_the_mean_absolute_deviation() -> None:
    values = np.random.default_rng(4).normal(2.0, 1.0, 3_000)

    centre, spread = learn_logs(values.tolist(), window=1e9)

    assert centre == pytest.approx(values.mean(), abs=0.02)
    assert spread == pytest.approx(np.abs(values - values.mean()).mean(), abs=0.02)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_an_outlier_enters_a_logarithmic_baseline_as_five_spreads(sign: float) -> None:
    s, _k = kernel.state()
    s[at.CENTRE + SLOT], s[at.SPREAD + SLOT] = 10.0, 2.0

    baselines.learn_log_slowly(s, SLOT, sign * 1e6, 0.01, 21)

    assert s[at.CENTRE + SLOT] == pytest.approx(10.0 + sign * 0.01 * 5.0 * 2.0)
    assert s[at.SPREAD + SLOT] == pytest.approx(2.0 + 0.01 * (5.0 * 2.0 - 2.0))


def test_a_narrow_spread_limits_an_outlier_as_a_quarter_does_but_the_first_values_not_at_all() -> None:
    moved = []
    for count in (20, 21):
        s, _k = kernel.state()
        s[at.CENTRE + SLOT], s[at.SPREAD + SLOT] = 10.0, 0.01
        baselines.learn_log_slowly(s, SLOT, 110.0, 0.01, count)
        moved.append(s[at.CENTRE + SLOT] - 10.0)

    assert moved == pytest.approx([1.0, 0.01 * 5.0 * 0.25])
