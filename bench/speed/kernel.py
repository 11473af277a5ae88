"""The kernel: microseconds per trade on one core, timed trade by trade, with nothing subtracted."""

import logging
import time
from typing import Any, Final
from unittest.mock import patch

import numpy as np

from bench.speed.report import Row, Table, spread_us, timed
from common.anomaly import Anomaly
from common.trade import Trade
from detector.engine import Engine
from detector.kernel import step
from detector.load import load_engine

logger = logging.getLogger(__name__)

GOAL_MEDIAN_US: Final = 12.0
GOAL_P99_US: Final = 40.0
_WARM_UP: Final = 20_000
_TIMER_CALLS: Final = 100_000


def measure(trades: list[Trade]) -> Table:
    """Time `Engine.score` as the stream calls it, the compiled step within it, and parsing.

    Parameters
    ----------
    trades : list of Trade
        Trades in time order.
    """
    logger.info("Kernel: timing each of %d trades.", len(trades))
    engine = load_engine()
    engine.warm_up()
    run(engine, trades[:_WARM_UP])
    whole, alerts = run(engine, trades)
    compiled = step_times(engine, trades)
    messages = [trade.to_json() for trade in trades]
    parsing = np.array([timed(Trade.from_json, message) for message in messages])
    timer = np.array([timed_nothing() for _ in range(_TIMER_CALLS)])
    median, p99 = (float(value) / 1e3 for value in np.percentile(whole, [50.0, 99.0]))
    rows = [
        Row(
            "`Engine.score`: features, all detectors, reasons",
            spread_us(whole) | {"trades": len(whole)},
            f"median ≤ {GOAL_MEDIAN_US:.0f}, 99 % ≤ {GOAL_P99_US:.0f}",
            median <= GOAL_MEDIAN_US and p99 <= GOAL_P99_US,
        ),
        Row("the compiled step in it: features, all detectors", spread_us(compiled) | {"trades": len(compiled)}),
    ]
    if alerts:
        flagged = np.array([whole[number] for number, _anomaly in alerts])
        writing = np.array([timed(anomaly.to_json) for _number, anomaly in alerts])
        rows += [
            Row("`Engine.score` where it alerts, with reasons", spread_us(flagged) | {"trades": len(flagged)}),
            Row("beside it in the stream: an alert's message", spread_us(writing) | {"trades": len(writing)}),
        ]
    rows += [
        Row("beside it in the stream: parsing (`Trade.from_json`)", spread_us(parsing) | {"trades": len(parsing)}),
        Row("the timer itself, within every figure above", spread_us(timer)),
    ]
    notes = [
        "Each call timed with `perf_counter_ns`, after a warm-up, nothing subtracted; the system causes the longest."
    ]
    return Table("kernel", "Kernel: one trade, one core", rows, notes)


def run(engine: Engine, trades: list[Trade]) -> tuple["np.typing.NDArray[np.int64]", list[tuple[int, Anomaly]]]:
    """Score the trades as the stream does; return the nanoseconds of each, and alerts with the indices of trades."""
    states: dict[str, bytes] = {}
    times, alerts = [], []
    clock = time.perf_counter_ns
    for number, trade in enumerate(trades):
        state = states.get(trade.symbol)
        began = clock()
        state, anomaly = engine.score(state, trade, 0)
        ended = clock()
        states[trade.symbol] = state
        times.append(ended - began)
        if anomaly is not None:
            alerts.append((number, anomaly))
    return np.array(times), alerts


def step_times(engine: Engine, trades: list[Trade]) -> "np.typing.NDArray[np.int64]":
    """Return, for each trade, the nanoseconds of the compiled step within `Engine.score`, called from Python."""
    times: list[int] = []
    clock, compiled = time.perf_counter_ns, step.step

    def clocked(*arguments: Any) -> int:
        began = clock()
        fired: int = compiled(*arguments)
        times.append(clock() - began)
        return fired

    with patch.object(step, "step", clocked):
        run(engine, trades)
    return np.array(times)


def timed_nothing() -> int:
    """Return the nanoseconds between two readings of the clock."""
    clock = time.perf_counter_ns
    began = clock()
    return clock() - began
