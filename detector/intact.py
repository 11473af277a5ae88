"""Checks a model artefact on loading, so that damage does not show up as a traceback or a wrong score later."""

import hashlib
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.kernel.features import N_FEATURES
from detector.kernel.layout import N_CHANNELS
from detector.kernel.tails import EXCESS, KNEE, LEVEL, N_KNOTS, ROW, SLOPE

Arrays = dict[str, NDArray[Any]]
_TYPES: Final = {
    **dict.fromkeys(("tails", "quantiles", "rates", "margins", "forest_threshold"), np.float64),
    "forest_feature": np.int8,
    "forest_rows": np.int32,
    "forest_roots": np.int64,
}
_MOST_VERSION: Final = 256
"""Anomalies carry the version; a longer one would make them messages that nothing accepts."""


def check(arrays: Arrays, card: dict[str, Any]) -> None:
    """Check arrays and card for everything that the program relies on.

    Raises
    ------
    KeyError
        If an array or an entry of the card is missing.
    ValueError
        If something has the wrong shape, is not finite or out of order; the text says what.
    """
    same = all(arrays[name].dtype == kind for name, kind in _TYPES.items())
    _require(same, "an array holds numbers of another type than this program expects")
    _require(all(np.isfinite(array).all() for array in arrays.values()), "an array holds numbers that are not finite")
    rates, margins = arrays["rates"], arrays["margins"]
    _require(rates.ndim == 1 and len(rates) >= 2 and rates[-1] > 0.0, "the rates are not positive")
    _require(bool((np.diff(rates) < 0.0).all()), "the rates do not fall")
    shapes = arrays["tails"].shape, arrays["quantiles"].shape, margins.shape
    wanted = ((N_FEATURES + 1) * ROW,), (N_CHANNELS,), (N_CHANNELS, len(rates))
    _require(shapes == wanted, "the arrays have other shapes than this program expects")
    _require(bool((np.diff(margins, axis=1) >= 0.0).all()), "the margins do not rise")
    _check_tails(arrays["tails"].reshape(-1, ROW))
    _check_forest(arrays)
    factor = card["joint_factor"]
    _require(isinstance(factor, float | int) and 0.1 <= factor <= 10.0, f"joint_factor is {factor!r}, not 0.1 to 10")
    version = card["version"]
    named = isinstance(version, str) and 0 < len(version) <= _MOST_VERSION
    _require(named, f"its version is not a text of 1 to {_MOST_VERSION} characters")
    rows = [np.array(golden["row"], dtype=np.float64) for golden in card["golden"]]
    scores = np.array([golden["score"] for golden in card["golden"]], dtype=np.float64)
    _require(len(rows) > 0, "the card has no golden rows")
    _require(all(row.shape == (N_FEATURES,) for row in rows), "a golden row has the wrong number of features")
    _require(bool(np.isfinite(rows).all() and np.isfinite(scores).all()), "a golden row is not finite")
    _require(card["arrays_digest"] == digest(arrays), "the arrays are not those that the card was written for")


def digest(arrays: Arrays) -> str:
    """Return the hash of the arrays that the card holds: 32 hexadecimal digits."""
    state = hashlib.blake2b(digest_size=16)
    for name, array in sorted(arrays.items()):
        state.update(f"{name} {array.dtype.str} {array.shape} ".encode() + array.tobytes())
    return state.hexdigest()


def _check_tails(rows: NDArray[np.float64]) -> None:
    _require(bool((rows[:, [LEVEL, EXCESS, KNEE, SLOPE]] > 0.0).all()), "a tail has no level, excess or correction")
    _require(bool((np.diff(rows[:, :N_KNOTS], axis=1) >= 0.0).all()), "the knots of a tail do not rise")


def _check_forest(arrays: Arrays) -> None:
    feature, roots = arrays["forest_feature"], arrays["forest_roots"]
    nodes = len(feature)
    same = {arrays[f"forest_{name}"].shape for name in ("feature", "threshold", "rows")}
    _require(same == {(nodes,)}, "the forest's arrays are not of one length")
    bounds = [*roots.tolist(), nodes]
    _require(len(roots) > 0 and bounds[0] == 0, "the forest has no first tree")
    _require(bool((arrays["forest_rows"] > 0).all()), "a node of the forest has no rows")
    _require(bool((feature >= -1).all() and (feature < N_FEATURES).all()), "a tree splits on an unknown feature")
    # With one leaf more than splits, every split finds its pair of children within its tree.
    whole = all(
        end > root and 2 * np.count_nonzero(feature[root:end] >= 0) + 1 == end - root for root, end in pairwise(bounds)
    )
    _require(whole, "a tree of the forest is incomplete")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
