"""Size and volume features: logarithms above the symbol's own centre."""

import math

import numpy as np
import pytest

from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel import volume
from tests import kernel
from tests.kernel import Floats

LEVEL = 2.0
"""The ln size above the centre that one print in 256 exceeds."""
SUMS = {feature.VOLUME_2S: at.VOLUME_2S, feature.VOLUME_30S: at.VOLUME_30S, feature.VOLUME_60P: at.VOLUME_60P}


class Sizes:
    """The sizes of one symbol, scored and learned print by print.

    Parameters
    ----------
    usual : float, optional
        A usual size to begin with; usual volumes are ten times as large, and all spreads are 0.5.
    """

    def __init__(self, usual: float | None = None) -> None:
        self.s, _k = kernel.state()
        self.raw, self.x, self.usual = kernel.per_feature()
        self.surprises = np.zeros(feature.N_FEATURES)
        self.s[at.TAIL_LEVEL + feature.SIZE] = LEVEL
        if usual is not None:
            self.s[at.CENTRE : at.CENTRE + 4] = np.log([usual, 10.0 * usual, 20.0 * usual, 40.0 * usual])
            self.s[at.SPREAD : at.SPREAD + 4] = 0.5

    def see(self, size: float, dt_s: float = 1.0, sign: float = 1.0, counted: float | None = None) -> None:
        """Score a print without learning from it."""
        volume.pass_time(self.s, dt_s)
        volume.observe(self.s, size, size if counted is None else counted, sign, self.raw, self.x, self.usual)

    def learn(self, count: int, size: float) -> None:
        volume.learn(self.s, count, size, self.surprises)


def tape(count: int = 200) -> tuple[Floats, Floats, Floats]:
    """Return gaps in seconds, sizes and signs of so many prints."""
    generator = np.random.default_rng(6)
    sizes = np.round(generator.lognormal(4.6, 0.8, count)) + 1.0
    return generator.exponential(1.5, count), sizes, generator.choice([-1.0, 0.0, 1.0], count)


def test_volumes_fade_over_their_horizons() -> None:
    (gaps, sizes, signs), symbol = tape(), Sizes()
    for gap, size, sign in zip(gaps, sizes, signs, strict=True):
        symbol.see(size, gap, sign)
    ages = gaps.cumsum()[-1] - gaps.cumsum()
    prints = np.arange(len(sizes))[::-1]

    assert symbol.raw[feature.VOLUME_2S] == pytest.approx((sizes * np.exp(-ages / 2.0)).sum())
    assert symbol.raw[feature.VOLUME_30S] == pytest.approx((sizes * np.exp(-ages / 30.0)).sum())
    assert symbol.raw[feature.VOLUME_60P] == pytest.approx((sizes * (1.0 - 1.0 / 60.0) ** prints).sum())
    assert symbol.raw[feature.IMBALANCE_30S] == pytest.approx((signs * sizes * np.exp(-ages / 30.0)).sum())


def test_a_size_is_measured_above_the_centre_and_volumes_in_spreads_too() -> None:
    symbol = Sizes(usual=100.0)

    symbol.see(900_000.0)

    assert symbol.raw[feature.SIZE] == 900_000.0
    assert symbol.usual[feature.SIZE] == pytest.approx(100.0)
    assert symbol.x[feature.SIZE] == pytest.approx(math.log(9_000.0))
    for i, times in zip(SUMS, (10.0, 20.0, 40.0), strict=True):
        assert symbol.raw[i] == 900_000.0
        assert symbol.usual[i] == pytest.approx(100.0 * times)
        assert symbol.x[i] == pytest.approx(math.log(9_000.0 / times) / 0.5)


def test_what_is_smaller_than_usual_is_nothing_to_see() -> None:
    symbol = Sizes(usual=100.0)

    symbol.see(50.0)

    assert not symbol.x.any()


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_one_sided_volume_is_compared_with_the_volume_of_both_sides(sign: float) -> None:
    symbol = Sizes(usual=100.0)
    symbol.see(30_000.0, sign=sign)
    symbol.see(10_000.0, 0.0, sign=-sign)

    assert symbol.raw[feature.IMBALANCE_30S] == sign * 20_000.0
    assert symbol.usual[feature.IMBALANCE_30S] == symbol.usual[feature.VOLUME_30S] == pytest.approx(2_000.0)
    assert symbol.x[feature.IMBALANCE_30S] == pytest.approx(math.log(20_000.0 / 2_000.0) / 0.5)


def test_balanced_volume_is_not_one_sided() -> None:
    symbol = Sizes(usual=100.0)
    symbol.see(30_000.0, sign=1.0)
    symbol.see(30_000.0, 0.0, sign=-1.0)

    assert (symbol.raw[feature.IMBALANCE_30S], symbol.x[feature.IMBALANCE_30S]) == (0.0, 0.0)


def test_an_extreme_size_counts_in_part_but_is_shown_in_full() -> None:
    symbol, plain = Sizes(usual=100.0), Sizes(usual=100.0)

    symbol.see(1_000_000.0, counted=5_000.0, sign=-1.0)
    plain.see(5_000.0, sign=-1.0)

    for i in range(feature.VOLUME_2S, feature.IMBALANCE_30S + 1):
        assert symbol.x[i] == plain.x[i] > 0.0
    for i in SUMS:
        assert symbol.raw[i] == 1_000_000.0
    assert symbol.raw[feature.IMBALANCE_30S] == -1_000_000.0
    symbol.see(100.0, 0.0)
    assert symbol.raw[feature.VOLUME_30S] == pytest.approx(5_100.0)


def test_a_run_is_the_fading_sum_of_what_large_sizes_exceed_the_ordinary_by() -> None:
    symbol = Sizes(usual=100.0)
    multiples = np.exp([0.7 * LEVEL - 0.1, LEVEL, LEVEL + 1.0, LEVEL + 5.0, -1.0, LEVEL])
    for multiple in multiples:
        symbol.see(100.0 * multiple)
    # A size counts as at most exp(L + 2) times the usual one.
    added = np.array([0.0, 0.3 * LEVEL, 0.3 * LEVEL + 1.0, 0.3 * LEVEL + 2.0, 0.0, 0.3 * LEVEL])
    prints = np.arange(len(added))[::-1]

    for i, keep in ((feature.SIZE_RUN_10P, 0.9), (feature.SIZE_RUN_60P, 1.0 - 1.0 / 60.0)):
        assert symbol.raw[i] == pytest.approx((added * keep**prints).sum())
        assert symbol.x[i] == pytest.approx(symbol.raw[i])


def test_a_run_is_measured_above_its_mean() -> None:
    symbol = Sizes(usual=100.0)
    symbol.s[at.RUN_MEAN_10P], symbol.s[at.RUN_MEAN_60P] = 1.25, 9.0

    symbol.see(100.0 * math.exp(LEVEL + 2.0))

    run = 0.3 * LEVEL + 2.0
    assert symbol.x[feature.SIZE_RUN_10P] == pytest.approx((run - 1.25) / math.sqrt(1.0 + 1.25))
    assert symbol.x[feature.SIZE_RUN_60P] == 0.0
    assert symbol.usual[[feature.SIZE_RUN_10P, feature.SIZE_RUN_60P]].tolist() == [1.25, 9.0]


def test_before_a_size_was_learned_nothing_is_usual_nor_surprising() -> None:
    symbol = Sizes()

    symbol.see(1_000_000.0)

    assert not symbol.x.any()
    assert symbol.usual[feature.SIZE] == 0.0


def test_a_print_whose_size_does_not_count_shows_it_and_nothing_else() -> None:
    symbol = Sizes(usual=100.0)
    symbol.see(900_000.0)
    sums = symbol.s.copy()

    volume.observe_none(symbol.s, 5_000.0, symbol.raw, symbol.x, symbol.usual)

    assert not symbol.x.any()
    assert np.flatnonzero(symbol.raw).tolist() == np.flatnonzero(symbol.usual).tolist() == [feature.SIZE]
    assert (symbol.raw[feature.SIZE], symbol.usual[feature.SIZE]) == (5_000.0, pytest.approx(100.0))
    assert np.array_equal(symbol.s, sums)


def test_usual_sizes_and_volumes_are_geometric_means() -> None:
    (gaps, sizes, signs), symbol = tape(), Sizes()
    seen: dict[int, list[float]] = {i: [] for i in (feature.SIZE, *SUMS)}
    runs: dict[int, list[float]] = {feature.SIZE_RUN_10P: [], feature.SIZE_RUN_60P: []}
    for count, (gap, size, sign) in enumerate(zip(gaps, sizes, signs, strict=True)):
        symbol.see(size, gap, sign)
        for i, values in (*seen.items(), *runs.items()):
            values.append(symbol.raw[i])
        symbol.learn(count, size)

    symbol.see(100.0, 0.0)
    for i, values in seen.items():
        # Outliers are winsorised, so that this is nearly so.
        assert math.log(symbol.usual[i]) == pytest.approx(np.log(values).mean(), abs=0.02)
    for i, values in runs.items():
        assert symbol.usual[i] == pytest.approx(np.mean(values), rel=0.02)


def test_a_huge_run_counts_as_a_few_in_its_mean() -> None:
    symbol = Sizes(usual=100.0)
    symbol.s[at.SIZE_RUN_10P] = symbol.s[at.SIZE_RUN_60P] = 1e6
    symbol.s[at.RUN_MEAN_10P], symbol.s[at.RUN_MEAN_60P] = 1.0, 9.0
    symbol.s[list(SUMS.values())] = 1_000.0

    symbol.learn(10_000, 100.0)

    # As three times 1 + M.
    assert symbol.s[at.RUN_MEAN_10P] == pytest.approx(1.0 + (3.0 * 2.0 - 1.0) / 1_000.0)
    assert symbol.s[at.RUN_MEAN_60P] == pytest.approx(9.0 + (3.0 * 10.0 - 9.0) / 1_000.0)


@pytest.mark.parametrize("i", SUMS)
def test_a_surprising_volume_teaches_its_own_baseline_a_tenth(i: int) -> None:
    learned = []
    for surprise in (0.0, 5.0):
        symbol = Sizes(usual=100.0)
        before = symbol.s[at.CENTRE : at.CENTRE + 4].copy()
        symbol.surprises[i] = surprise
        symbol.s[list(SUMS.values())] = 100_000.0
        symbol.learn(10_000, 200.0)
        learned.append(symbol.s[at.CENTRE : at.CENTRE + 4] - before)

    shares = np.ones(4)
    shares[list(SUMS).index(i) + 1] = 0.1
    assert learned[1] == pytest.approx(shares * learned[0])
    assert learned[0].min() > 0.0


def test_the_average_price_counts_a_size_as_at_most_one_seen_once_in_256_prints() -> None:
    symbol = Sizes(usual=100.0)

    parts = [volume.usual_part(symbol.s, size) for size in (50.0, 1e6, 0.0, -5.0)]

    assert parts == pytest.approx([50.0, 100.0 * math.exp(LEVEL), 0.0, 0.0])


def test_the_average_price_counts_prints_without_size_until_a_size_is_known() -> None:
    symbol = Sizes()

    assert [volume.usual_part(symbol.s, size) for size in (0.0, 70.0)] == [1.0, 70.0]
