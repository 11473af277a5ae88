"""Isolation Forest: finds prints with several somewhat unusual features, none of which stands out by itself.

Its inputs are the features' surprises; a pre-trained tail maps its score to a surprise. A print with hardly anything
unusual about it is not passed through the trees: its score is 0 by definition, in training too.
"""

from typing import Any, Final

from numba import njit

from detector.kernel import features as feature
from detector.kernel import forest, tails

_ORDINARY: Final = 2.0
_GATE: Final = 5.0
MOST_INPUT: Final = 8.0
"""Inputs are capped here: beyond it, the single-feature detectors fire."""


@njit(cache=True, nogil=True)
def inputs(surprises: Any, row: Any) -> bool:
    """Fill the forest's input `row`, float32 of shape (N_FEATURES,); return whether the print is worth scoring."""
    unusual = 0.0
    for i in range(feature.N_FEATURES):
        row[i] = min(surprises[i], MOST_INPUT)
        unusual += max(0.0, row[i] - _ORDINARY)
    return unusual >= _GATE


@njit(cache=True, nogil=True)
def score(surprises: Any, tail_rows: Any, nodes: Any, roots: Any, row: Any, normal_length: float) -> float:
    """Return the score, ``-log10`` of the probability of a forest score as high; `row` is scratch."""
    if len(roots) == 0 or not inputs(surprises, row):
        return 0.0
    value = forest.score(nodes, roots, row, normal_length)
    base = feature.N_FEATURES * tails.ROW
    return tails.surprise(
        tail_rows, feature.N_FEATURES, value, tail_rows[base + tails.LEVEL], tail_rows[base + tails.EXCESS]
    )
