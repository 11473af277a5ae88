"""The statistics of training: tails of features, block maxima, and thresholds for every rate of alerts."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.kernel import control
from detector.kernel import features as feature
from detector.kernel.tails import N_KNOTS, ROW

_KNOT_SHARES: Final = np.array([0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.004])
_ADAPTING_SHARE: Final = 0.02
_LEAST_ROWS: Final = 200
_SHAPES: Final = (0.0, 0.6)
"""Bounds of the Pareto shape: lighter than exponential would run away, heavier would never be surprised."""

RATES: Final = np.geomspace(20_000.0, 10.0, 60)
EPISODE_NS: Final = 10_000_000_000


def identity_tail() -> NDArray[np.float64]:
    """Return the tail of a feature that is a decimal surprise by itself."""
    row = np.zeros(ROW)
    row[:N_KNOTS] = row[N_KNOTS : 2 * N_KNOTS] = np.linspace(0.0, 1.0, N_KNOTS)
    row[2 * N_KNOTS : 2 * N_KNOTS + 2] = 1.0 / np.log(10.0), 0.0
    return row


def fit_tail(groups: list[NDArray[np.float64]], *, adapts: bool = True) -> NDArray[np.float64] | None:
    """Fit one tail to the values of several symbols, each of which counts alike.

    Quantiles are averaged over symbols; the Pareto tail beyond the last is fitted by moments of the excesses
    (Hosking, Wallis 1987) pooled in units of each symbol's own quantile.

    Parameters
    ----------
    groups : list of ndarray
        Values by symbol; zeros count as "nothing to see".
    adapts : bool
        Whether a symbol may stretch the tail.

    Returns
    -------
    ndarray of float64, shape (ROW,), or None
        None where there are too few values above zero to fit anything.
    """
    filled = [values for values in groups if np.count_nonzero(values) >= _LEAST_ROWS]
    if not filled:
        return None
    knots = np.mean([np.quantile(values, 1.0 - _KNOT_SHARES) for values in filled], axis=0)
    if knots[-1] <= 0.0:
        return None
    knots = np.maximum.accumulate(knots + np.arange(N_KNOTS) * 1e-6 * knots[-1])
    excesses = []
    for values in filled:
        own = np.quantile(values, 1.0 - _KNOT_SHARES[-1])
        if own > 0.0:
            excesses.append((values[values > own] - own) * (knots[-1] / own))
    pooled = np.concatenate(excesses) if excesses else np.array([knots[-1]])
    # The largest few are likely the very anomalies that are looked for.
    pooled = np.minimum(pooled, np.quantile(pooled, 0.99)) if len(pooled) else np.array([knots[-1]])
    mean, variance = float(pooled.mean()), float(pooled.var())
    shape = 0.5 * (1.0 - mean * mean / variance) if variance > 0.0 else 0.0
    shape = min(max(shape, _SHAPES[0]), _SHAPES[1])
    row = np.zeros(ROW)
    row[:N_KNOTS] = knots
    row[N_KNOTS : 2 * N_KNOTS] = -np.log10(_KNOT_SHARES)
    row[N_KNOTS] = 0.0
    row[2 * N_KNOTS] = max(mean * (1.0 - shape), 1e-3 * knots[-1])
    row[2 * N_KNOTS + 1] = shape
    adapting = np.mean([np.quantile(values, 1.0 - _ADAPTING_SHARE) for values in filled])
    row[2 * N_KNOTS + 2] = adapting if adapts else 0.0
    return row


def block_statistics(scores: list[NDArray[np.float64]]) -> tuple[float, float]:
    """Return quantile and mean excess of the block maxima of one detector over several symbols."""
    levels, excesses = [], []
    for values in scores:
        blocks = len(values) // control.BLOCK_PRINTS
        if blocks < 5:
            continue
        maxima = values[: blocks * control.BLOCK_PRINTS].reshape(blocks, -1).max(axis=1)
        level = np.quantile(maxima, 1.0 - control.SHARE_ABOVE)
        above = maxima[maxima > level] - level
        levels.append(level)
        excesses.append(np.minimum(above, np.quantile(above, 0.9)).mean() if len(above) else 0.1)
    if not levels:
        return 3.0, 0.5
    return float(np.mean(levels)), max(float(np.mean(excesses)), 0.05)


def count_episodes(ts_event: NDArray[np.int64], symbol: NDArray[np.integer], flagged: NDArray[np.bool_]) -> int:
    """Return how many episodes the flagged prints form: alerts of a symbol at most 10 s apart are one."""
    count = 0
    for name in np.unique(symbol[flagged]):
        times = np.sort(ts_event[flagged & (symbol == name)])
        count += 1 + int(np.count_nonzero(np.diff(times) > EPISODE_NS))
    return count


def margins(
    standardised: NDArray[np.float64], ts_event: NDArray[np.int64], symbol: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Return, for each of `RATES`, the margin above the quantile at which one detector gives that many episodes.

    Parameters
    ----------
    standardised : ndarray of float64, shape (n,)
        ``(score - quantile) / ratio`` at each print.
    ts_event, symbol : ndarray, shape (n,)
        Of the prints.
    """
    grid = np.linspace(0.0, max(float(standardised.max()), 1.0) * 0.999, 80)
    rates = np.array([count_episodes(ts_event, symbol, standardised > margin) for margin in grid], dtype=np.float64)
    rates *= 1e6 / len(standardised)
    usable = rates * len(standardised) / 1e6 >= 6
    if np.count_nonzero(usable) < 2:
        usable[:2] = True
    logs = np.log10(np.maximum(rates[usable], 1e-3))
    falling = np.minimum.accumulate(logs)
    wanted = np.log10(RATES)
    inner = np.interp(-wanted, -falling, grid[usable])
    # Beyond what the data show the tail goes on with the slope of its last decade.
    tail = falling <= falling[-1] + 1.0
    slope = np.polyfit(falling[tail], grid[usable][tail], 1)[0] if np.count_nonzero(tail) > 1 else -1.0
    beyond = grid[usable][-1] + np.minimum(slope, -0.05) * (wanted - falling[-1])
    found = np.where(wanted < falling[-1], beyond, inner)
    return np.maximum.accumulate(found)


def spread(values: NDArray[np.float64], rows: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Return heavy-tailed background rows: each input drawn on its own, so that the forest knows far corners.

    Without them its score saturates outside the training range, and 10 deviations and 100 tie.
    """
    drawn = generator.pareto(1.0, size=(rows, values.shape[1])) * values.std(axis=0)
    return np.where(generator.random(drawn.shape) < 0.5, drawn, generator.permuted(values[:rows], axis=0))


N_TAILS: Final = feature.N_FEATURES + 1
