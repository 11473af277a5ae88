"""Odd blocks and echoes: what an extreme print keeps from being learned, and what it is no longer news after."""

import numpy as np
import pytest

from detector import catalog, detectors
from detector.detectors import high_volume, surprise
from detector.kernel import control, echoes, odd
from detector.kernel import features as feature
from detector.kernel import layout as at
from tests import kernel
from tests.kernel import Floats

SUBJECTS = {
    "volume": {"block", "sliced_block"},
    "price": {"off_market", "price_burst", "close_ramp"},
    "repetition": {"repeated_prints"},
    "lateness": {"stale_print"},
}
"""The kinds of anomalies that belong to one subject; bursts of trades have none."""
LONG = (
    detectors.SUMS,
    detectors.MOVES,
    detectors.DRIFTS,
    detectors.CLOSES,
    detectors.RATES,
    detectors.REPEATS,
)


def subject_of(kind: str) -> str | None:
    return next((name for name, kinds in SUBJECTS.items() if kind in kinds), None)


def channels_of(i: int) -> list[int]:
    """Return the channels to whose score a feature contributes."""
    surprises, scores = np.zeros(feature.N_FEATURES), np.zeros(at.N_CHANNELS)
    surprises[i] = 9.0
    high_volume.score(surprises, scores)
    surprise.score(surprises, scores)
    return np.flatnonzero(scores).tolist()


def remembered(scores: list[float], channel: int, *, closing: bool = True) -> Floats:
    """Return the state of a symbol after a channel had these scores, one a print."""
    s, _k = kernel.state()
    for score in scores:
        row = np.zeros(at.N_CHANNELS)
        row[channel] = score
        echoes.remember(s, row, closing)
    return s


def test_features_of_one_subject_share_a_bit_and_subjects_have_bits_of_their_own() -> None:
    bits: dict[str | None, set[int]] = {}
    for i, entry in enumerate(catalog.FEATURES):
        bits.setdefault(subject_of(entry.kind), set()).add(int(odd.OF_FEATURE[i]))

    assert bits.pop(None) == {0}
    assert all(len(own) == 1 for own in bits.values())
    assert sorted(bit for (bit,) in bits.values()) == [1, 2, 4, 8]


@pytest.mark.parametrize("i", range(feature.N_FEATURES), ids=catalog.NAMES)
def test_a_feature_and_its_channel_are_of_one_subject(i: int) -> None:
    (channel,) = channels_of(i)

    assert odd.OF_CHANNEL[channel] == odd.OF_FEATURE[i]


def test_what_only_the_forest_finds_keeps_no_feature_from_learning() -> None:
    together = int(odd.OF_CHANNEL[detectors.FOREST])

    assert together > 0
    assert (odd.OF_FEATURE & together == 0).all()
    assert (odd.OF_CHANNEL[: detectors.FOREST] & together == 0).all()


def test_several_extreme_channels_make_a_block_odd_in_each_subject() -> None:
    _s, k = kernel.state()
    limits, margins = np.full(at.N_CHANNELS, 2.0), np.zeros(at.N_CHANNELS)
    for channel in (detectors.SIZE, detectors.MOVES):
        margins[:] = 0.0
        margins[channel] = 2.1
        odd.note(k, limits, margins)

    both = odd.OF_CHANNEL[detectors.SIZE] | odd.OF_CHANNEL[detectors.MOVES]
    assert k[at.I_ODD_TAILS] == k[at.I_ODD_SCORES] == both
    assert odd.left_out(k, at.I_ODD_SCORES, at.I_SKIPPED_SCORES) == both
    assert (k[at.I_ODD_TAILS], k[at.I_ODD_SCORES]) == (both, 0)


def test_a_score_at_the_limit_is_not_odd() -> None:
    _s, k = kernel.state()
    limits = np.full(at.N_CHANNELS, 2.0)

    odd.note(k, limits, limits)

    assert k[at.I_ODD_TAILS] == k[at.I_ODD_SCORES] == 0


def test_one_subject_that_recurs_does_not_excuse_another() -> None:
    _s, k = kernel.state()
    price, volume = int(odd.OF_CHANNEL[detectors.MOVES]), int(odd.OF_CHANNEL[detectors.SIZE])
    left = []
    for running in (price, price | volume, volume | price):
        k[at.I_ODD_TAILS] = running
        left.append(odd.left_out(k, at.I_ODD_TAILS, at.I_SKIPPED_TAILS))

    assert left == [price, volume, price]


@pytest.mark.parametrize("channel", range(at.N_CHANNELS), ids=detectors.CHANNELS)
def test_only_channels_over_long_windows_have_echoes(channel: int) -> None:
    s = remembered([8.0], channel)

    echo = echoes.highest(s, channel, 8.0)

    assert echo == (8.0 if channel in LONG else control.SILENT)


@pytest.mark.parametrize("channel", LONG)
def test_ten_times_as_rare_as_the_last_rise_is_news_at_any_threshold(channel: int) -> None:
    s = remembered([6.0, 6.9], channel)

    assert echoes.highest(s, channel, 6.9) > 6.8
    assert echoes.highest(s, channel, 7.1) == control.SILENT


def test_a_score_rises_again_once_it_has_fallen() -> None:
    s = remembered([8.0, 4.0], detectors.SUMS)

    # The last rise follows a falling score at the pace at which what is remembered fades, not at once.
    assert echoes.highest(s, detectors.SUMS, 8.5) > 7.8
    s = remembered([8.0, *[4.0] * 60], detectors.SUMS)
    assert echoes.highest(s, detectors.SUMS, 5.5) == control.SILENT


def test_a_last_rise_falls_no_lower_than_the_score() -> None:
    s = remembered([8.0, *[7.0] * 60], detectors.SUMS)

    assert echoes.highest(s, detectors.SUMS, 7.9) >= 7.0
    assert echoes.highest(s, detectors.SUMS, 8.1) == control.SILENT


@pytest.mark.parametrize("first", [0.0, 7.2])
def test_what_is_remembered_fades_by_prints(first: float) -> None:
    s = remembered([first, 8.0], detectors.RATES)

    peaks = []
    for _print in range(4):
        peaks.append(echoes.highest(s, detectors.RATES, 0.0))
        echoes.remember(s, np.zeros(at.N_CHANNELS), closing=True)

    assert peaks == pytest.approx([8.0 * 0.99**prints for prints in range(4)])


def test_moves_far_from_the_close_leave_no_memory_for_it() -> None:
    s = remembered([8.0], detectors.CLOSES, closing=False)

    assert echoes.highest(s, detectors.CLOSES, 8.0) == control.SILENT
    assert echoes.highest(remembered([8.0], detectors.MOVES, closing=False), detectors.MOVES, 8.0) == 8.0
