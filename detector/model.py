"""The model artefact: ``model.npz`` (arrays, no pickle) and ``card.json``, checked against each other on loading."""

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from common.anomaly import ModelTag
from common.errors import ModelError
from common.output import replacing
from detector import intact
from detector.catalog import NAMES
from detector.kernel import forest

FEATURE_VERSION: Final = 11
"""Raised whenever the meaning of a feature or a score changes, so that models of other versions are refused."""

ARRAYS_FILE: Final = "model.npz"
CARD_FILE: Final = "card.json"
SHIPPED: Final = Path(__file__).parent / "model"
_GOLDEN_TOLERANCE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Forest:
    """An Isolation Forest as flat arrays; see `detector.kernel.forest`.

    Attributes
    ----------
    feature : ndarray of int8, shape (n_nodes,)
        Feature of the split, -1 at a leaf. A tree's nodes are stored breadth-first, so that the children of its i-th
        split (from 0) are its nodes 1 + 2 i and 2 + 2 i.
    threshold : ndarray of float64, shape (n_nodes,)
        Threshold of the split, 0 at a leaf.
    rows : ndarray of int32, shape (n_nodes,)
        Number of training rows that reached the node.
    roots : ndarray of int64, shape (n_trees,)
        Index of each tree's root node.
    """

    feature: NDArray[np.int8]
    threshold: NDArray[np.float64]
    rows: NDArray[np.int32]
    roots: NDArray[np.int64]

    def nodes(self) -> NDArray[np.float64]:
        """Return the kernel's node table, shape (n_nodes, 4)."""
        table = np.zeros((len(self.feature), 4))
        table[:, forest.FEATURE] = self.feature
        table[:, forest.THRESHOLD] = self.threshold
        bounds = [*self.roots.tolist(), len(self.feature)]
        for root, end in pairwise(bounds):
            self._fill(table, root, end)
        return table

    def normal_length(self) -> float:
        """Return the average path length of an unsuccessful search in one tree."""
        return average_path_length(int(self.rows[self.roots[0]])) if len(self.roots) else 1.0

    def _fill(self, table: NDArray[np.float64], root: int, end: int) -> None:
        splits = root + np.flatnonzero(self.feature[root:end] >= 0)
        left = root + 1 + 2 * np.arange(len(splits))
        table[splits, forest.LEFT] = left
        depth = np.zeros(end - root)
        for split, child in zip(splits.tolist(), left.tolist(), strict=True):
            depth[child - root] = depth[child + 1 - root] = depth[split - root] + 1.0
        leaf = np.flatnonzero(self.feature[root:end] < 0)
        lengths = depth[leaf] + np.array([average_path_length(int(rows)) for rows in self.rows[root + leaf]])
        table[root + leaf, forest.VALUE] = lengths
        for split, child in zip(splits[::-1].tolist(), left[::-1].tolist(), strict=True):
            pair = slice(child, child + 2)
            table[split, forest.VALUE] = np.average(table[pair, forest.VALUE], weights=self.rows[pair])


def average_path_length(rows: int) -> float:
    """Return the average path length of an unsuccessful search in a binary search tree of `rows` rows.

    Liu, Ting, Zhou (2008), equation 1, with scikit-learn's treatment of 0, 1 and 2 rows.

    >>> average_path_length(1), average_path_length(2), round(average_path_length(256), 6)
    (0.0, 1.0, 10.244771)
    """
    if rows <= 1:
        return 0.0
    if rows == 2:
        return 1.0
    return float(2.0 * (np.log(rows - 1.0) + np.euler_gamma) - 2.0 * (rows - 1.0) / rows)


@dataclass(frozen=True, slots=True)
class Model:
    """The result of training.

    Attributes
    ----------
    tails : ndarray of float64, shape ((N_FEATURES + 1) * ROW,)
        One tail per feature, then one for the forest's score; see `detector.kernel.tails`.
    quantiles : ndarray of float64, shape (N_CHANNELS,)
        Quantile of each channel's block maxima; see `detector.kernel.control`.
    rates : ndarray of float64, shape (n_rates,)
        Alerts per million for which margins are known, in falling order.
    margins : ndarray of float64, shape (N_CHANNELS, n_rates)
        How far above the quantile the threshold lies for each rate, in rising order.
    forest : Forest
        The trees.
    card : dict
        The model card.
    """

    tails: NDArray[np.float64]
    quantiles: NDArray[np.float64]
    rates: NDArray[np.float64]
    margins: NDArray[np.float64]
    forest: Forest
    card: dict[str, Any]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by their name in the file."""
        trees = self.forest
        return {
            "tails": self.tails,
            "quantiles": self.quantiles,
            "rates": self.rates,
            "margins": self.margins,
            "forest_feature": trees.feature,
            "forest_threshold": trees.threshold,
            "forest_rows": trees.rows,
            "forest_roots": trees.roots,
        }

    def margin(self, channel: int, per_million: float) -> float:
        """Return how far above its quantile a channel's threshold lies; extrapolates beyond the lowest known rate."""
        wanted, known = -np.log10(per_million), -np.log10(self.rates)
        margins = self.margins[channel]
        if wanted > known[-1]:
            return float(margins[-1] + (wanted - known[-1]) / self.decades_per_unit(channel))
        return float(np.interp(wanted, known, margins))

    def decades_per_unit(self, channel: int) -> float:
        """Return by how many decades alerts become rarer per unit of margin, in the tail."""
        tail = self.rates <= 1000.0
        slope = np.polyfit(self.margins[channel][tail], -np.log10(self.rates[tail]), 1)[0]
        return float(max(slope, 0.1))

    def digest(self) -> str:
        """Return the hash of arrays and card that every anomaly carries: 16 hexadecimal digits."""
        state = hashlib.blake2b(digest_size=8)
        for name, array in self.arrays().items():
            state.update(name.encode() + array.tobytes())
        state.update(orjson.dumps(self.card, option=orjson.OPT_SORT_KEYS))
        return state.hexdigest()

    def tag(self) -> ModelTag:
        """Return the tag that every anomaly carries."""
        return ModelTag(hash=self.digest(), version=str(self.card["version"]))

    def save(self, folder: Path) -> None:
        """Write the artefact; an earlier one is replaced only once both files are written.

        Raises
        ------
        SettingError
            If a file cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, Any] = dict(self.arrays())
        pretty = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        with replacing(folder / ARRAYS_FILE) as arrays_file, replacing(folder / CARD_FILE) as card_file:
            np.savez_compressed(arrays_file.buffer, **arrays)
            arrays_file.flush()
            card_file.buffer.write(orjson.dumps(self.card, option=pretty))


def load(folder: Path) -> Model:
    """Read an artefact.

    Raises
    ------
    ModelError
        If a file is missing, foreign or damaged, or belongs to another version of the features.
    """
    try:
        card = orjson.loads((folder / CARD_FILE).read_bytes())
        with (folder / ARRAYS_FILE).open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            held = {name: file[name] for name in file.files}
        trees = Forest(*(held[f"forest_{name}"] for name in ("feature", "threshold", "rows", "roots")))
        model = Model(held["tails"], held["quantiles"], held["rates"], held["margins"], trees, card)
        version, names = card["feature_version"], tuple(card["features"])
    except FileNotFoundError as error:
        raise ModelError(f"{error.filename}: no such file; train a model with `python -m detector train`") from None
    except Exception as error:  # noqa: BLE001
        # On a damaged file, the readers of zip, arrays and JSON raise all kinds of errors.
        raise ModelError(f"{folder}: not a model of this project ({error})") from None
    if version != FEATURE_VERSION or names != NAMES:
        raise ModelError(
            f"{folder}: the model has feature version {version}, this program {FEATURE_VERSION}; train it anew"
        )
    try:
        intact.check(held, card)
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder}: the model is damaged ({error}); train it anew") from None
    return model


def check_golden(model: Model, nodes: NDArray[np.float64]) -> None:
    """Score the card's golden rows and compare.

    Raises
    ------
    ModelError
        If a score differs by more than 1e-9.
    """
    length = model.forest.normal_length()
    for number, golden in enumerate(model.card["golden"]):
        row = np.array(golden["row"], dtype=np.float32)
        found = forest.score(nodes, model.forest.roots, row, length)
        if not abs(found - golden["score"]) <= _GOLDEN_TOLERANCE:
            raise ModelError(
                f"golden row {number} scores {found:.12f} where the card says {golden['score']:.12f}; "
                "the artefact is damaged or this machine computes differently"
            )
