"""Scores prints one by one, as the stream does."""

from functools import cache

from common.anomaly import Anomaly
from common.trade import Trade
from detector.engine import Engine
from tests import tape


def scored(engine: Engine, trades: list[Trade]) -> tuple[list[Anomaly], dict[str, bytes]]:
    """Return the alerts of prints, and the state of each symbol after them."""
    states: dict[str, bytes] = {}
    found = []
    for trade in trades:
        states[trade.symbol], anomaly = engine.score(states.get(trade.symbol), trade, 7)
        if anomaly is not None:
            found.append(anomaly)
    return found, states


@cache
def block_alert(symbol: str = "AAA", seed: int = 1) -> Anomaly:
    """Return the alert of a huge print among ordinary ones of one symbol."""
    return scored(Engine.load(), tape.with_block(tape.trades(600, seed, symbol), 500))[0][0]
