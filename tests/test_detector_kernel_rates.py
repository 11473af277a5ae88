"""Rates: moments at which prints came, against those expected by the last five minutes."""

import math
from itertools import pairwise

import numpy as np
import pytest

from detector.kernel import activity, baselines
from detector.kernel import features as feature
from detector.kernel import layout as at
from tests import kernel
from tests.kernel import Floats

HORIZONS = {feature.RATE_2S: 2.0, feature.RATE_30S: 30.0}


class Flow:
    """The times of one symbol's prints, scored and learned print by print."""

    def __init__(self) -> None:
        self.s, self.k = kernel.state()
        self.raw, self.x, self.usual = kernel.per_feature()
        self.surprises = np.zeros(feature.N_FEATURES)
        self.now_s, self.count = 0.0, 0

    def see(self, gap_s: float, *, stale: bool = False) -> None:
        """Score a print without learning from it."""
        self.now_s += gap_s
        activity.observe_rate(self.s, self.k, self.now_s, gap_s, stale, self.raw, self.x, self.usual)

    def trade(self, gap_s: float) -> None:
        self.see(gap_s)
        activity.learn_repeats(self.s, self.k, 100.0, 10.0 + self.count, self.now_s)
        activity.learn_rate(self.s, self.count, self.raw, self.usual, self.surprises)
        self.count += 1


def moments(gaps: Floats) -> Floats:
    """Return the share of a moment of its own that each print is, by the time since the one before."""
    return 1.0 - np.exp(-gaps / 0.01)


def relative(count: float, expected: float) -> float:
    return 4.0 * math.pow(count + 8.0, 0.25) - 4.0 * math.pow(expected + 8.0, 0.25)


def centre_and_spread(values: list[float]) -> tuple[float, float]:
    """Return the mean of a few values and their mean distance from the mean before each; the least spread is 0.25."""
    means = np.cumsum(values) / np.arange(1, len(values) + 1)
    away = np.abs(np.array(values[1:]) - means[:-1])
    return float(means[-1]), max(0.25, float(away.sum()) / len(values))


def test_moments_fade_over_their_horizons_and_are_expected_at_the_rate_of_five_minutes() -> None:
    flow, gaps = Flow(), np.random.default_rng(7).exponential(0.3, 300)
    gaps[::7] = 0.004
    for gap in gaps:
        flow.trade(gap)
    ages = gaps.cumsum()[-1] - gaps.cumsum()

    def faded(horizon_s: float) -> float:
        return float((moments(gaps) * np.exp(-ages / horizon_s)).sum())

    for i, horizon_s in HORIZONS.items():
        assert flow.raw[i] == pytest.approx(faded(horizon_s))
        assert flow.usual[i] == pytest.approx(faded(300.0) * horizon_s / 300.0)


def test_a_sweep_is_about_one_moment() -> None:
    sweep, single = Flow(), Flow()
    for flow, prints in ((single, 1), (sweep, 40)):
        flow.trade(5.0)
        flow.trade(60.0)
        for _print in range(prints - 1):
            flow.trade(0.0)

    assert sweep.raw[feature.RATE_2S] == pytest.approx(single.raw[feature.RATE_2S])
    assert single.raw[feature.RATE_2S] == pytest.approx(1.0)


@pytest.mark.parametrize("i", HORIZONS)
def test_a_rate_is_measured_as_a_difference_of_fourth_roots_in_spreads_above_its_centre(i: int) -> None:
    flow, values = Flow(), []
    for gap in np.random.default_rng(8).exponential(2.0, 18):
        flow.trade(gap)
        values.append(relative(flow.raw[i], flow.usual[i]))
    for _print in range(60):
        flow.see(0.05)

    centre, spread = centre_and_spread(values)
    assert flow.x[i] == pytest.approx((relative(flow.raw[i], flow.usual[i]) - centre) / spread)
    assert flow.x[i] > 0.0


def test_the_scan_takes_the_window_in_which_most_moments_are_above_those_expected() -> None:
    flow, values = Flow(), []
    times = [0.0]
    for gap in [*np.random.default_rng(9).exponential(3.0, 18), *[0.1] * 40]:
        flow.see(gap)
        times.append(flow.now_s)
        rate, best = flow.usual[feature.RATE_30S] / 30.0, (0.0, 0.0, 0.0)
        for begin in range(max(1, len(times) - 1 - 48), len(times) - 1):
            gaps = np.array([later - earlier for earlier, later in pairwise(times[begin:])])
            count, expected = float(moments(gaps).sum()), rate * (times[-1] - times[begin])
            if count > expected + 10.0:
                ratio = count * math.log(count / (expected + 10.0)) - (count - expected - 10.0)
                best = max(best, (ratio, count, expected))
        assert (flow.raw[feature.RATE_SCAN], flow.usual[feature.RATE_SCAN]) == pytest.approx(best[1:])
        if flow.count < 18:
            values.append(math.sqrt(best[0]))
            activity.learn_rate(flow.s, flow.count, flow.raw, flow.usual, flow.surprises)
        activity.learn_repeats(flow.s, flow.k, 100.0, 10.0, flow.now_s)
        flow.count += 1

    centre, spread = centre_and_spread(values)
    assert best[0] > 4.0
    assert flow.x[feature.RATE_SCAN] == pytest.approx((math.sqrt(best[0]) - centre) / spread)


def test_the_scan_looks_back_at_48_prints() -> None:
    flow = Flow()
    for gap in [3.0] * 50 + [0.05] * 70:
        flow.trade(gap)

    flow.see(0.05)

    assert flow.raw[feature.RATE_SCAN] == pytest.approx(48.0 * (1.0 - math.exp(-5.0)))
    flow.see(300.0)
    assert flow.raw[feature.RATE_SCAN] == flow.usual[feature.RATE_SCAN] == 0.0


def test_the_scan_expects_no_fewer_moments_than_a_small_share_of_the_usual() -> None:
    flow, logs = Flow(), []
    for count in range(15):
        flow.see(2.0)
        activity.learn_rate(flow.s, count, flow.raw, flow.usual, flow.surprises)
        logs.append(math.log(flow.raw[feature.RATE_30S] + 0.1))
    for row in range(40):
        flow.see(0.05)
        activity.learn_repeats(flow.s, flow.k, 100.0, 10.0 + row, flow.now_s)
    flow.s[at.COUNT_300S] = 0.0

    flow.see(0.05)

    lasts_s = 0.05 * flow.raw[feature.RATE_SCAN] / (1.0 - math.exp(-5.0))
    a_second = 0.15 * math.exp(np.mean(logs)) / 30.0
    assert a_second > 1.0 / 300.0
    assert flow.usual[feature.RATE_SCAN] == pytest.approx(a_second * lasts_s)


def test_a_stale_print_is_no_sign_of_a_rate() -> None:
    flow = Flow()
    for gap in [1.0] * 30 + [0.02] * 30:
        flow.trade(gap)
    before = flow.s.copy()

    flow.see(0.0, stale=True)

    rates = [feature.RATE_2S, feature.RATE_30S, feature.RATE_SCAN]
    assert np.array_equal(flow.s, before)
    for row in (flow.raw, flow.x, flow.usual):
        assert not row[rates].any()


def test_trading_that_resumes_after_a_pause_at_the_rate_of_before_is_no_burst() -> None:
    flow = Flow()
    for _print in range(300):
        flow.trade(1.0)
    usual = flow.usual[feature.RATE_30S]

    flow.see(120.0)
    after_pause = flow.usual[feature.RATE_30S]
    night = Flow()
    night.s[:], night.now_s = flow.s, flow.now_s
    night.see(60_000.0)

    # The expected rate fades for two minutes at most, and the pause adds but the moment that ends it.
    assert after_pause == pytest.approx(usual * math.exp(-120.0 / 300.0) + 30.0 / 300.0, rel=1e-6)
    assert night.usual[feature.RATE_30S] == pytest.approx(after_pause * math.exp(-0.4) + 30.0 / 300.0)


@pytest.mark.parametrize("i", HORIZONS)
def test_no_fewer_moments_are_expected_than_a_small_share_of_the_usual(i: int) -> None:
    flow, logs = Flow(), []
    for _print in range(15):
        flow.trade(0.5)
        logs.append(math.log(flow.raw[i] + 0.1))
    flow.s[at.COUNT_300S] = 0.0

    flow.see(0.5)

    assert flow.usual[i] == pytest.approx(max(HORIZONS[i] / 300.0, 0.15 * math.exp(np.mean(logs))))


def test_the_recent_gap_is_a_fading_geometric_mean_and_the_usual_one_a_slower_one() -> None:
    flow, gaps = Flow(), np.random.default_rng(10).exponential(2.0, 15)
    spacing, seen = 0.0, []
    for gap in gaps:
        flow.trade(gap)
        spacing = 0.9 * spacing + 0.1 * math.log(gap + 0.001)
        seen.append(spacing)

    assert math.log(baselines.gap_now(flow.s)) == pytest.approx(spacing)
    assert math.log(baselines.usual_gap(flow.s)) == pytest.approx(np.mean(seen))


@pytest.mark.parametrize("i", [feature.RATE_2S, feature.RATE_30S, feature.RATE_SCAN])
def test_a_burst_teaches_every_rate_a_tenth(i: int) -> None:
    learned = []
    for surprise in (0.0, 5.0):
        flow = Flow()
        for gap in np.random.default_rng(11).exponential(2.0, 15):
            flow.trade(gap)
        for _print in range(20):
            flow.see(0.05)
        before = flow.s.copy()
        flow.surprises[i] = surprise
        activity.learn_rate(flow.s, 15, flow.raw, flow.usual, flow.surprises)
        learned.append(flow.s[at.CENTRE : at.CENTRE + at.N_LOG] - before[at.CENTRE : at.CENTRE + at.N_LOG])

    assert np.count_nonzero(learned[0]) >= 5
    assert learned[1] == pytest.approx(0.1 * learned[0])
