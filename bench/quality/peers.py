"""Alternatives to this project, each as a score per print: larger is more anomalous."""

import importlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from bench.quality.tape import Tape
from detector.engine import Engine
from detector.kernel import step

Score = Callable[[Tape], NDArray[np.float64]]

_SEED: Final = 1
_FIT_PRINTS: Final = 1_000
_MOST_INPUT: Final = 8.0


def features(engine: Engine, tape: Tape) -> NDArray[np.float64]:
    """Return the surprises of the project's own features, shape (n, N_FEATURES), as its forest takes them."""
    return np.minimum(engine.features(tape.batch(), {}, step.SURPRISE), _MOST_INPUT)


def plain_rule(tape: Tape) -> NDArray[np.float64]:
    """Return the size, for the rule "size above a limit"."""
    return tape.size.astype(np.float64)


def plain_forest(tape: Tape) -> NDArray[np.float64]:
    """Return scores of scikit-learn's forest on price and size, fitted to the first thousand prints."""
    rows = np.column_stack([tape.price, tape.size])
    forest = IsolationForest(random_state=_SEED).fit(rows[:_FIT_PRINTS])
    scores: NDArray[np.float64] = -forest.score_samples(rows)
    return scores


def same_features_forest(engine: Engine, training: NDArray[np.float64]) -> Score:
    """Return scikit-learn's forest with its defaults, 100 trees of 256 rows, on the project's features."""
    forest = IsolationForest(random_state=_SEED).fit(training)
    return lambda tape: np.asarray(-forest.score_samples(features(engine, tape)))


def isotree_forest(engine: Engine, training: NDArray[np.float64]) -> Score:
    """Return isotree's extended forest with its defaults on the project's features."""
    forest: Any = importlib.import_module("isotree").IsolationForest(random_seed=_SEED, nthreads=-1)
    forest.fit(training)
    return lambda tape: np.asarray(forest.predict(features(engine, tape)))


def half_space_trees(engine: Engine) -> Score:
    """Return river's half-space trees, which learn from the stream itself, on the project's features."""
    anomaly: Any = importlib.import_module("river.anomaly")

    def score(tape: Tape) -> NDArray[np.float64]:
        model = anomaly.HalfSpaceTrees(n_trees=25, height=8, window_size=500, seed=_SEED)
        found = np.zeros(len(tape))
        for i, row in enumerate((features(engine, tape) / _MOST_INPUT).tolist()):
            values = dict(enumerate(row))
            found[i] = model.score_one(values)
            model.learn_one(values)
        return found

    return score


def random_cut_forest(engine: Engine) -> Score:
    """Return rrcf's robust random cut forest, over a sliding window, on the project's features."""
    rrcf: Any = importlib.import_module("rrcf")
    trees, window = 10, 128

    def score(tape: Tape) -> NDArray[np.float64]:
        np.random.seed(_SEED)
        forest = [rrcf.RCTree() for _ in range(trees)]
        found = np.zeros(len(tape))
        for i, row in enumerate(features(engine, tape) + np.random.default_rng(_SEED).normal(0, 1e-6, (len(tape), 1))):
            for tree in forest:
                if len(tree.leaves) >= window:
                    tree.forget_point(i - window)
                tree.insert_point(row, index=i)
                found[i] += tree.codisp(i)
        return found / trees

    return score
