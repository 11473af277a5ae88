"""scikit-learn's Isolation Forest → flat arrays."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from detector.model import Forest

TREES: Final = 100
ROWS_PER_TREE: Final = 4096


def grow(rows: NDArray[np.float32], seed: int) -> IsolationForest:
    """Train the forest: 100 trees of 4,096 rows each (all rows, if there are fewer)."""
    forest = IsolationForest(n_estimators=TREES, max_samples=min(ROWS_PER_TREE, len(rows)), random_state=seed)
    return forest.fit(rows)


def flatten(forest: IsolationForest) -> Forest:
    """Return the forest as flat arrays, each tree breadth-first."""
    features, thresholds, counts, roots = [], [], [], []
    start = 0
    for estimator in forest.estimators_:
        tree = estimator.tree_
        order = _breadth_first(tree)
        leaf = tree.children_left[order] < 0
        features.append(np.where(leaf, -1, tree.feature[order]).astype(np.int8))
        thresholds.append(np.where(leaf, 0.0, tree.threshold[order]))
        counts.append(tree.n_node_samples[order].astype(np.int32))
        roots.append(start)
        start += len(order)
    return Forest(
        np.concatenate(features), np.concatenate(thresholds), np.concatenate(counts), np.array(roots, dtype=np.int64)
    )


def _breadth_first(tree: Any) -> NDArray[np.int64]:
    order = [0]
    for node in order:
        if tree.children_left[node] >= 0:
            order += [int(tree.children_left[node]), int(tree.children_right[node])]
    return np.array(order, dtype=np.int64)
