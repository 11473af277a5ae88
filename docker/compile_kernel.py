"""Compiles the kernel while the image is built, by playing files through the same calls that the detector makes.

Usage: NUMBA_CACHE_DIR=FOLDER python docker/compile_kernel.py FILE…
"""

import sys
from pathlib import Path
from typing import Any

from common.decode import merged, open_file
from detector.engine import Engine


def main(paths: list[Path]) -> None:
    """Score every trade of the files both as the stream does and as a back-test does."""
    engine = Engine.load()
    stream: dict[str, bytes] = {}
    replay: dict[str, Any] = {}
    trades = anomalies = 0
    for batch in merged([open_file(path) for path in paths]):
        engine.replay(batch, replay, 0)
        for trade in batch.trades():
            stream[trade.symbol], anomaly = engine.score(stream.get(trade.symbol), trade, 0)
            trades += 1
            anomalies += anomaly is not None
    sys.stdout.write(f"compiled the kernel with {trades} trades, {anomalies} anomalies\n")


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
