"""Rate, repetition and lateness features."""

import math
from typing import Any, Final

from numba import njit

from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel.baselines import (
    SPACING_SLOT,
    above_centre,
    fade,
    learn_log,
    learn_log_slowly,
    slowed,
    weight,
)

_RATE_SLOT: Final = 4
_DELAY_SLOT: Final = 7
_RELATIVE_SLOT: Final = 8
_SCAN_SLOT: Final = 10
_LEAST_SHARE: Final = 0.15
_MORE_EXPECTED: Final = 10.0
"""Moments that the scan of rates expects on top of the usual ones: trades cluster, and a few in a row are no burst."""
_FEW: Final = 8.0
_LEAST_COUNT: Final = 0.1
_RATE_WINDOW: Final = 1000.0
_SPACING_KEEP: Final = 0.9
_MOMENT_S: Final = 0.01
"""Prints that follow each other within about this time count as one moment of trading, so that a sweep is no burst."""
_APART_S: Final = 0.4
"""Prints this far apart are separate moments: in float64, each counts as exactly one."""
_LEAST_GAP_S: Final = 1e-3
_REPEAT_S: Final = 120.0
_LEAST_EXPECTED: Final = 0.05
_LEAST_SIZE_SHARE: Final = 0.006
_SKETCH_HALVE: Final = 4096.0
_PAUSE_S: Final = 120.0
"""A longer pause fades the expected rate no further, so that trading resumed at the earlier rate is no burst."""
_LATE_PRINTS: Final = 2000.0
_LATE_FLOOR_S: Final = 0.01
_DELAY_FLOOR_S: Final = 0.05
"""Delays well below this are never surprising."""
_LEAST_LATE_SHARE: Final = 1e-4


@njit(cache=True, nogil=True)
def observe_rate(s: Any, k: Any, now_s: float, dt_s: float, stale: bool, raw: Any, x: Any, usual: Any) -> None:
    """Count one print and fill the rate features; `raw` and `usual` are numbers of moments.

    A stale print does not belong to the present: it is not counted, and its rate features are 0.
    """
    if stale:
        for i in (feature.RATE_2S, feature.RATE_30S, feature.RATE_SCAN):
            raw[i], x[i], usual[i] = 0.0, 0.0, 0.0
        return
    moment = _moments(dt_s)
    s[at.COUNT_2S] = s[at.COUNT_2S] * fade(dt_s, 2.0) + moment
    s[at.COUNT_30S] = s[at.COUNT_30S] * fade(dt_s, 30.0) + moment
    s[at.COUNT_300S] = s[at.COUNT_300S] * fade(min(dt_s, _PAUSE_S), 300.0) + moment
    gap = math.log(dt_s + _LEAST_GAP_S)
    s[at.SPACING] = s[at.SPACING] * _SPACING_KEEP + gap * (1.0 - _SPACING_KEEP)
    raw[feature.RATE_2S], usual[feature.RATE_2S] = s[at.COUNT_2S], _expected(s, _RATE_SLOT, 2.0)
    raw[feature.RATE_30S], usual[feature.RATE_30S] = s[at.COUNT_30S], _expected(s, _RATE_SLOT + 1, 30.0)
    x[feature.RATE_2S] = above_centre(s, _RELATIVE_SLOT, _relative(raw, usual, feature.RATE_2S))
    x[feature.RATE_30S] = above_centre(s, _RELATIVE_SLOT + 1, _relative(raw, usual, feature.RATE_30S))
    _scan(s, k, now_s, raw, usual)
    x[feature.RATE_SCAN] = above_centre(s, _SCAN_SLOT, _scanned(raw, usual))


@njit(cache=True, nogil=True)
def _moments(gap_s: float) -> float:
    """Return the fraction of a moment, 0 to 1, that a print counts for when it comes `gap_s` after another."""
    return 1.0 - fade(gap_s, _MOMENT_S) if gap_s < _APART_S else 1.0


@njit(cache=True, nogil=True)
def _scan(s: Any, k: Any, now_s: float, raw: Any, usual: Any) -> None:
    """Fill in the moments in the most surprising window, and those expected there; 0 if no window has too many.

    Each window runs from one of the latest prints with a size to now.
    """
    raw[feature.RATE_SCAN], usual[feature.RATE_SCAN] = 0.0, 0.0
    rate = _expected(s, _RATE_SLOT + 1, 30.0) / 30.0
    best, moments, begin_s = 0.0, 0.0, now_s
    place = k[at.I_SIZED] % at.REPEAT_RING
    for _ in range(min(k[at.I_SIZED], at.REPEAT_RING)):
        place = place - 1 if place > 0 else at.REPEAT_RING - 1
        then_s = s[at.REPEAT_TIME + place]
        moments += _moments(max(0.0, begin_s - then_s))
        begin_s = min(begin_s, then_s)
        expected = rate * (now_s - begin_s)
        ratio = _log_likelihood_ratio(moments, expected + _MORE_EXPECTED)
        if ratio > best:
            best, raw[feature.RATE_SCAN], usual[feature.RATE_SCAN] = ratio, moments, expected


@njit(cache=True, nogil=True)
def _scanned(raw: Any, usual: Any) -> float:
    """Return the square root of the scan's log-likelihood ratio."""
    return math.sqrt(_log_likelihood_ratio(raw[feature.RATE_SCAN], usual[feature.RATE_SCAN] + _MORE_EXPECTED))


@njit(cache=True, nogil=True)
def _log_likelihood_ratio(count: float, expected: float) -> float:
    """Return ``n ln(n / e) - (n - e)``, in nats, for a Poisson count above the expected one, otherwise 0.

    Its maximum over many windows is a scan statistic, after Kulldorff (1997).
    """
    return count * math.log(count / expected) - (count - expected) if count > expected else 0.0


@njit(cache=True, nogil=True)
def _expected(s: Any, slot: int, horizon_s: float) -> float:
    """Return the moments expected at the rate of the last 5 minutes, but no less than a small share of the usual."""
    return max(s[at.COUNT_300S] * horizon_s / 300.0, _LEAST_SHARE * math.exp(s[at.CENTRE + slot]))


@njit(cache=True, nogil=True)
def _relative(raw: Any, usual: Any, i: int) -> float:
    """Return how far the moments of a horizon exceed the expected ones, as a difference of fourth roots.

    The fourth root lies between Anscombe's square root (1948), which evens out the spread of independent counts, and
    the logarithm, which suits counts that depend on each other.
    """
    return 4.0 * (math.sqrt(math.sqrt(raw[i] + _FEW)) - math.sqrt(math.sqrt(usual[i] + _FEW)))


@njit(cache=True, nogil=True)
def learn_rate(s: Any, count: int, raw: Any, usual: Any, surprises: Any) -> None:
    """Update the centres and spreads of the rates; a burst has a small weight, since it consists of many prints."""
    most = max(surprises[feature.RATE_2S], surprises[feature.RATE_30S], surprises[feature.RATE_SCAN])
    share = weight(count, _RATE_WINDOW) * slowed(most)
    learn_log_slowly(s, _RELATIVE_SLOT, _relative(raw, usual, feature.RATE_2S), share, count)
    learn_log_slowly(s, _RELATIVE_SLOT + 1, _relative(raw, usual, feature.RATE_30S), share, count)
    learn_log_slowly(s, _SCAN_SLOT, _scanned(raw, usual), share, count)
    learn_log_slowly(s, _RATE_SLOT, math.log(s[at.COUNT_2S] + _LEAST_COUNT), share, count)
    learn_log_slowly(s, _RATE_SLOT + 1, math.log(s[at.COUNT_30S] + _LEAST_COUNT), share, count)
    learn_log_slowly(s, SPACING_SLOT, -s[at.SPACING], share, count)


@njit(cache=True, nogil=True)
def observe_repeats(s: Any, k: Any, price: float, size: float, now_s: float, raw: Any, x: Any, usual: Any) -> None:
    """Fill the repetition feature: recent prints of exactly this size and price, against the number expected.

    The feature is the square root of the log-likelihood ratio.
    """
    same, at_price = 0.0, 0.0
    for i in range(min(k[at.I_SIZED], at.REPEAT_RING)):
        if s[at.REPEAT_PRICE + i] == price and abs(now_s - s[at.REPEAT_TIME + i]) <= _REPEAT_S:
            at_price += 1.0
            if s[at.REPEAT_SIZE + i] == size:
                same += 1.0
    expected = max(at_price * _share_of(s, size), _LEAST_EXPECTED)
    x[feature.REPEATS] = math.sqrt(_log_likelihood_ratio(same, expected))
    raw[feature.REPEATS] = same
    usual[feature.REPEATS] = expected


@njit(cache=True, nogil=True)
def learn_repeats(s: Any, k: Any, price: float, size: float, now_s: float) -> None:
    """Add one print to the ring of recent prints and its size to the table of common sizes.

    The table keeps the most frequent sizes: a new size replaces the rarest one and starts from a count of 0. All counts
    are halved when their sum exceeds `_SKETCH_HALVE`.
    """
    place = k[at.I_SIZED] % at.REPEAT_RING
    s[at.REPEAT_PRICE + place] = price
    s[at.REPEAT_SIZE + place] = size
    s[at.REPEAT_TIME + place] = now_s
    k[at.I_SIZED] += 1
    entries = at.SKETCH_SIZE // 2
    least, total = 0, 0.0
    for i in range(entries):
        total += s[at.SIZE_SKETCH + 2 * i + 1]
    for i in range(entries):
        if s[at.SIZE_SKETCH + 2 * i] == size and s[at.SIZE_SKETCH + 2 * i + 1] > 0.0:
            least = i
            break
        if s[at.SIZE_SKETCH + 2 * i + 1] < s[at.SIZE_SKETCH + 2 * least + 1]:
            least = i
    if s[at.SIZE_SKETCH + 2 * least] != size:
        s[at.SIZE_SKETCH + 2 * least], s[at.SIZE_SKETCH + 2 * least + 1] = size, 0.0
    s[at.SIZE_SKETCH + 2 * least + 1] += 1.0
    if total > _SKETCH_HALVE:
        for i in range(entries):
            s[at.SIZE_SKETCH + 2 * i + 1] *= 0.5


@njit(cache=True, nogil=True)
def _share_of(s: Any, size: float) -> float:
    """Return the share of this size among all in the table of common sizes; no less than `_LEAST_SIZE_SHARE`."""
    total, own = 0.0, 0.0
    for i in range(at.SKETCH_SIZE // 2):
        total += s[at.SIZE_SKETCH + 2 * i + 1]
        if s[at.SIZE_SKETCH + 2 * i] == size:
            own = s[at.SIZE_SKETCH + 2 * i + 1]
    return max(own / total, _LEAST_SIZE_SHARE) if total > 0.0 else _LEAST_SIZE_SHARE


@njit(cache=True, nogil=True)
def observe_lateness(s: Any, late_s: float, delay_s: float, raw: Any, x: Any, usual: Any) -> None:
    """Fill the lateness features.

    `late_s` is how far the print's event time lies behind the latest one, `delay_s` the time from event to receipt.
    ``STALE`` is a decimal surprise: ``-log10`` of the share of late prints, weighted by how late this one is, plus
    ``log10(1 + late / usual)``.
    """
    typical = s[at.LATE_TYPICAL] + _LATE_FLOOR_S
    raw[feature.STALE], usual[feature.STALE] = late_s, s[at.LATE_TYPICAL]
    x[feature.STALE] = 0.0
    if late_s > 0.0:
        rarity = -math.log10(min(1.0, max(s[at.LATE_SHARE], _LEAST_LATE_SHARE)))
        x[feature.STALE] = rarity * min(1.0, late_s / typical) + math.log10(1.0 + late_s / typical)
    raw[feature.FEED_DELAY] = delay_s
    x[feature.FEED_DELAY] = above_centre(s, _DELAY_SLOT, math.log(delay_s + _DELAY_FLOOR_S))
    usual[feature.FEED_DELAY] = max(0.0, math.exp(s[at.CENTRE + _DELAY_SLOT]) - _DELAY_FLOOR_S)


@njit(cache=True, nogil=True)
def learn_lateness(s: Any, count: int, late_s: float, delay_s: float) -> None:
    """Update the baselines of lateness with one print."""
    late = 1.0 if late_s > 0.0 else 0.0
    share = 1.0 / min(count + 100.0, _LATE_PRINTS)
    s[at.LATE_SHARE] += share * (late - s[at.LATE_SHARE])
    if late_s > 0.0:
        limit = 10.0 * (s[at.LATE_TYPICAL] + _LATE_FLOOR_S)
        s[at.LATE_TYPICAL] += 0.02 * (min(late_s, limit) - s[at.LATE_TYPICAL])
    learn_log(s, _DELAY_SLOT, math.log(delay_s + _DELAY_FLOOR_S), count, _RATE_WINDOW)
