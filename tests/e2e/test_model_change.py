"""Changing the model as the README says: each trade is scored by one model, and the new one starts without state."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from common.anomaly import Anomaly
from common.batch import TradeBatch
from common.decode import merged, open_file
from common.decode.merge import concatenate, take
from detector import model
from detector.engine import Engine
from local import reference
from local.pipeline import Pipeline
from nasdaq import SAMPLE
from sink.document import document
from tests.e2e.playing import found
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e

BEFORE = 30_000


def documents(engine: Engine, batch: TradeBatch) -> dict[str, dict[str, Any]]:
    """Return the documents that a model makes of trades without having seen any before."""
    states: dict[str, np.ndarray[Any, np.dtype[np.float64]]] = {}
    return {
        anomaly.anomaly_id: reference.comparable(document(Anomaly.from_json(anomaly.to_json())))
        for _row, anomaly in engine.replay(batch, states, 0)
    }


def test_no_trade_is_scored_by_two_models_and_none_is_left_out(pipeline: Pipeline, tmp_path: Path) -> None:
    newer = Path(shutil.copytree(model.SHIPPED, tmp_path / "newer"))
    card = orjson.loads((newer / model.CARD_FILE).read_bytes())
    (newer / model.CARD_FILE).write_bytes(orjson.dumps(card | {"version": "newer"}))

    with pipeline:

        def play(*options: str) -> None:
            service = pipeline.launch("producer", str(SAMPLE), *options)
            wait_until(lambda: service.child.exit_code() == 0, 120)

        play("--limit", str(BEFORE))
        pipeline.wait_until_done()
        pipeline.services["detector"].child.stop()
        play()
        pipeline.launch("detector", MODEL_DIR=str(newer))
        pipeline.wait_until_done()
        stored = found(pipeline)

    whole = concatenate(list(merged([open_file(SAMPLE)])))
    old = documents(Engine.load(), take(whole, slice(0, BEFORE)))
    new = documents(Engine.load(newer), take(whole, slice(BEFORE, None)))
    assert len(old) > 10
    assert len(new) > 10
    assert stored == old | new
