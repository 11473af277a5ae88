"""Other libraries that can evaluate scikit-learn's forest, if they are installed (`make peers`)."""

import importlib
import logging
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.speed.report import Row, spread_us, timed

logger = logging.getLogger(__name__)

Score = Callable[[NDArray[np.float32]], NDArray[np.float64]]
"""From rows to the negative of scikit-learn's `score_samples`."""

_ROWS: Final = 200


def rows(grown: Any, values: NDArray[np.float32], ours: NDArray[np.float64]) -> list[Row]:
    """Return a row of the table for each library that is installed.

    Parameters
    ----------
    grown : IsolationForest
        The forest, as grown by scikit-learn.
    values : ndarray of float32, shape (n, n_features)
        Rows, of which at most the first 200 are scored one by one.
    ours : ndarray of float64, shape (n,)
        This project's scores of the same rows.
    """
    measured = []
    for name, make in (("treelite, its general inference", _treelite), ("ONNX Runtime", _onnx)):
        try:
            score = make(grown)
        except ImportError:
            logger.info("Forest: %s is not installed, so its row is left out (make peers).", name)
            continue
        some = [row[None] for row in values[:_ROWS]]
        score(some[0])
        times = np.array([timed(score, row) for row in some])
        difference = max(abs(float(score(row).item()) - own) for row, own in zip(some, ours.tolist(), strict=False))
        figures = spread_us(times) | {"rows": len(some), "difference": difference}
        measured.append(Row(f"{name}, row by row, one thread", figures))
    return measured


def _treelite(grown: Any) -> Score:
    treelite = importlib.import_module("treelite")
    model = treelite.sklearn.import_model(grown)
    return lambda values: np.asarray(treelite.gtil.predict(model, values, nthread=1))


def _onnx(grown: Any) -> Score:
    convert, runtime = importlib.import_module("skl2onnx"), importlib.import_module("onnxruntime")
    opset = {"": 17, "ai.onnx.ml": 3}
    model = convert.to_onnx(grown, np.zeros((1, grown.n_features_in_), dtype=np.float32), target_opset=opset)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = runtime.InferenceSession(model.SerializeToString(), options)
    offset = float(grown.offset_)
    return lambda values: -(np.asarray(session.run(["scores"], {"X": values})[0], dtype=np.float64) + offset)
