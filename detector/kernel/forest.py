"""The Isolation Forest as one flat array of nodes (Liu, Ting, Zhou 2008), walked without any Python object.

A node is a row: feature (-1 at a leaf), split threshold, index of the left child (the right child follows it), and a
value. At a leaf, the value is the path length plus the average path length of an unsplit subtree; at a split, it is the
mean path length below it, weighted by training rows, which shows how much each step of a path gains.
"""

import math
from typing import Any, Final

import numpy as np
from numba import njit

FEATURE: Final = 0
THRESHOLD: Final = 1
LEFT: Final = 2
VALUE: Final = 3


@njit(cache=True, nogil=True)
def score(nodes: Any, roots: Any, row: Any, normal_length: float) -> float:
    """Return the anomaly score in (0, 1), the negative of scikit-learn's ``score_samples``.

    Parameters
    ----------
    nodes : ndarray of float64, shape (n_nodes, 4)
        As the module describes them. Thresholds are float64 and inputs float32, as in scikit-learn.
    roots : ndarray of int64, shape (n_trees,)
        Index of each tree's root node.
    row : ndarray of float32, shape (n_features,)
        The input.
    normal_length : float
        Average path length of an unsuccessful search in a tree grown from as many rows as these were.
    """
    total = 0.0
    for tree in range(len(roots)):
        node = roots[tree]
        feature = int(nodes[node, FEATURE])
        while feature >= 0:
            left = int(nodes[node, LEFT])
            node = left if np.float64(row[feature]) <= nodes[node, THRESHOLD] else left + 1
            feature = int(nodes[node, FEATURE])
        total += nodes[node, VALUE]
    return math.pow(2.0, -total / (len(roots) * normal_length))


@njit(cache=True, nogil=True)
def gains(nodes: Any, roots: Any, row: Any, out: Any) -> None:
    """Add to `out`, shape (n_features,), how much the splits on each feature shortened the expected path."""
    for tree in range(len(roots)):
        node = roots[tree]
        feature = int(nodes[node, FEATURE])
        while feature >= 0:
            left = int(nodes[node, LEFT])
            child = left if np.float64(row[feature]) <= nodes[node, THRESHOLD] else left + 1
            out[feature] += nodes[node, VALUE] - nodes[child, VALUE]
            node = child
            feature = int(nodes[node, FEATURE])
