"""The documents expected for given files: the anomalies of a back-test, as the sink writes them."""

from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from common.anomaly import Anomaly
from common.decode import merged, open_file
from detector.load import load_engine
from sink.document import document


def documents(*paths: Path) -> dict[str, dict[str, Any]]:
    """Return the documents of a back-test of the files by id, in the form given by `comparable`.

    Raises
    ------
    InputError
        If a file cannot be read as trades.
    """
    engine = load_engine()
    states: dict[str, NDArray[np.float64]] = {}
    return {
        anomaly.anomaly_id: comparable(document(Anomaly.from_json(anomaly.to_json())))
        for batch in merged([open_file(path) for path in paths])
        for _row, anomaly in engine.replay(batch, states, 0)
    }


def comparable(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a document as read back from JSON, without the one field that differs between runs.

    >>> comparable({"symbol": "AAA", "rules": ("surprise",), "detected_at": 1})
    {'symbol': 'AAA', 'rules': ['surprise']}
    """
    return {name: value for name, value in orjson.loads(orjson.dumps(fields)).items() if name != "detected_at"}
