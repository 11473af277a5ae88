"""Tails: a feature's value → its surprise, ``-log10`` of how often this symbol shows a value as large.

Alerts are counted by episode, and so are tails: what counts is the maximum over blocks of 128 prints, which a burst of
a hundred large values in a row raises only once. The level is the median of those maxima (one excess in 256 prints); an
anomaly in every fifth block hardly moves it. Above the level, the tail is a generalised Pareto distribution (Pickands
1975) scaled by the mean excess. A new symbol starts with the card's level and mean excess; both then follow its own
blocks, within bounds. Below the level, surprises are interpolated between quantiles of the value as a share of the
level. Features of long horizons stay large for many blocks, or come and go, and no real tail is exactly Pareto, so the
card corrects each feature's surprises by the episodes counted in training.
"""

import math
from typing import Any, Final

from numba import njit

from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel import odd

N_KNOTS: Final = 8
LEVEL: Final = 2 * N_KNOTS
EXCESS: Final = LEVEL + 1
SHAPE: Final = LEVEL + 2
KNEE: Final = LEVEL + 3
SLOPE: Final = LEVEL + 4
ROW: Final = SLOPE + 1
"""Numbers per tail: the knots' values as shares of the level, the knots' surprises, level, mean excess, Pareto shape;
then, for the correction, the uncorrected surprise that an episode in 1,600 prints has, and the true decades of rarity
per decade above it."""

BLOCK_PRINTS: Final = 128
SHARE_ABOVE: Final = 0.5
AT_LEVEL: Final = math.log10(BLOCK_PRINTS / SHARE_ABOVE)
"""The surprise of a value at the level."""
MOST_EXCESS: Final = 1.5
"""One block's excess counts as at most this many mean excesses, so that anomalies do not widen the tail."""
WINSORISED: Final = 0.5828
"""Mean excess of an exponential tail, so winsorised, as a share of the full mean: root of ``m = 1 - exp(-1.5 m)``."""
MOST_SURPRISE: Final = 30.0
_LEAST_RATIO: Final = 0.25
_MOST_RATIO: Final = 4.0
_PRIOR_BLOCKS: Final = 25.0
_MOST_BLOCKS: Final = 400.0
_FIRST_STEP: Final = 1.5
_STEP_BLOCKS: Final = 10.0
_SIZE_STEP_BLOCKS: Final = 5.0
"""Smaller means faster at first: sizes differ most between symbols, since only their centre is the symbol's own."""
_LEAST_STEP: Final = 0.02
_KNOWN_PRINTS: Final = 1500.0
_TICK_SHARE: Final = 0.1
"""The mean excess of a jump is at least this share of a usual price change."""
AT_KNEE: Final = 3.2
"""The surprise of what is seen in one episode in 1,600 prints."""
_LN10: Final = math.log(10.0)


@njit(cache=True, nogil=True)
def start(s: Any, tails: Any) -> None:
    """Set a new symbol's levels and mean excesses to the card's."""
    for i in range(feature.N_FEATURES):
        s[at.TAIL_LEVEL + i] = tails[i * ROW + LEVEL]
        s[at.TAIL_EXCESS + i] = tails[i * ROW + EXCESS]
        s[at.TAIL_MAX + i] = 0.0


@njit(cache=True, nogil=True)
def surprise(tails: Any, row: int, value: float, level: float, excess: float) -> float:
    """Return the surprise of a value, 0 to `MOST_SURPRISE`, by tail number `row` with the symbol's level and excess."""
    base = row * ROW
    if value >= level:
        beyond, shape = (value - level) / excess * WINSORISED, tails[base + SHAPE]
        if shape * beyond <= -1.0:
            return MOST_SURPRISE
        grown = math.log1p(shape * beyond) / shape if abs(shape) > 1e-9 else beyond
        return min(MOST_SURPRISE, AT_LEVEL + grown / _LN10)
    share = value / level
    if share <= tails[base]:
        return 0.0
    i = 1
    while i < N_KNOTS - 1 and share > tails[base + i]:
        i += 1
    low, high = tails[base + i - 1], tails[base + i]
    below = tails[base + N_KNOTS + i - 1]
    return below + (share - low) / (high - low) * (tails[base + N_KNOTS + i] - below)


@njit(cache=True, nogil=True)
def surprises(s: Any, tails: Any, x: Any, usual: Any, count: int, out: Any) -> None:
    """Fill `out` with the corrected surprise of every feature.

    Price features over minutes count in full only once a symbol is well known. A coarse price jumps by whole ticks: in
    an exponential tail without correction, one tick more is never taken as more than some three hundred times rarer.
    Repeats are counted in whole prints too, and their tail is never shorter than the card's.
    """
    for i in range(feature.N_FEATURES):
        excess = s[at.TAIL_EXCESS + i]
        if feature.FIRST_PRICE <= i < feature.MOVE_2S and usual[i] > 0.0:
            excess = max(excess, _TICK_SHARE * s[at.MOVE_UNIT] / usual[i])
        elif i == feature.REPEATS:
            excess = max(excess, tails[i * ROW + EXCESS])
        plain = surprise(tails, i, x[i], s[at.TAIL_LEVEL + i], excess) if x[i] > 0.0 else 0.0
        knee = tails[i * ROW + KNEE]
        if plain < knee:
            out[i] = plain * AT_KNEE / knee
        else:
            out[i] = AT_KNEE + (plain - knee) * tails[i * ROW + SLOPE]
    known = 1.0 - math.exp(-count / _KNOWN_PRINTS)
    for i in range(feature.FIRST_SLOW, feature.END_PRICE):
        out[i] *= known


@njit(cache=True, nogil=True)
def value_of(s: Any, tails: Any, i: int, rarity: float) -> float:
    """Return the value at which a feature's corrected surprise is `rarity`; no less than the level."""
    base = i * ROW
    plain = tails[base + KNEE] + (rarity - AT_KNEE) / tails[base + SLOPE]
    grown, shape = max(0.0, plain - AT_LEVEL) * _LN10, tails[base + SHAPE]
    beyond = math.expm1(shape * grown) / shape if abs(shape) > 1e-9 else grown
    return s[at.TAIL_LEVEL + i] + beyond * s[at.TAIL_EXCESS + i] / WINSORISED


@njit(cache=True, nogil=True)
def adapt(s: Any, k: Any, tails: Any, x: Any, count: int, first: int) -> None:
    """Add one print's features to the maxima of the current block; at its end, update the tails.

    From the symbol's `first` prints, only the tail of sizes learns, which depends on nothing but their centre. Blocks
    are aligned to end with the last of them.
    """
    begin, skipped = first % BLOCK_PRINTS, first // BLOCK_PRINTS
    if count < begin:
        return
    for i in range(feature.N_FEATURES):
        s[at.TAIL_MAX + i] = max(s[at.TAIL_MAX + i], x[i])
    seen = count + 1 - begin
    if seen % BLOCK_PRINTS == 0:
        subjects = odd.left_out(k, at.I_ODD_TAILS, at.I_SKIPPED_TAILS)
        for i in range(feature.N_FEATURES):
            blocks = seen // BLOCK_PRINTS - (0 if i == feature.SIZE else skipped)
            if blocks > 0 and subjects & odd.OF_FEATURE[i] == 0:
                _close_block(s, tails, i, float(blocks))
            s[at.TAIL_MAX + i] = 0.0


@njit(cache=True, nogil=True)
def _close_block(s: Any, tails: Any, i: int, blocks: float) -> None:
    """Update one feature's level and mean excess with its maximum over a block, the `blocks`-th so far."""
    highest = s[at.TAIL_MAX + i]
    level, excess = s[at.TAIL_LEVEL + i], s[at.TAIL_EXCESS + i]
    usual_level, usual_excess = tails[i * ROW + LEVEL], tails[i * ROW + EXCESS]
    above = highest - level
    if above > 0.0:
        known = SHARE_ABOVE * (_PRIOR_BLOCKS + min(blocks, _MOST_BLOCKS))
        excess += (min(above, MOST_EXCESS * excess) - excess) / known
        s[at.TAIL_EXCESS + i] = min(_MOST_RATIO * usual_excess, max(_LEAST_RATIO * usual_excess, excess))
    begins = _SIZE_STEP_BLOCKS if i == feature.SIZE else _STEP_BLOCKS
    step = max(_LEAST_STEP, _FIRST_STEP / (begins + blocks))
    level *= math.exp(step * ((1.0 if above > 0.0 else 0.0) - SHARE_ABOVE))
    s[at.TAIL_LEVEL + i] = min(_MOST_RATIO * usual_level, max(_LEAST_RATIO * usual_level, level))
