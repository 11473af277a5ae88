"""Tails, learned: each symbol's own level and mean excess, from the maxima of its blocks of 128 prints."""

import math

import numpy as np
import pytest

from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel import odd, tails
from tests import kernel
from tests.kernel import Floats, Integers, winsorised_share


def learned(maxima: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """Learn from blocks with these maxima in every feature; return level and mean excess of one after each block."""
    s, k = kernel.state()
    tails.start(s, rows)
    levels, excesses = np.empty(len(maxima)), np.empty(len(maxima))
    for block, highest in enumerate(maxima):
        tails.adapt(s, k, rows, np.full(feature.N_FEATURES, highest), 128 * block + 127, 0)
        levels[block], excesses[block] = s[at.TAIL_LEVEL + feature.RATE_2S], s[at.TAIL_EXCESS + feature.RATE_2S]
    return levels, excesses


def test_a_burst_of_large_values_counts_as_one() -> None:
    rows = kernel.tail_rows()
    after = []
    for large in (1, 100):
        s, k = kernel.state()
        tails.start(s, rows)
        for count in range(128):
            tails.adapt(s, k, rows, np.full(feature.N_FEATURES, 8.0 if count < large else 1.0), count, 0)
        after.append(s)

    assert np.array_equal(after[0], after[1])
    assert after[0][at.TAIL_LEVEL : at.TAIL_LEVEL + feature.N_FEATURES].min() > 4.0


def test_a_symbol_finds_the_median_of_its_own_maxima_and_their_mean_excess() -> None:
    generator = np.random.default_rng(1)
    below, above = generator.uniform(5.0, 6.0, 4_000), 6.0 + generator.exponential(0.9, 4_000)
    maxima = np.where(generator.random(4_000) < 0.5, above, below)

    levels, excesses = learned(maxima, kernel.tail_rows())

    assert levels[1_000:].mean() == pytest.approx(6.0, rel=0.03)
    assert excesses[1_000:].mean() == pytest.approx(0.9 * winsorised_share(), rel=0.1)


def test_an_anomaly_in_every_fifth_block_hardly_moves_the_tail() -> None:
    maxima = np.random.default_rng(2).lognormal(math.log(4.0), 0.2, 2_000)
    poisoned = maxima.copy()
    poisoned[::5] = 1_000.0

    clean, hit = learned(maxima, kernel.tail_rows()), learned(poisoned, kernel.tail_rows())

    assert hit[0][500:].mean() < 1.1 * clean[0][500:].mean()
    assert hit[1].max() <= 4.0 * 0.5


@pytest.mark.parametrize(("maximum", "bound"), [(1e6, 4.0), (1e-6, 0.25)])
def test_the_level_stays_within_bounds_of_the_cards(maximum: float, bound: float) -> None:
    levels, excesses = learned(np.full(600, maximum), kernel.tail_rows())

    assert levels[-1] == pytest.approx(4.0 * bound)
    assert excesses[-1] == (pytest.approx(0.5 * bound) if maximum > 1.0 else 0.5)


def test_a_short_tail_stays_within_bounds_of_the_cards() -> None:
    _levels, excesses = learned(np.tile([4.0 + 1e-9, 3.9], 800), kernel.tail_rows())

    assert excesses.min() == pytest.approx(0.25 * 0.5)


def test_a_level_goes_up_as_far_as_down() -> None:
    up, _ = learned(np.array([5.0]), kernel.tail_rows())
    down, _ = learned(np.array([3.0]), kernel.tail_rows())

    assert down[0] < 4.0 < up[0]
    assert up[0] * down[0] == pytest.approx(4.0 * 4.0)


def test_only_sizes_learn_from_the_first_prints_and_blocks_end_with_the_last_of_them() -> None:
    rows, first = kernel.tail_rows(), 400
    s, k = kernel.state()
    tails.start(s, rows)
    ends: dict[int, list[int]] = {}
    for count in range(first + 2 * 128):
        before = s[at.TAIL_LEVEL : at.TAIL_LEVEL + feature.N_FEATURES].copy()
        tails.adapt(s, k, rows, np.full(feature.N_FEATURES, 5.0), count, first)
        for i in np.flatnonzero(s[at.TAIL_LEVEL : at.TAIL_LEVEL + feature.N_FEATURES] != before):
            ends.setdefault(int(i), []).append(count + 1)

    assert ends.pop(feature.SIZE) == [144, 272, 400, 528, 656]
    assert list(ends) == list(range(1, feature.N_FEATURES))
    assert set(map(tuple, ends.values())) == {(528, 656)}
    # The first block that a feature learns from is the first for its pace too.
    assert s[at.TAIL_LEVEL + feature.RATE_2S] == pytest.approx(learned(np.full(2, 5.0), rows)[0][-1])


def test_sizes_learn_faster_at_first() -> None:
    rows, (s, k) = kernel.tail_rows(), kernel.state()
    tails.start(s, rows)

    tails.adapt(s, k, rows, np.full(feature.N_FEATURES, 5.0), 127, 0)

    others = s[at.TAIL_LEVEL + 1 : at.TAIL_LEVEL + feature.N_FEATURES]
    assert s[at.TAIL_LEVEL + feature.SIZE] > others.max() == others.min() > 4.0


def test_an_odd_block_is_left_out_in_its_subject_and_forgotten() -> None:
    rows = kernel.tail_rows()
    s, k = kernel.state()
    tails.start(s, rows)

    def block(number: int, maximum: float) -> Integers:
        before = s[at.TAIL_LEVEL : at.TAIL_LEVEL + feature.N_FEATURES].copy()
        tails.adapt(s, k, rows, np.full(feature.N_FEATURES, maximum), 128 * number + 127, 0)
        moved: Integers = np.sign(s[at.TAIL_LEVEL : at.TAIL_LEVEL + feature.N_FEATURES] - before).astype(np.int64)
        return moved

    k[at.I_ODD_TAILS] = odd.OF_FEATURE[feature.SIZE]
    odd_block = block(0, 50.0)
    skipped = np.flatnonzero(k[: at.INTEGERS]).tolist()
    k[at.I_ODD_TAILS] = odd.OF_FEATURE[feature.SIZE]
    next_block = block(1, 1.0)

    assert odd_block.tolist() == [0] * feature.END_VOLUME + [1] * (feature.N_FEATURES - feature.END_VOLUME)
    assert skipped == [at.I_SKIPPED_TAILS]
    # Never two blocks in a row, and nothing of the first is left.
    assert next_block.tolist() == [-1] * feature.N_FEATURES
    assert not k[: at.INTEGERS].any()
