"""The forest: scikit-learn's `score_samples` against the project's walk over flat arrays, for speed and equality."""

import logging
import time
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bench.speed import peers
from bench.speed.report import Row, Table, spread_us, timed
from common.batch import TradeBatch
from detector.detectors import isolation_forest
from detector.grow import ROWS_PER_TREE, TREES, flatten, grow
from detector.kernel import forest, step
from detector.load import load_engine

logger = logging.getLogger(__name__)

GOAL_DIFFERENCE: Final = 1e-12
EQUALITY_ROWS: Final = 1_000_000
_TRAINING_ROWS: Final = 60_000
_SINGLE_ROWS: Final = 20_000
_PLAIN_ROWS: Final = 200
_CHUNK: Final = 100_000
_LEAST_NOISE: Final = 1e-3
_ROWS: Final = (
    "The rows compared are real ones with and without noise, heavy-tailed random ones, and ones whose values lie on "
    "split thresholds and next to them."
)


def measure(batches: list[TradeBatch], count: int = EQUALITY_ROWS, seed: int = 1) -> Table:
    """Grow a forest from the trades' features, score with both, and compare.

    Parameters
    ----------
    batches : list of TradeBatch
        Trades in time order.
    count : int
        Number of rows to compare.
    seed : int
        Seed of the forest and the rows.
    """
    generator = np.random.default_rng(seed)
    real = inputs(batches)
    logger.info("Forest: growing %d trees of %d rows.", TREES, ROWS_PER_TREE)
    grown = grow(training_rows(real, generator), seed)
    trees = flatten(grown)
    nodes, roots, length = trees.nodes(), trees.roots, trees.normal_length()
    logger.info("Forest: comparing %d rows.", count)
    rows = compared_rows(real, trees.feature, trees.threshold, count, generator)
    walk(nodes, roots, rows[:1], length, np.empty(1))
    ours = np.empty(count)
    began = time.perf_counter()
    walk(nodes, roots, rows, length, ours)
    walk_us = (time.perf_counter() - began) / count * 1e6
    theirs = np.empty(count)
    began = time.perf_counter()
    for start in range(0, count, _CHUNK):
        theirs[start : start + _CHUNK] = -grown.score_samples(rows[start : start + _CHUNK])
    batch_us = (time.perf_counter() - began) / count * 1e6
    difference = float(np.abs(ours - theirs).max())
    logger.info("Forest: timing row by row.")
    # Rows of all kinds, because the kinds lie at different depths of the trees.
    chosen = generator.permutation(count)[:_SINGLE_ROWS]
    some = rows[chosen]
    single = np.array([timed(forest.score, nodes, roots, row, length) for row in some])
    plain = np.array([timed(grown.score_samples, row[None]) for row in some[:_PLAIN_ROWS]])
    equal = difference <= GOAL_DIFFERENCE
    return Table(
        "forest",
        f"Forest of {TREES} trees x {min(ROWS_PER_TREE, len(real)):,} rows",
        [
            Row("this project, row by row from Python", spread_us(single) | {"rows": len(single)}),
            Row("scikit-learn `score_samples`, row by row", spread_us(plain) | {"rows": len(plain)}),
            *peers.rows(grown, some, ours[chosen]),
            Row("this project, in one compiled loop", {"mean_us": walk_us, "rows": count}),
            Row("scikit-learn `score_samples`, in batches", {"mean_us": batch_us, "rows": count}),
            Row(
                "largest difference of scores",
                {"difference": difference, "rows": count},
                f"≤ {GOAL_DIFFERENCE:.0e}",
                equal,
            ),
        ],
        [_ROWS],
        "" if equal else f"the forest differs from scikit-learn's by {difference:.2g}",
    )


@njit(nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def walk(nodes: Any, roots: Any, rows: Any, normal_length: float, out: Any) -> None:
    """Fill `out` with the score of each row."""
    for i in range(len(rows)):
        out[i] = forest.score(nodes, roots, rows[i], normal_length)


def inputs(batches: list[TradeBatch]) -> NDArray[np.float32]:
    """Return the forest's input for each print: the capped surprises of its features, shape (n, N_FEATURES)."""
    engine, states = load_engine(), dict[str, NDArray[np.float64]]()
    values = np.concatenate([engine.features(batch, states, step.SURPRISE) for batch in batches])
    rows: NDArray[np.float32] = np.minimum(values, isolation_forest.MOST_INPUT).astype(np.float32)
    return rows


def training_rows(real: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    """Return real rows and, as in training, one heavy-tailed random row for every twenty."""
    chosen = real[generator.integers(len(real), size=min(_TRAINING_ROWS, len(real)))]
    return np.concatenate([chosen, _heavy(real, max(1, len(chosen) // 20), generator)])


def compared_rows(
    real: NDArray[np.float32],
    feature: NDArray[np.int8],
    threshold: NDArray[np.float64],
    count: int,
    generator: np.random.Generator,
) -> NDArray[np.float32]:
    """Return rows on which two forests might differ, a quarter of each of four kinds, shape (count, n_features)."""
    rows = real[generator.integers(len(real), size=count)]
    quarter = max(1, count // 4)
    noise = generator.normal(size=(quarter, rows.shape[1])) * np.maximum(real.std(axis=0), _LEAST_NOISE)
    rows[:quarter] += noise.astype(np.float32)
    rows[quarter : 2 * quarter] = _heavy(real, len(rows[quarter : 2 * quarter]), generator)
    splits = np.flatnonzero(feature >= 0)
    on_edges = np.arange(2 * quarter, min(3 * quarter, count))
    for _value in range(4):
        split = generator.choice(splits, len(on_edges))
        edge = threshold[split].astype(np.float32)
        side = generator.choice(np.array([-np.inf, np.inf], dtype=np.float32), len(on_edges))
        moved = np.where(generator.random(len(on_edges)) < 0.5, edge, np.nextafter(edge, side))
        rows[on_edges, feature[split]] = moved
    return rows


def _heavy(real: NDArray[np.float32], count: int, generator: np.random.Generator) -> NDArray[np.float32]:
    scale = np.maximum(real.std(axis=0), _LEAST_NOISE)
    rows: NDArray[np.float32] = (generator.standard_t(1.5, size=(count, real.shape[1])) * scale).astype(np.float32)
    return rows
