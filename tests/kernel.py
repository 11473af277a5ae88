"""Parts of the kernel on their own: a symbol's empty state, and tails and a card with round numbers."""

import math

import numpy as np
from numpy.typing import NDArray

from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel import tails

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def state() -> tuple[Floats, Integers]:
    """Return the state of a symbol that has not been seen yet, and its integer view."""
    numbers = np.zeros(at.SLOTS)
    return numbers, numbers.view(np.int64)


def per_feature() -> tuple[Floats, Floats, Floats]:
    """Return three rows of zeros, one number per feature."""
    return np.zeros(feature.N_FEATURES), np.zeros(feature.N_FEATURES), np.zeros(feature.N_FEATURES)


def tail_rows(level: float = 4.0, excess: float = 0.5, shape: float = 0.0) -> Floats:
    """Return one tail for all features, with knots at equal distances, that needs no correction."""
    row = np.zeros(tails.ROW)
    row[: tails.N_KNOTS] = np.linspace(0.3, 1.0, tails.N_KNOTS)
    row[tails.N_KNOTS : tails.LEVEL] = np.linspace(0.0, 1.0, tails.N_KNOTS) ** 2 * np.log10(256.0)
    row[tails.LEVEL], row[tails.EXCESS], row[tails.SHAPE] = level, excess, shape
    row[tails.KNEE], row[tails.SLOPE] = tails.AT_KNEE, 1.0
    return np.tile(row, feature.N_FEATURES + 1)


def column(number: int, i: int = 0) -> int:
    """Return the place of one of a tail's numbers, such as `tails.KNEE`, for feature `i`."""
    return i * tails.ROW + number


def winsorised_share() -> float:
    """Return the mean of an exponential excess, capped at 1.5 of these means, as a share of its full mean."""
    share = 1.0
    for _round in range(200):
        share = 1.0 - math.exp(-1.5 * share)
    return share
