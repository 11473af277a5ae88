"""Rate, repetition and lateness features."""

import math
from typing import Any, Final

from numba import njit

from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel.baselines import above_centre, fade, learn_log, learn_log_slowly, weight

_RATE_SLOT: Final = 4
_SPACING_SLOT: Final = 6
_DELAY_SLOT: Final = 7
_RELATIVE_SLOT: Final = 8
_LEAST_SHARE: Final = 0.15
_FEW: Final = 2.0
_BURST: Final = 4.0
_BURST_SHARE: Final = 0.1
_RATE_WINDOW: Final = 1000.0
_SPACING_KEEP: Final = 0.9
_LEAST_GAP_S: Final = 1e-3
_REPEAT_S: Final = 120.0
_LEAST_EXPECTED: Final = 0.05
_SKETCH_HALVE: Final = 4096.0
_LATE_PRINTS: Final = 2000.0
_LATE_FLOOR_S: Final = 0.01
_LEAST_LATE_SHARE: Final = 1e-4


@njit(cache=True, nogil=True)
def observe_rate(s: Any, dt_s: float, raw: Any, x: Any, usual: Any) -> None:
    """Count one print and fill the rate features; `raw` and `usual` are in prints, of `SPACING` in seconds."""
    s[at.COUNT_2S] = s[at.COUNT_2S] * fade(dt_s, 2.0) + 1.0
    s[at.COUNT_30S] = s[at.COUNT_30S] * fade(dt_s, 30.0) + 1.0
    gap = math.log(dt_s + _LEAST_GAP_S)
    s[at.SPACING] = s[at.SPACING] * _SPACING_KEEP + gap * (1.0 - _SPACING_KEEP)
    raw[feature.RATE_2S], raw[feature.RATE_30S] = s[at.COUNT_2S], s[at.COUNT_30S]
    s[at.COUNT_300S] = s[at.COUNT_300S] * fade(dt_s, 300.0) + 1.0
    x[feature.RATE_2S] = above_centre(s, _RELATIVE_SLOT, _relative(s, _RATE_SLOT, s[at.COUNT_2S], 2.0))
    x[feature.RATE_30S] = above_centre(s, _RELATIVE_SLOT + 1, _relative(s, _RATE_SLOT + 1, s[at.COUNT_30S], 30.0))
    # Close prints are remarkable, so the sign turns.
    x[feature.SPACING] = above_centre(s, _SPACING_SLOT, -s[at.SPACING])
    raw[feature.SPACING] = math.exp(s[at.SPACING])
    usual[feature.RATE_2S] = math.exp(s[at.CENTRE + _RATE_SLOT])
    usual[feature.RATE_30S] = math.exp(s[at.CENTRE + _RATE_SLOT + 1])
    usual[feature.SPACING] = math.exp(-s[at.CENTRE + _SPACING_SLOT])


@njit(cache=True, nogil=True)
def _relative(s: Any, slot: int, prints: float, horizon_s: float) -> float:
    """Return the logarithm of a count against the expected: by the last minutes, or a small part of the usual."""
    expected = max(s[at.COUNT_300S] * horizon_s / 300.0, _LEAST_SHARE * math.exp(s[at.CENTRE + slot]))
    return math.log((prints + _FEW) / (expected + _FEW))


@njit(cache=True, nogil=True)
def learn_rate(s: Any, count: int, surprises: Any) -> None:
    """Take the rates into their centres and spreads; those of a burst teach little, for it is many prints."""
    most = max(surprises[feature.RATE_2S], surprises[feature.RATE_30S], surprises[feature.SPACING])
    share = weight(count, _RATE_WINDOW) * (_BURST_SHARE if most > _BURST else 1.0)
    learn_log_slowly(s, _RELATIVE_SLOT, _relative(s, _RATE_SLOT, s[at.COUNT_2S], 2.0), share, count)
    learn_log_slowly(s, _RELATIVE_SLOT + 1, _relative(s, _RATE_SLOT + 1, s[at.COUNT_30S], 30.0), share, count)
    learn_log_slowly(s, _RATE_SLOT, math.log(s[at.COUNT_2S]), share, count)
    learn_log_slowly(s, _RATE_SLOT + 1, math.log(s[at.COUNT_30S]), share, count)
    learn_log_slowly(s, _SPACING_SLOT, -s[at.SPACING], share, count)


@njit(cache=True, nogil=True)
def observe_repeats(s: Any, k: Any, price: float, size: float, now_s: float, raw: Any, x: Any, usual: Any) -> None:
    """Fill the repetition feature: prints of this very size and price among the recent ones, against the expected.

    The feature is the log-likelihood ratio of a Poisson count, ``n ln(n / e) - (n - e)``, in nats; its logarithm
    keeps it comparable between symbols.
    """
    same, at_price = 0.0, 0.0
    for i in range(min(k[at.I_REPEAT_RING], at.REPEAT_RING)):
        if s[at.REPEAT_PRICE + i] == price and now_s - s[at.REPEAT_TIME + i] <= _REPEAT_S:
            at_price += 1.0
            if s[at.REPEAT_SIZE + i] == size:
                same += 1.0
    expected = max(at_price * _share_of(s, size), _LEAST_EXPECTED)
    ratio = same * math.log(same / expected) - (same - expected) if same > expected else 0.0
    x[feature.REPEATS] = math.log1p(ratio)
    raw[feature.REPEATS] = same
    usual[feature.REPEATS] = expected


@njit(cache=True, nogil=True)
def learn_repeats(s: Any, k: Any, price: float, size: float, now_s: float) -> None:
    """Take one print into the ring of recent prints and its size into the table of common sizes.

    The table is a space-saving summary (Metwally, Agrawal, El Abbadi 2005) that halves now and then.
    """
    place = k[at.I_REPEAT_RING] % at.REPEAT_RING
    s[at.REPEAT_PRICE + place] = price
    s[at.REPEAT_SIZE + place] = size
    s[at.REPEAT_TIME + place] = now_s
    k[at.I_REPEAT_RING] += 1
    entries = at.SKETCH_SIZE // 2
    least, total = 0, 0.0
    for i in range(entries):
        total += s[at.SIZE_SKETCH + 2 * i + 1]
        if s[at.SIZE_SKETCH + 2 * i] == size and s[at.SIZE_SKETCH + 2 * i + 1] > 0.0:
            least = i
            break
        if s[at.SIZE_SKETCH + 2 * i + 1] < s[at.SIZE_SKETCH + 2 * least + 1]:
            least = i
    s[at.SIZE_SKETCH + 2 * least] = size
    s[at.SIZE_SKETCH + 2 * least + 1] += 1.0
    if total > _SKETCH_HALVE:
        for i in range(entries):
            s[at.SIZE_SKETCH + 2 * i + 1] *= 0.5


@njit(cache=True, nogil=True)
def _share_of(s: Any, size: float) -> float:
    total, own = 0.0, 0.0
    for i in range(at.SKETCH_SIZE // 2):
        total += s[at.SIZE_SKETCH + 2 * i + 1]
        if s[at.SIZE_SKETCH + 2 * i] == size:
            own = s[at.SIZE_SKETCH + 2 * i + 1]
    return own / total if total > 0.0 else 0.0


@njit(cache=True, nogil=True)
def observe_lateness(s: Any, late_s: float, delay_s: float, raw: Any, x: Any, usual: Any) -> None:
    """Fill the lateness features.

    `late_s` is how far the print's event time lies behind the latest seen, `delay_s` how long after its event it was
    received. ``STALE`` is decimal surprise: ``-log10`` of the share of late prints, weighted by how late this one is,
    plus ``log10(1 + late / usual)``.
    """
    typical = s[at.LATE_TYPICAL] + _LATE_FLOOR_S
    raw[feature.STALE], usual[feature.STALE] = late_s, s[at.LATE_TYPICAL]
    x[feature.STALE] = 0.0
    if late_s > 0.0:
        rarity = -math.log10(min(1.0, max(s[at.LATE_SHARE], _LEAST_LATE_SHARE)))
        x[feature.STALE] = rarity * min(1.0, late_s / typical) + math.log10(1.0 + late_s / typical)
    raw[feature.FEED_DELAY] = delay_s
    x[feature.FEED_DELAY] = above_centre(s, _DELAY_SLOT, math.log(delay_s)) if delay_s > 0.0 else 0.0
    usual[feature.FEED_DELAY] = math.exp(s[at.CENTRE + _DELAY_SLOT])


@njit(cache=True, nogil=True)
def learn_lateness(s: Any, count: int, late_s: float, delay_s: float) -> None:
    """Take the lateness of one print into its baselines."""
    late = 1.0 if late_s > 0.0 else 0.0
    share = 1.0 / min(count + 100.0, _LATE_PRINTS)
    s[at.LATE_SHARE] += share * (late - s[at.LATE_SHARE])
    if late_s > 0.0:
        limit = 10.0 * (s[at.LATE_TYPICAL] + _LATE_FLOOR_S)
        s[at.LATE_TYPICAL] += 0.02 * (min(late_s, limit) - s[at.LATE_TYPICAL])
    if delay_s > 0.0:
        learn_log(s, _DELAY_SLOT, math.log(delay_s), count, _RATE_WINDOW)
