"""Training: clean prints in, a model out, using the same kernel that will run it."""

import logging
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import sklearn
from numpy.typing import NDArray

from common.batch import TradeBatch
from common.errors import InputError
from detector import fit, intact
from detector.budget import Budget
from detector.catalog import NAMES
from detector.columns import would_fire
from detector.detectors import isolation_forest
from detector.engine import Engine
from detector.grow import flatten, grow
from detector.kernel import features as feature
from detector.kernel import forest, step
from detector.kernel.layout import N_CHANNELS
from detector.kernel.tails import KNEE, ROW, SLOPE
from detector.model import FEATURE_VERSION, Forest, Model

logger = logging.getLogger(__name__)

BACKGROUND_SHARE: Final = 0.05
LEAST_PRINTS: Final = 5_000
GOLDEN_ROWS: Final = 16
_REFERENCE_RATE: Final = 150.0
_AIM: Final = 0.47
"""Share of the budget to aim for: symbols unseen in training alert more often than those seen."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The prints of one training run: batches of one or more symbols, in order."""

    name: str
    batches: tuple[TradeBatch, ...]


@dataclass(slots=True)
class _Pass:
    """Output of one pass of the kernel over all streams, without each symbol's learning prints."""

    values: NDArray[np.float64]
    ts_event: NDArray[np.int64]
    group: NDArray[np.int64]

    def by_group(self, column: int) -> list[NDArray[np.float64]]:
        return [self.values[self.group == group, column] for group in np.unique(self.group)]


def train(streams: list[Stream], seed: int, version: str, card: dict[str, Any]) -> Model:
    """Train a model.

    Parameters
    ----------
    streams : list of Stream
        Prints taken as ordinary; a few anomalies among them do no harm.
    seed : int
        Seed of the forest and its background rows; the same streams and seed give the same model.
    version : str
        Version of the model.
    card : dict
        What the card should say about the data.

    Raises
    ------
    InputError
        If there are fewer than `LEAST_PRINTS` prints after warm-up.
    """
    model = _blank()
    found = _run(model, streams, step.X)
    if len(found.values) < LEAST_PRINTS:
        raise InputError(
            f"{len(found.values)} prints are left after each symbol's first {step.LEARNING_PRINTS}; "
            f"training needs {LEAST_PRINTS} or more"
        )
    logger.info("The features are measured. prints=%d", len(found.values))
    model = replace(model, tails=_tails(found))
    model = replace(model, tails=_calibrated(model.tails, _run(model, streams, step.SURPRISE, closing=True)))
    found = _run(model, streams, step.SURPRISE)
    logger.info("The tails are fitted.")
    trees, score_tail, golden = _forest(found, seed)
    tails = np.concatenate([model.tails[: feature.N_FEATURES * ROW], score_tail])
    model = replace(model, tails=tails, forest=trees, card=model.card | {"golden": golden})
    logger.info("The forest is grown. trees=%d", len(trees.roots))
    for number in (1, 2):
        model = _calibrate(model, streams)
        logger.info("The thresholds are set. round=%d of=2", number)
    full = {
        "arrays_digest": intact.digest(model.arrays()),
        "version": version,
        "feature_version": FEATURE_VERSION,
        "features": list(NAMES),
        "seed": seed,
        "scikit_learn": sklearn.__version__,
        "numpy": np.__version__,
        "trees": len(trees.roots),
        "training_prints": len(found.values),
        "joint_factor": model.card["joint_factor"],
        "golden": golden,
    }
    return replace(model, card=card | full)


def _blank() -> Model:
    identity = np.concatenate([fit.identity_tail() for _ in range(fit.N_TAILS)])
    no_trees = Forest(np.zeros(0, np.int8), np.zeros(0), np.zeros(0, np.int32), np.zeros(0, np.int64))
    rates = np.array([1000.0, 1.0])
    margins = np.full((N_CHANNELS, 2), 100.0) + np.array([0.0, 3.0])
    return Model(
        identity,
        np.full(N_CHANNELS, 3.0),
        rates,
        margins,
        no_trees,
        {"version": "0", "joint_factor": 1.0, "golden": []},
    )


def _run(model: Model, streams: list[Stream], row: int, *, closing: bool = False) -> _Pass:
    engine = Engine(model, Budget(alerts_per_million=_REFERENCE_RATE))
    values, times, groups = [], [], []
    next_group = 0
    for stream in streams:
        states: dict[str, NDArray[np.float64]] = {}
        seen: dict[str, int] = {}
        ids: dict[str, int] = {}
        for batch in stream.batches:
            columns = engine.features(batch, states, row, closing=closing)
            group = np.empty(len(batch), dtype=np.int64)
            warm = np.zeros(len(batch), dtype=bool)
            for j in np.unique(batch.symbol):
                rows = np.flatnonzero(batch.symbol == j)
                name = batch.symbols[j]
                if name not in ids:
                    ids[name], next_group = next_group, next_group + 1
                group[rows] = ids[name]
                before = seen.get(name, 0)
                warm[rows] = before + np.arange(len(rows)) >= step.LEARNING_PRINTS
                seen[name] = before + len(rows)
            values.append(columns[warm])
            times.append(batch.ts_event[warm])
            groups.append(group[warm])
    return _Pass(np.concatenate(values), np.concatenate(times), np.concatenate(groups))


def _tails(found: _Pass) -> NDArray[np.float64]:
    rows = []
    for column in range(feature.N_FEATURES):
        own = column in (feature.STALE, feature.FEED_DELAY)
        shapes = fit.SIZE_SHAPES if column < feature.END_VOLUME else fit.SHAPES
        fitted = None if own else fit.fit_tail(found.by_group(column), shapes)
        rows.append(fit.identity_tail() if fitted is None else fitted)
    return np.concatenate([*rows, fit.identity_tail()])


def _calibrated(rows: NDArray[np.float64], found: _Pass) -> NDArray[np.float64]:
    rows = rows.copy()
    for column in range(feature.STALE):
        pair = slice(column * ROW + KNEE, column * ROW + SLOPE + 1)
        rows[pair] = fit.calibration(found.values[:, column], found.ts_event, found.group)
    return rows


def _forest(found: _Pass, seed: int) -> tuple[Forest, NDArray[np.float64], list[dict[str, Any]]]:
    generator = np.random.default_rng(seed)
    inputs = np.minimum(found.values, isolation_forest.MOST_INPUT)
    # Symbols have equal weight, however many prints each has.
    groups = np.unique(found.group)
    share = min(60_000, len(inputs)) // len(groups)
    chosen = [generator.choice(np.flatnonzero(found.group == group), share) for group in groups]
    ordinary = inputs[np.concatenate(chosen)]
    background = fit.spread(ordinary, int(len(ordinary) * BACKGROUND_SHARE), generator)
    rows = np.concatenate([ordinary, np.minimum(background, isolation_forest.MOST_INPUT)]).astype(np.float32)
    grown = grow(rows, seed)
    trees = flatten(grown)
    scores = np.zeros(len(inputs))
    nodes, length = trees.nodes(), trees.normal_length()
    scratch = np.empty(feature.N_FEATURES, dtype=np.float32)
    for index, values in enumerate(inputs):
        if isolation_forest.inputs(values, scratch):
            scores[index] = forest.score(nodes, trees.roots, scratch, length)
    tail = fit.fit_tail([scores[found.group == group] for group in groups])
    picked = rows[generator.choice(len(rows), GOLDEN_ROWS, replace=False)]
    expected = -grown.score_samples(picked)
    golden = [
        {"row": [float(value) for value in row], "score": float(score)}
        for row, score in zip(picked, expected, strict=True)
    ]
    return trees, tail if tail is not None else fit.identity_tail(), golden


def _calibrate(model: Model, streams: list[Stream]) -> Model:
    # All prints are treated as near the close: few really are, and moves there are no different from earlier ones.
    found = _run(model, streams, step.SCORES, closing=True)
    quantiles = np.array([fit.block_quantile(found.by_group(channel)) for channel in range(N_CHANNELS)])
    settled = replace(model, quantiles=quantiles)
    found = _run(settled, streams, step.SCORES, closing=True)
    margins = [
        fit.margins(
            found.values[:, step.MARGINS + channel],
            found.values[:, step.ECHOES + channel],
            float(quantiles[channel]),
            found.ts_event,
            found.group,
        )
        for channel in range(N_CHANNELS)
    ]
    calibrated = replace(settled, rates=fit.RATES, margins=np.array(margins))
    own = Engine(replace(calibrated, card=model.card | {"joint_factor": 1.0}), Budget(_REFERENCE_RATE)).margins
    found = _run(settled, streams, step.SCORES)
    flagged = np.any(would_fire(found.values, own), axis=1)
    together = fit.episodes_per_million(found.ts_event, found.group, flagged)
    factor = float(np.clip(_AIM * _REFERENCE_RATE / max(together, 1.0), 0.3, 1.6))
    return replace(calibrated, card=model.card | {"joint_factor": round(factor, 3)})
