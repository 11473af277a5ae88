"""The statistics of training: tails of features, block maxima, and thresholds for every rate of alerts."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.kernel import control, step, tails
from detector.kernel import features as feature

_KNOT_SHARES: Final = np.array([0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01])
_LEAST_BLOCKS: Final = 8
_LEAST_EXCESS: Final = 0.06
"""Share of the level: a feature with hardly any tail must still be far above its level to be surprising."""
SHAPES: Final = (0.0, 0.3)
"""Bounds of the Pareto shape: no tail ends, since a coarse price jumps by several ticks at some time."""
SIZE_SHAPES: Final = (-0.05, 0.0)
"""The same for sizes and sums, mostly logarithms: a shape of 0 already means a power-law tail of what is traded."""

_LEVELS: Final = np.arange(2.0, 10.0, 0.1)
_RARE: Final = 4.5
"""An episode in 32,000 prints, about as rare as alerts are."""
_KNEES: Final = (2.4, 4.2)
_SLOPES: Final = (0.4, 1.7)
"""Bounds of the correction: where it is steeper still, weak moves and bursts of trades are lost."""
_TRIMMED: Final = 0.12
"""Share of the symbols, those with the most alerts, left out of rates: one unlike all others must not silence them."""
_HEAVY: Final = 0.7
"""Share of the symbols whose tail is lighter than the card's: too light a tail makes a symbol alert on and on."""

_AT_QUANTILE: Final = float(np.log10(control.BLOCK_PRINTS / control.SHARE_ABOVE))
"""The decimal rarity of a score at the quantile of block maxima."""

RATES: Final = np.geomspace(20_000.0, 10.0, 60)


def identity_tail() -> NDArray[np.float64]:
    """Return the tail of a feature that already is a decimal surprise."""
    row = np.zeros(tails.ROW)
    row[: tails.N_KNOTS] = np.linspace(0.0, 1.0, tails.N_KNOTS)
    row[tails.N_KNOTS : tails.LEVEL] = row[: tails.N_KNOTS] * tails.AT_LEVEL
    row[tails.LEVEL], row[tails.EXCESS] = tails.AT_LEVEL, tails.WINSORISED / np.log(10.0)
    row[tails.KNEE], row[tails.SLOPE] = tails.AT_KNEE, 1.0
    return row


def calibration(
    surprise: NDArray[np.float64], ts_event: NDArray[np.int64], symbol: NDArray[np.integer]
) -> tuple[float, float]:
    """Return the knee and slope that correct one feature's surprises by its episodes; see `detector.kernel.tails`.

    Parameters
    ----------
    surprise : ndarray of float64, shape (n,)
        Surprise of the feature at each print, by a tail whose knee is at `tails.AT_KNEE` and whose slope is 1.
    ts_event, symbol : ndarray, shape (n,)
        Event time (ns) and symbol of each print.
    """
    rates = np.array([episodes_per_million(ts_event, symbol, surprise > level) for level in _LEVELS])
    truth = 6.0 - np.log10(np.maximum(rates, 1e-3))
    truth = np.maximum.accumulate(truth)
    knee, rare = np.interp([tails.AT_KNEE, _RARE], truth, _LEVELS)
    slope = (_RARE - tails.AT_KNEE) / max(rare - knee, 1e-3)
    return float(np.clip(knee, *_KNEES)), float(np.clip(slope, *_SLOPES))


def block_maxima(values: NDArray[np.float64], prints: int) -> NDArray[np.float64]:
    """Return the maxima of consecutive blocks of `prints` values; an incomplete last block is left out."""
    blocks = len(values) // prints
    highest: NDArray[np.float64] = values[: blocks * prints].reshape(blocks, prints).max(axis=1, initial=0.0)
    return highest


def winsorised_mean(values: NDArray[np.float64]) -> float:
    """Return the mean of positive values, each counted as at most `tails.MOST_EXCESS` times that mean."""
    mean = float(values.mean())
    for _round in range(30):
        mean = float(np.minimum(values, tails.MOST_EXCESS * mean).mean())
    return mean


def fit_tail(groups: list[NDArray[np.float64]], shapes: tuple[float, float] = SHAPES) -> NDArray[np.float64] | None:
    """Fit one tail to the values of several symbols, all with equal weight.

    The Pareto shape is fitted by the moments of each symbol's excesses (Hosking, Wallis 1987).

    Parameters
    ----------
    groups : list of ndarray
        Values by symbol, in the order of the prints; zeros count as "nothing to see".
    shapes : tuple of float
        Lower and upper bound of the Pareto shape.

    Returns
    -------
    ndarray of float64, shape (ROW,), or None
        None if no symbol has enough values above zero for a fit.
    """
    levels, means, excesses, shares = [], [], [], []
    for values in groups:
        maxima = block_maxima(values, tails.BLOCK_PRINTS)
        if len(maxima) < _LEAST_BLOCKS:
            continue
        level = float(np.quantile(maxima, 1.0 - tails.SHARE_ABOVE))
        above = maxima[maxima > level] - level
        if level <= 0.0 or len(above) == 0:
            continue
        mean = winsorised_mean(above)
        levels.append(level)
        means.append(mean)
        excesses.append(above / mean)
        shares.append(np.quantile(values / level, 1.0 - _KNOT_SHARES))
    if not levels:
        return None
    # A quantile over symbols, since the largest shapes are likely due to the very anomalies looked for.
    shape = float(np.quantile([_shape(each) for each in excesses], _HEAVY))
    row = np.zeros(tails.ROW)
    row[: tails.N_KNOTS - 1] = np.minimum(np.mean(shares, axis=0), 0.99)
    row[tails.N_KNOTS - 1] = 1.0
    row[: tails.N_KNOTS] = np.maximum.accumulate(row[: tails.N_KNOTS] + np.arange(tails.N_KNOTS) * 1e-9)
    row[tails.N_KNOTS : tails.LEVEL - 1] = -np.log10(_KNOT_SHARES)
    row[tails.N_KNOTS], row[tails.LEVEL - 1] = 0.0, tails.AT_LEVEL
    row[tails.LEVEL] = float(np.exp(np.mean(np.log(levels))))
    row[tails.EXCESS] = max(float(np.quantile(means, _HEAVY)), _LEAST_EXCESS * row[tails.LEVEL])
    row[tails.SHAPE] = float(np.clip(shape, *shapes))
    row[tails.KNEE], row[tails.SLOPE] = tails.AT_KNEE, 1.0
    return row


def _shape(excess: NDArray[np.float64]) -> float:
    """Return the Pareto shape of excesses by their moments, leaving out the largest, which is likely an anomaly."""
    kept = np.sort(excess)[: max(len(excess) - 1, 1)]
    mean, variance = float(kept.mean()), float(kept.var())
    return 0.5 * (1.0 - mean * mean / variance) if variance > 0.0 else 0.0


def block_quantile(scores: list[NDArray[np.float64]]) -> float:
    """Return the quantile of one channel's block maxima, averaged over several symbols."""
    maxima = [block_maxima(values, control.BLOCK_PRINTS) for values in scores]
    quantiles = [np.quantile(each, 1.0 - control.SHARE_ABOVE) for each in maxima if len(each) >= _LEAST_BLOCKS]
    return float(np.mean(quantiles)) if quantiles else tails.AT_KNEE


def episodes_per_million(ts_event: NDArray[np.int64], symbol: NDArray[np.integer], flagged: NDArray[np.bool_]) -> float:
    """Return the rate of episodes, averaged over all symbols but the few with the most."""
    rates = []
    for name in np.unique(symbol):
        rows = symbol == name
        rates.append(count_episodes(ts_event[rows], symbol[rows], flagged[rows]) * 1e6 / np.count_nonzero(rows))
    return float(np.mean(np.sort(rates)[: len(rates) - int(_TRIMMED * len(rates))]))


def count_episodes(ts_event: NDArray[np.int64], symbol: NDArray[np.integer], flagged: NDArray[np.bool_]) -> int:
    """Return how many episodes the flagged prints form: alerts of a symbol at most 10 s apart form one."""
    count = 0
    for name in np.unique(symbol[flagged]):
        times = np.sort(ts_event[flagged & (symbol == name)])
        count += 1 + int(np.count_nonzero(np.diff(times) > step.EPISODE_NS))
    return count


def margins(
    standardised: NDArray[np.float64],
    echoes: NDArray[np.float64],
    level: float,
    ts_event: NDArray[np.int64],
    symbol: NDArray[np.integer],
) -> NDArray[np.float64]:
    """Return, for each of `RATES`, the margin above the quantile at which one channel gives that many episodes.

    Parameters
    ----------
    standardised : ndarray of float64, shape (n,)
        How far each print's score lies above the quantile.
    echoes : ndarray of float64, shape (n,)
        Margins up to which the score would be an echo.
    level : float
        The quantile. If there are hardly any episodes, scores are taken at face value, as decades of rarity.
    ts_event, symbol : ndarray, shape (n,)
        Event time (ns) and symbol of each print.
    """
    grid = np.linspace(0.0, max(float(standardised.max()), 1.0) * 0.999, 80)
    fired = ((standardised > margin) & (echoes <= margin) for margin in grid)
    rates = np.array([episodes_per_million(ts_event, symbol, each) for each in fired])
    usable = rates * len(standardised) / 1e6 >= 6
    if np.count_nonzero(usable) < 2:
        return np.maximum(np.log10(1e6 / RATES) - min(level, _AT_QUANTILE), 0.0)
    logs = np.log10(np.maximum(rates[usable], 1e-3))
    falling = np.minimum.accumulate(logs)
    wanted = np.log10(RATES)
    inner = np.interp(-wanted, -falling, grid[usable])
    # Beyond the data, the tail is extrapolated with the slope of its last decade.
    tail = falling <= falling[-1] + 1.0
    slope = np.polyfit(falling[tail], grid[usable][tail], 1)[0] if np.ptp(falling[tail]) > 0.0 else -1.0
    beyond = grid[usable][-1] + np.minimum(slope, -0.05) * (wanted - falling[-1])
    found = np.where(wanted < falling[-1], beyond, inner)
    return np.maximum.accumulate(found)


def spread(values: NDArray[np.float64], rows: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Return heavy-tailed background rows, each input drawn independently, so that the forest knows far corners.

    Without them, its score saturates outside the training range: 10 deviations and 100 would score the same.
    """
    drawn = generator.pareto(1.0, size=(rows, values.shape[1])) * values.std(axis=0)
    return np.where(generator.random(drawn.shape) < 0.5, drawn, generator.permuted(values, axis=0)[:rows])


N_TAILS: Final = feature.N_FEATURES + 1
