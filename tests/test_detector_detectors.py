"""The detectors: which features speak in which channel, and what the forest is asked about."""

import math

import numpy as np
import pytest

from detector import catalog, detectors
from detector.detectors import high_volume, isolation_forest, surprise
from detector.kernel import features as feature
from detector.kernel import forest, tails
from detector.kernel import layout as at
from detector.model import Forest
from tests import kernel
from tests.kernel import Floats

CHANNEL = {
    "block": detectors.SIZE,
    "sliced_block": detectors.SUMS,
    "off_market": detectors.JUMPS,
    "close_ramp": detectors.CLOSES,
    "rate_burst": detectors.RATES,
    "repeated_prints": detectors.REPEATS,
    "stale_print": detectors.LATENESS,
}
"""The channel of each kind of anomaly but price bursts, which have one for moves and one for drifts over minutes."""
NEARLY_DUPLICATES = {
    "size_run_10_prints",
    "size_run_60_prints",
    "print_return",
    "snapback",
    "vwap_deviation",
    "vwap_drift",
    "rate_2s",
}
"""Features that speak only if they are rather more surprising than others."""


def scores_of(surprises: Floats) -> Floats:
    scores = np.full(at.N_CHANNELS, 99.0)
    scores[detectors.FOREST] = 0.0
    high_volume.score(surprises, scores)
    surprise.score(surprises, scores)
    return scores


def only(i: int, value: float = 6.0) -> Floats:
    surprises = np.zeros(feature.N_FEATURES)
    surprises[i] = value
    return surprises


def stumps() -> tuple[Floats, Floats]:
    """Return the nodes and roots of two trees that split once: on size at 3, and on repeats at 5."""
    nodes = np.array(
        [
            [feature.SIZE, 3.0, 1.0, 4.0],
            [-1.0, 0.0, 0.0, 5.0],
            [-1.0, 0.0, 0.0, 1.0],
            [feature.REPEATS, 5.0, 4.0, 7.0],
            [-1.0, 0.0, 0.0, 8.0],
            [-1.0, 0.0, 0.0, 2.0],
        ]
    )
    return nodes, np.array([0, 3])


@pytest.mark.parametrize("i", range(feature.N_FEATURES), ids=catalog.NAMES)
def test_a_feature_speaks_in_the_channel_of_its_kind_alone(i: int) -> None:
    entry = catalog.FEATURES[i]
    bursts = detectors.DRIFTS if i >= feature.MOVE_200P else detectors.MOVES

    scores = scores_of(only(i))

    channel = CHANNEL.get(entry.kind, bursts)
    assert np.flatnonzero(scores).tolist() == [channel]
    if entry.name in NEARLY_DUPLICATES:
        assert 5.0 <= scores[channel] < 6.0
    else:
        assert scores[channel] == 6.0


def test_a_channel_has_the_score_of_its_most_surprising_feature() -> None:
    surprises = np.full(feature.N_FEATURES, 2.0)
    surprises[[feature.VOLUME_60P, feature.OFF_MARKET, feature.PATH_MOVE, feature.RATE_SCAN]] = 5.0, 6.0, 7.0, 8.0

    scores = scores_of(surprises)

    told = (detectors.SUMS, detectors.JUMPS, detectors.MOVES, detectors.RATES)
    assert [scores[channel] for channel in told] == [5.0, 6.0, 7.0, 8.0]
    assert np.delete(scores, (*told, detectors.FOREST)).tolist() == [2.0] * (at.N_CHANNELS - 5)


def test_no_score_is_negative() -> None:
    assert scores_of(np.full(feature.N_FEATURES, 0.1)).min() >= 0.0
    assert not scores_of(np.zeros(feature.N_FEATURES)).any()


def test_every_channel_belongs_to_a_detector() -> None:
    assert len(detectors.CHANNELS) == len(detectors.DETECTOR_OF) == at.N_CHANNELS
    owners = {name: detectors.NAMES[detectors.DETECTOR_OF[c]] for c, name in enumerate(detectors.CHANNELS)}
    assert [name for name, owner in owners.items() if owner == "high_volume"] == ["size", "sums"]
    assert [name for name, owner in owners.items() if owner == "isolation_forest"] == ["forest"]


def test_the_forest_walks_each_tree_to_a_leaf_and_averages_path_lengths() -> None:
    nodes, roots = stumps()
    row = np.zeros(feature.N_FEATURES, dtype=np.float32)
    found = []
    for size, repeats in ((3.0, 5.0), (3.1, 5.0), (3.1, 5.1)):
        row[feature.SIZE], row[feature.REPEATS] = size, repeats
        found.append(forest.score(nodes, roots, row, 4.0))

    # Liu, Ting, Zhou (2008): 2^(-mean path / normal path).
    assert found == pytest.approx([2.0 ** (-(length / 2) / 4.0) for length in (5.0 + 8.0, 1.0 + 8.0, 1.0 + 2.0)])


def test_the_gain_of_a_split_is_by_how_much_it_shortens_the_expected_path() -> None:
    nodes, roots = stumps()
    row, gains = np.zeros(feature.N_FEATURES, dtype=np.float32), np.zeros(feature.N_FEATURES)
    row[feature.SIZE] = 9.0

    forest.gains(nodes, roots, row, gains)

    assert np.flatnonzero(gains).tolist() == [feature.SIZE, feature.REPEATS]
    assert (gains[feature.SIZE], gains[feature.REPEATS]) == (4.0 - 1.0, 7.0 - 8.0)


def test_a_node_is_worth_the_path_length_expected_below_it() -> None:
    # A root with a leaf of 10 rows on its left, and on its right a split into leaves of 2 rows and 1.
    tree = Forest(
        feature=np.array([0, -1, 1, -1, -1], dtype=np.int8),
        threshold=np.array([0.5, 0.0, 1.5, 0.0, 0.0]),
        rows=np.array([13, 10, 3, 2, 1], dtype=np.int32),
        roots=np.array([0]),
    )

    nodes = tree.nodes()

    # The average path in an unsplit subtree of 10 rows: 2 (H(9) - 9 / 10), H about ln + 0.5772.
    leaf = 1.0 + 2.0 * (math.log(9.0) + np.euler_gamma) - 2.0 * 9.0 / 10.0
    values = [leaf, 2.0 + 1.0, 2.0]
    right = (2 * values[1] + values[2]) / 3
    assert nodes[[1, 3, 4], forest.VALUE] == pytest.approx(values)
    assert nodes[[2, 0], forest.VALUE] == pytest.approx([right, (10 * leaf + 3 * right) / 13])
    assert nodes[[0, 2], forest.LEFT].tolist() == [1.0, 3.0]
    assert nodes[:, forest.FEATURE].tolist() == [0.0, -1.0, 1.0, -1.0, -1.0]
    assert nodes[[0, 2], forest.THRESHOLD].tolist() == [0.5, 1.5]


def test_inputs_are_capped_since_other_detectors_tell_what_is_beyond() -> None:
    row = np.zeros(feature.N_FEATURES, dtype=np.float32)

    isolation_forest.inputs(np.array([30.0, 7.5, *[1.0] * (feature.N_FEATURES - 2)]), row)

    assert row[:3].tolist() == [isolation_forest.MOST_INPUT, 7.5, 1.0]


@pytest.mark.parametrize(
    ("surprises", "asked"),
    [([4.5, 4.5], True), ([4.4, 4.5], False), ([6.9], False), ([7.0], True), ([1.9] * 20, False), ([2.3] * 20, True)],
)
def test_the_forest_is_asked_about_prints_with_enough_that_is_unusual(surprises: list[float], asked: bool) -> None:
    row = np.zeros(feature.N_FEATURES, dtype=np.float32)
    values = np.array(surprises + [0.0] * (feature.N_FEATURES - len(surprises)))

    # What is beyond a surprise of 2 must add up to 5.
    assert isolation_forest.inputs(values, row) == asked


def test_a_score_of_the_forest_is_a_surprise_by_the_last_tail() -> None:
    nodes, roots = stumps()
    rows, row = kernel.tail_rows(), np.zeros(feature.N_FEATURES, dtype=np.float32)
    base = feature.N_FEATURES * tails.ROW
    unusual, value = only(feature.SIZE, 9.0), 2.0 ** (-((1.0 + 8.0) / 2) / 4.0)
    rows[base + tails.SHAPE] = 0.25
    for level in (0.4, 0.5):
        rows[base + tails.LEVEL], rows[base + tails.EXCESS] = level, 0.05

        score = isolation_forest.score(unusual, rows, nodes, roots, row, 4.0)

        assert score == pytest.approx(tails.surprise(rows, feature.N_FEATURES, value, level, 0.05))
        assert (score > np.log10(256.0)) == (value > level)
    assert isolation_forest.score(only(feature.SIZE, 3.0), rows, nodes, roots, row, 4.0) == 0.0


def test_a_model_without_trees_scores_nothing() -> None:
    nodes, roots = stumps()
    row = np.zeros(feature.N_FEATURES, dtype=np.float32)

    assert isolation_forest.score(only(feature.SIZE, 9.0), kernel.tail_rows(), nodes[:0], roots[:0], row, 4.0) == 0.0
