"""Thresholds: each channel's quantile of block maxima is the symbol's own, within bounds of the card's."""

import math

import numpy as np
import pytest

from detector import detectors
from detector.kernel import control, odd
from detector.kernel import layout as at
from tests import kernel
from tests.kernel import Floats, Integers

MEDIAN = math.log10(256.0)
"""The surprise that every second block of 128 prints exceeds."""


def card() -> Floats:
    """Return a card whose quantiles are 3.0, 3.1, … and whose thresholds lie 1.5 above them."""
    quantiles = 3.0 + 0.1 * np.arange(at.N_CHANNELS)
    return np.column_stack([quantiles, np.full(at.N_CHANNELS, 1.5), np.full(at.N_CHANNELS, 2.0)])


def levels(s: Floats) -> Floats:
    return s[at.LEVEL : at.LEVEL + at.N_CHANNELS].copy()


def fresh() -> tuple[Floats, Integers, Floats]:
    """Return the state of a symbol with the card's quantiles, its integer view, and the card."""
    s, k = kernel.state()
    control.start(s, card())
    return s, k, card()


def learned(maxima: Floats, channel: int) -> Floats:
    """Learn from blocks whose scores end with these maxima; return a channel's quantile after each block."""
    s, k, rows = fresh()
    found = np.empty(len(maxima))
    for block, highest in enumerate(maxima):
        control.learn(s, k, rows, np.full(at.N_CHANNELS, highest), 128 * block + 127)
        found[block] = s[at.LEVEL + channel]
    return found


def test_a_new_symbol_has_the_cards_quantiles() -> None:
    s, _k, rows = fresh()

    assert levels(s) == pytest.approx(rows[:, control.QUANTILE])
    assert levels(s).min() > control.SILENT


def test_a_new_symbols_thresholds_are_a_decade_higher_and_fall_as_blocks_are_seen() -> None:
    s, k, rows = fresh()
    added = [control.young(s)]
    for block in range(200):
        control.learn(s, k, rows, np.zeros(at.N_CHANNELS), 128 * block + 127)
        added.append(control.young(s))

    assert added[0] == 1.0
    assert (np.diff(added) < 0.0).all()
    assert added[1] == pytest.approx(0.5)
    assert added[-1] < 0.01


def test_only_the_end_of_a_block_of_128_prints_teaches() -> None:
    s, k, rows = fresh()

    ends = []
    for count in range(400, 800):
        before = levels(s)
        control.learn(s, k, rows, np.full(at.N_CHANNELS, 9.0), count)
        if (levels(s) != before).all():
            ends.append(count + 1)
        else:
            assert np.array_equal(levels(s), before)

    assert ends == [512, 640, 768]


def test_the_highest_score_of_a_block_counts_wherever_it_stands_and_in_no_other_block() -> None:
    (s, k, rows), moves = fresh(), []
    for block in range(2):
        before = levels(s)
        for count in range(128):
            scores = np.full(at.N_CHANNELS, 9.0 if (block, count) == (0, 5) else 1.0)
            control.learn(s, k, rows, scores, 128 * block + count)
        moves.append(np.sign(levels(s) - before).tolist())

    assert moves == [[1.0] * at.N_CHANNELS, [-1.0] * at.N_CHANNELS]


@pytest.mark.parametrize("channel", [detectors.SIZE, detectors.JUMPS, detectors.FOREST])
def test_a_symbol_finds_the_90_percent_quantile_of_its_own_maxima(channel: int) -> None:
    card_level = 3.0 + 0.1 * channel
    maxima = card_level + np.random.default_rng(3).logistic(-0.5, 0.3, 4_000)

    found = learned(maxima, channel)

    assert (maxima[1_000:] > found[999:-1]).mean() == pytest.approx(0.1, abs=0.012)
    assert found[1_000:].mean() == pytest.approx(card_level - 0.5 + 0.3 * math.log(9.0), abs=0.05)


def test_jumps_are_learned_faster_than_the_rest() -> None:
    s, k, rows = fresh()

    control.learn(s, k, rows, np.full(at.N_CHANNELS, 9.0), 127)

    moved = levels(s) - rows[:, control.QUANTILE]
    others = np.delete(moved, detectors.JUMPS)
    assert others == pytest.approx(np.full(at.N_CHANNELS - 1, others[0]))
    assert moved[detectors.JUMPS] > 2.0 * others[0] > 0.0


@pytest.mark.parametrize(("score", "bound"), [(1e3, 1.0), (-1e3, -0.5)])
def test_a_quantile_stays_between_half_a_decade_below_and_one_above_the_cards(score: float, bound: float) -> None:
    s, k, rows = fresh()
    for block in range(2_500):
        control.learn(s, k, rows, np.full(at.N_CHANNELS, score), 128 * block + 127)

    assert levels(s) == pytest.approx(rows[:, control.QUANTILE] + bound)


def test_a_quantile_moves_less_the_more_blocks_it_has_seen() -> None:
    found = learned(np.full(60, -1.0), detectors.SIZE)

    steps = -np.diff(found)
    assert (steps > 0.0).all()
    assert (np.diff(steps) < 0.0).all()


@pytest.mark.parametrize("channel", range(at.N_CHANNELS), ids=detectors.CHANNELS)
def test_an_odd_block_teaches_no_channel_of_its_subject_but_all_others(channel: int) -> None:
    s, k, rows = fresh()
    k[at.I_ODD_SCORES] = odd.OF_CHANNEL[channel]

    control.learn(s, k, rows, np.full(at.N_CHANNELS, 9.0), 127)
    left_out = levels(s) == rows[:, control.QUANTILE]
    before, skipped = levels(s), k.copy()
    k[at.I_ODD_SCORES] = odd.OF_CHANNEL[channel]
    control.learn(s, k, rows, np.full(at.N_CHANNELS, 1.0), 255)

    own = odd.OF_CHANNEL[channel]
    assert left_out.tolist() == [own != 0 and subject == own for subject in odd.OF_CHANNEL]
    assert set(np.flatnonzero(skipped[: at.INTEGERS]).tolist()) <= {at.I_SKIPPED_SCORES}
    # Never two blocks in a row, and nothing of the first is left.
    assert (levels(s) < before).all()
    assert not k[: at.INTEGERS].any()


def test_the_unit_of_margin_is_the_distance_from_median_to_quantile_but_for_jumps_alone() -> None:
    s, _k, rows = fresh()
    usual = rows[detectors.JUMPS, control.QUANTILE] - MEDIAN
    s[at.LEVEL : at.LEVEL + at.N_CHANNELS] = MEDIAN + 0.7 * usual

    units = [control.stretch(s, rows, channel) for channel in range(at.N_CHANNELS)]

    assert units.pop(detectors.JUMPS) == pytest.approx(0.7)
    assert set(units) == {1.0}


@pytest.mark.parametrize(("own", "unit"), [(3.0, 1.0), (1.0, 1.0), (0.5, 0.5), (0.1, 0.4), (-1.0, 0.4)])
def test_the_unit_of_jumps_is_never_above_one_nor_much_below(own: float, unit: float) -> None:
    s, _k, rows = fresh()
    s[at.LEVEL + detectors.JUMPS] = MEDIAN + own * (rows[detectors.JUMPS, control.QUANTILE] - MEDIAN)

    assert control.stretch(s, rows, detectors.JUMPS) == pytest.approx(unit)


def test_a_card_without_a_tail_of_jumps_has_the_plain_unit() -> None:
    s, _k, rows = fresh()
    rows[detectors.JUMPS, control.QUANTILE] = MEDIAN - 0.1
    s[at.LEVEL + detectors.JUMPS] = MEDIAN + 0.05

    assert control.stretch(s, rows, detectors.JUMPS) == 1.0
