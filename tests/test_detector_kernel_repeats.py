"""Repetition and lateness: prints of one size and price, and prints that come too late."""

import math

import numpy as np
import pytest

from detector.kernel import activity
from detector.kernel import features as feature
from detector.kernel import layout as at
from tests import kernel


class Prints:
    """The prices and sizes of one symbol's prints, scored and learned one by one."""

    def __init__(self) -> None:
        self.s, self.k = kernel.state()
        self.raw, self.x, self.usual = kernel.per_feature()

    def see(self, price: float, size: float, now_s: float) -> tuple[float, float, float]:
        """Return how many prints were the same, how many that is usually, and the feature."""
        activity.observe_repeats(self.s, self.k, price, size, now_s, self.raw, self.x, self.usual)
        i = feature.REPEATS
        return float(self.raw[i]), float(self.usual[i]), float(self.x[i])

    def trade(self, price: float, size: float, now_s: float) -> None:
        activity.learn_repeats(self.s, self.k, price, size, now_s)


class Lateness:
    """The lateness of one symbol's prints, scored and learned one by one."""

    def __init__(self) -> None:
        self.s, _k = kernel.state()
        self.raw, self.x, self.usual = kernel.per_feature()
        self.count = 0

    def see(self, late_s: float, delay_s: float = 0.001) -> None:
        activity.observe_lateness(self.s, late_s, delay_s, self.raw, self.x, self.usual)

    def learn(self, late_s: float, delay_s: float = 0.001) -> None:
        activity.learn_lateness(self.s, self.count, late_s, delay_s)
        self.count += 1


def test_repeats_are_prints_of_this_size_and_price_against_the_sizes_share_at_this_price() -> None:
    prints = Prints()
    # Of 40 prints, 20 have the size of 100, and 30 the price of 10; 12 have both.
    for row in range(40):
        prints.trade(10.0 if row < 30 else 10.01, 100.0 if row % 40 < 12 or row >= 32 else 200.0 + row, float(row))

    same, expected, value = prints.see(10.0, 100.0, 40.0)

    assert same == 12.0
    assert expected == pytest.approx(30 * 20 / 40)
    assert value == 0.0
    same, expected, value = prints.see(10.0, 212.0, 40.0)
    assert [same, expected] == pytest.approx([1.0, 30 / 40])
    assert value == pytest.approx(math.sqrt(math.log(1.0 / 0.75) - 0.25))


def test_repeats_are_the_root_of_a_log_likelihood_ratio() -> None:
    prints = Prints()
    for row in range(400):
        prints.trade(10.0, 100.0 + row % 20, 0.1 * row)
    for row in range(24):
        prints.trade(10.0, 100.0, 40.0 + 0.1 * row)

    same, expected, value = prints.see(10.0, 100.0, 43.0)

    assert same == 24 + 1
    assert expected == pytest.approx(48 * 44 / 424)
    assert value**2 == pytest.approx(25 * math.log(25 / expected) - (25 - expected))


@pytest.mark.parametrize(("age_s", "counted"), [(119.0, 1.0), (121.0, 0.0)])
def test_repeats_are_counted_for_two_minutes(age_s: float, counted: float) -> None:
    prints = Prints()
    prints.trade(10.0, 100.0, 1_000.0)

    assert prints.see(10.0, 100.0, 1_000.0 + age_s)[0] == counted


def test_repeats_are_counted_among_48_prints() -> None:
    prints = Prints()
    for row in range(60):
        prints.trade(10.0, 100.0, 0.1 * row)

    assert prints.see(10.0, 100.0, 6.0)[0] == 48.0
    assert Prints().see(10.0, 100.0, 6.0)[0] == 0.0


def test_a_size_never_seen_is_expected_seldom_but_not_never() -> None:
    prints = Prints()
    for row in range(48):
        prints.trade(10.0, 100.0 + row % 4, 0.1 * row)

    expected = prints.see(10.0, 777.0, 5.0)[1]
    elsewhere = prints.see(11.0, 100.0, 5.0)[1]

    assert expected == pytest.approx(48 * 0.006)
    assert elsewhere == pytest.approx(0.05)


def test_the_table_keeps_the_common_sizes_and_gives_the_rarest_place_to_a_new_one() -> None:
    prints = Prints()
    for row in range(960):
        prints.trade(10.0, 100.0 * (1 + row % 24), 0.01 * row)
    for row in range(200):
        prints.trade(10.0, 5_000.0 + row, 10.0 + 0.01 * row)

    for row in range(48):
        prints.trade(20.0, 100.0, 12.0 + 0.01 * row)
    common, rare = prints.see(20.0, 2_400.0, 12.5)[1], prints.see(20.0, 5_000.0, 12.5)[1]

    # 24 sizes hold 24 of the 32 places; the other 8 hold the latest new sizes, once each.
    assert common == pytest.approx(48 * 40 / (960 + 48 + 8))
    assert rare == pytest.approx(48 * 0.006)


def test_the_table_follows_a_change_of_the_usual_sizes() -> None:
    prints, counts = Prints(), {100.0: 0.0, 300.0: 0.0}
    for row in range(12_000):
        size = 100.0 if row < 9_000 else 300.0
        many = sum(counts.values()) > 4_096.0
        prints.trade(10.0, size, 0.01 * row)
        counts[size] += 1.0
        if many:
            counts = {each: 0.5 * count for each, count in counts.items()}

    old, new = (prints.see(10.0, size, 120.0)[1] / 48.0 for size in (100.0, 300.0))

    # Of 12,000 prints, a quarter are new, but most of those that are remembered.
    assert new == pytest.approx(counts[300.0] / sum(counts.values()))
    assert old == pytest.approx(1.0 - new)
    assert new > 0.5


def test_a_late_print_is_as_surprising_as_it_is_rare_and_late() -> None:
    symbol, share, usual = Lateness(), 0.002, 0.4
    symbol.s[at.LATE_SHARE], symbol.s[at.LATE_TYPICAL] = share, usual - 0.01
    found = []
    for late_s in (0.1, 0.4, 0.0, 40.0):
        symbol.see(late_s)
        found.append(symbol.x[feature.STALE])

    rarity = -math.log10(share)
    assert found == pytest.approx(
        [0.25 * rarity + math.log10(1.25), rarity + math.log10(2.0), 0.0, rarity + math.log10(101.0)]
    )
    assert (symbol.raw[feature.STALE], symbol.usual[feature.STALE]) == (40.0, pytest.approx(usual - 0.01))


def test_lateness_is_never_rarer_than_one_print_in_ten_thousand_nor_commoner_than_all() -> None:
    symbol = Lateness()
    found = []
    for share in (0.0, 1e-9, 1.0, 1.0 + 1e-9):
        symbol.s[at.LATE_SHARE] = share
        symbol.see(1e-2)
        found.append(symbol.x[feature.STALE])

    assert found == pytest.approx([4.0 + math.log10(2.0)] * 2 + [math.log10(2.0)] * 2)


def test_the_share_of_late_prints_and_their_usual_lateness_are_learned() -> None:
    symbol, generator = Lateness(), np.random.default_rng(12)
    lates, shares = generator.choice([0.0, 0.3], 12_000, p=[0.8, 0.2]), []
    for late_s in lates.tolist():
        symbol.learn(late_s)
        shares.append(symbol.s[at.LATE_SHARE])

    assert np.mean(shares[4_000:]) == pytest.approx(0.2, abs=0.02)
    assert np.std(shares[4_000:]) < 0.02
    assert symbol.s[at.LATE_TYPICAL] == pytest.approx(0.3, rel=1e-3)


def test_few_prints_that_are_all_late_do_not_make_lateness_usual() -> None:
    symbol = Lateness()
    for _print in range(10):
        symbol.learn(5.0)

    assert symbol.s[at.LATE_SHARE] < 0.1


def test_a_print_that_is_a_day_late_counts_as_ten_times_the_usual_lateness() -> None:
    symbol = Lateness()
    symbol.s[at.LATE_TYPICAL] = 0.29

    symbol.learn(86_400.0)

    assert symbol.s[at.LATE_TYPICAL] == pytest.approx(0.98 * 0.29 + 0.02 * 10.0 * 0.30)


def test_a_delay_is_measured_in_spreads_above_its_centre_and_short_ones_are_alike() -> None:
    symbol, delays = Lateness(), np.random.default_rng(13).lognormal(-2.0, 1.2, 18)
    for delay in delays.tolist():
        symbol.learn(0.0, delay)
    logs = np.log(delays + 0.05)
    means = np.cumsum(logs) / np.arange(1, len(logs) + 1)
    spread = max(0.25, float(np.abs(logs[1:] - means[:-1]).sum()) / len(logs))

    symbol.see(0.0, 30.0)

    assert symbol.x[feature.FEED_DELAY] == pytest.approx((math.log(30.05) - means[-1]) / spread)
    assert symbol.raw[feature.FEED_DELAY] == 30.0
    assert symbol.usual[feature.FEED_DELAY] == pytest.approx(math.exp(means[-1]) - 0.05)


def test_a_delay_of_a_millisecond_is_as_good_as_none() -> None:
    symbol = Lateness()
    for _print in range(300):
        symbol.learn(0.0, 1e-6)

    symbol.see(0.0, 1e-3)

    assert symbol.x[feature.FEED_DELAY] < 0.1
    assert symbol.usual[feature.FEED_DELAY] == pytest.approx(1e-6, abs=1e-9)
