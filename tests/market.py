"""The price part of the kernel on its own: one symbol's market."""

import numpy as np

from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel import price
from tests import kernel
from tests.kernel import Floats

PRICE = range(feature.PRINT_RETURN, feature.VWAP_DRIFT + 1)
"""The price features."""


class Market:
    """The prices of one symbol, scored and learned print by print."""

    def __init__(self, first: float = 100.0) -> None:
        self.s, self.k = kernel.state()
        self.raw, self.x, self.usual = kernel.per_feature()
        self.surprises = np.zeros(feature.N_FEATURES)
        self.work = np.zeros(price.MEDIAN_PRINTS)
        price.start_session(self.s, self.k, first)
        self.trade(first, 0.0)

    def look(self, at_price: float, dt_s: float = 1.0) -> None:
        """Score a print without learning from it."""
        price.observe(self.s, self.k, at_price, dt_s, self.raw, self.x, self.usual, self.work)

    def trade(self, at_price: float, dt_s: float = 1.0, size: float = 100.0) -> None:
        self.look(at_price, dt_s)
        price.learn(self.s, self.k, at_price, size, dt_s, self.raw, self.surprises, self.work)

    def scale(self, i: int, slow: float, fast: float = 0.0) -> None:
        """Set the usual deviation of a feature."""
        self.s[at.SLOW + i - feature.FIRST_PRICE], self.s[at.FAST + i - feature.FIRST_PRICE] = slow, fast

    def scale_all(self, slow: float, fast: float) -> None:
        """Set the usual deviations of all price features."""
        for i in PRICE:
            self.scale(i, slow, fast)

    def slow(self, i: int) -> float:
        return float(self.s[at.SLOW + i - feature.FIRST_PRICE])


def walked(count: int, seed: int = 5) -> tuple[Market, Floats, Floats, Floats]:
    """Return a market after a random walk, and its prices, times in seconds, and sizes."""
    generator = np.random.default_rng(seed)
    prices = 100.0 + 0.01 * generator.integers(-3, 4, count).cumsum()
    gaps, sizes = generator.exponential(2.0, count), generator.integers(1, 500, count).astype(float)
    gaps[0], prices[0], sizes[0] = 0.0, 100.0, 100.0
    market = Market(100.0)
    for row in range(1, count):
        market.trade(prices[row], gaps[row], sizes[row])
    return market, prices, gaps.cumsum(), sizes


def settled() -> Market:
    """Return a market at 100 whose usual deviations are all 0.5, lately 0.4, and whose usual price change is 0.2."""
    market = Market()
    for _print in range(20):
        market.trade(100.0, 1.0)
    market.scale_all(0.5, 0.4)
    market.s[at.MOVE_UNIT], market.k[at.I_CHANGES] = 0.2, 50
    return market
