"""The back-test: trades per second from files to alerts, and for decoding alone; bytes of state per symbol."""

import contextlib
import io
import logging
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.speed.report import Row, Table
from common.batch import TradeBatch
from common.decode import expand, merged, open_file
from detector.files import play
from detector.finding import SymbolCount, find
from detector.kernel import layout
from detector.load import load_engine

logger = logging.getLogger(__name__)

GOAL_TRADES_A_SECOND: Final = 250_000
GOAL_STATE_BYTES: Final = 4096
_LEAST_S: Final = 1.0
_MOST_RUNS: Final = 15


def measure(paths: list[Path], batches: list[TradeBatch]) -> Table:
    """Time what the command itself does.

    Parameters
    ----------
    paths : list of Path
        Files and folders.
    batches : list of TradeBatch
        Their prints.
    """
    count = sum(map(len, batches))
    logger.info("Back-test: %d trades, several times.", count)
    engine = load_engine()

    def decode() -> int:
        return sum(map(len, merged([open_file(path) for path in expand(paths)])))

    def score() -> int:
        return sum(1 for _ in find(engine, batches, defaultdict(SymbolCount)))

    def whole() -> int:
        # Otherwise the command's progress bar, once per run, would fill the terminal.
        with contextlib.redirect_stderr(io.StringIO()):
            files = play(expand(paths), salvage=False, title="Back-testing")
            return sum(1 for _ in find(engine, files, defaultdict(SymbolCount)))

    rate, alerts = count / median_s(whole), whole()
    failed = "" if (decode(), score()) == (count, alerts) else "a back-test of the file is not that of its trades"
    rows = [
        Row(
            "back-test: decode, score, alerts",
            {"trades_a_second": rate, "trades": count, "alerts": alerts},
            f"≥ {GOAL_TRADES_A_SECOND:,}",
            rate >= GOAL_TRADES_A_SECOND,
        ),
        Row("the same, decoded before", {"trades_a_second": count / median_s(score), "trades": count}),
        Row("decode alone", {"trades_a_second": count / median_s(decode), "trades": count}),
        Row(
            "state of one symbol",
            {"bytes": layout.STATE_BYTES},
            f"≤ {GOAL_STATE_BYTES:,}",
            layout.STATE_BYTES <= GOAL_STATE_BYTES,
        ),
    ]
    return Table("backtest", "Back-test: one process, a thread for each core", rows, failed=failed)


def median_s(work: Callable[[], object]) -> float:
    """Return the median seconds of several runs, after a first one that does not count."""
    work()
    times: list[float] = []
    while len(times) < 3 or (sum(times) < _LEAST_S and len(times) < _MOST_RUNS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)
