"""Synthetic prints for tests of the detector: an ordinary random walk, deterministic for a seed."""

import numpy as np

from common.trade import Trade

START = 1_709_308_800_000_000_000
"""2024-03-01 16:00 UTC: regular hours in New York."""
CLOSE = START + 5 * 3_600 * 10**9
"""When they end on that day."""


def trades(count: int, seed: int = 1, symbol: str = "AAA", price: float = 100.0, tick: float = 0.01) -> list[Trade]:
    """Return `count` ordinary prints of one symbol."""
    generator = np.random.default_rng(seed)
    times = START + np.cumsum(generator.exponential(0.5e9, count)).astype(np.int64)
    steps = generator.choice([-1, 0, 0, 0, 1], count).cumsum()
    sizes = np.round(np.exp(generator.normal(4.6, 0.8, count))).astype(int) + 1
    sides = generator.choice(["B", "A"], count)
    rows = zip(times.tolist(), steps.tolist(), sizes.tolist(), sides.tolist(), strict=True)
    return [
        Trade(f"2-1-{ts}-{i}-0", "XNAS", symbol, ts, ts + 50_000, round(price + tick * step, 6), size, side, i, 0, 1, 2)
        for i, (ts, step, size, side) in enumerate(rows)
    ]
