"""Price features: the deviation of a print from references at several horizons, in units of the usual deviation."""

import math
from typing import Any, Final

from numba import njit

from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel import news
from detector.kernel.baselines import (
    FAST_PRINTS,
    RELATIVE_FLOOR,
    SLOW_PRINTS,
    UNMOVED_FLOOR,
    fade,
    gap_now,
    learn_price,
    price_scale,
    slowed,
    usual_gap,
    weight,
)

MEDIAN_PRINTS: Final = 11
ACCEPTED: Final = 8.0
"""A print further than this many usual deviations from the local median moves no reference unless earlier prints
confirm it."""
_CONFIRMING: Final = 2
"""So many prints before it, each within a usual deviation of it, make a price the market's."""
_HORIZON_S: Final = (2.0, 30.0, 300.0, 200.0)
_HORIZON_PRINTS: Final = (5.0, 20.0, 200.0)
_MEMORY_S: Final = 2400.0
"""Memory of the scales of features over minutes, by time: many prints within a horizon hardly tell more than one. In
prints, it is bounded by the next two constants."""
_MEMORY_PRINTS: Final = 20_000.0
_LEAST_MEMORY_PRINTS: Final = 300.0
_VWAP_S: Final = 600.0
_VWAP_PRINTS: Final = 200
"""Prints of a session after which its average price is worth comparing with."""
_MOVE_UNIT_CHANGES: Final = 300.0
_MOST_GAP_S: Final = 300.0
_MOVE_30S_LASTS_S: Final = 15.0
"""A random walk deviates from its mean fading over 30 s as much as it moves in this time."""


@njit(cache=True, nogil=True)
def local_median(s: Any, k: Any, work: Any) -> float:
    """Return the median of the session's latest `MEDIAN_PRINTS` prices, and leave them sorted in `work`."""
    count = min(k[at.I_SESSION_COUNT], MEDIAN_PRINTS)
    newest = k[at.I_RING]
    for i in range(count):
        price = s[at.PRICE_RING + (newest - 1 - i) % at.RING_SIZE]
        j = i
        while j > 0 and work[j - 1] > price:
            work[j] = work[j - 1]
            j -= 1
        work[j] = price
    return work[count // 2]


@njit(cache=True, nogil=True)
def start_session(s: Any, k: Any, price: float) -> None:
    """Set every reference to the session's first price; scales are kept."""
    for i in range(at.HORIZONS):
        s[at.REFERENCES + i] = price
    s[at.VWAP_REFERENCE] = price
    s[at.LAST] = price
    s[at.VALUE] = 0.0
    s[at.VALUE_SIZE] = 0.0
    k[at.I_SESSION_COUNT] = 0
    k[at.I_RING] = k[at.I_PATH_RING] = 0


@njit(cache=True, nogil=True)
def floor_of(s: Any, k: Any) -> float:
    """Return the floor of the scales, in price units: half a usual price change, or a small share of the price."""
    share = RELATIVE_FLOOR if k[at.I_CHANGES] > 0 else UNMOVED_FLOOR
    return max(0.5 * s[at.MOVE_UNIT], share * abs(s[at.LAST]))


@njit(cache=True, nogil=True)
def observe(s: Any, k: Any, price: float, dt_s: float, raw: Any, x: Any, usual: Any, work: Any) -> None:
    """Fill the price features of one print.

    Parameters
    ----------
    s, k : ndarray of float64, int64
        State and its integer view. The references over seconds fade to the present; nothing else changes.
    price : float
        Price of the print.
    dt_s : float
        Seconds since the latest event time, never negative.
    raw, x, usual : ndarray of float64, shape (N_FEATURES,)
        Filled with signed deviations in price units, features, and usual deviations in price units.
    work : ndarray of float64, shape (MEDIAN_PRINTS,)
        Scratch; left with the session's latest prices, sorted.
    """
    seen = k[at.I_SESSION_COUNT]
    first = feature.FIRST_PRICE
    if seen == 0:
        for i in range(at.N_PRICE):
            raw[first + i], x[first + i], usual[first + i] = 0.0, 0.0, 0.0
        return
    newest = k[at.I_RING]
    median = local_median(s, k, work)
    previous = s[at.PRICE_RING + (newest - 1) % at.RING_SIZE]
    for i in range(len(_HORIZON_S)):
        gap = s[at.REFERENCES + i] - s[at.LAST]
        s[at.REFERENCES + i] = s[at.LAST] + gap * fade(dt_s, _HORIZON_S[i])
    raw[feature.PRINT_RETURN] = price - s[at.LAST]
    raw[feature.OFF_MARKET] = _lesser(price - median, price - s[at.LAST])
    raw[feature.SNAPBACK] = _lesser(previous - price, previous - median)
    raw[feature.MOVE_2S] = price - s[at.REFERENCES]
    raw[feature.MOVE_30S] = price - s[at.REFERENCES + 1]
    raw[feature.MOVE_300S] = price - s[at.REFERENCES + 2]
    raw[feature.CLOSE_MOVE] = price - s[at.REFERENCES + 3]
    raw[feature.MOVE_5P] = price - s[at.REFERENCES + 4]
    raw[feature.MOVE_20P] = price - s[at.REFERENCES + 5]
    raw[feature.MOVE_200P] = price - s[at.REFERENCES + 6]
    raw[feature.PATH_MOVE] = _efficient_move(s, k, price)
    settled = s[at.VALUE_SIZE] > 0.0 and seen >= _VWAP_PRINTS
    vwap = s[at.VALUE] / s[at.VALUE_SIZE] if settled else price
    raw[feature.VWAP_DEVIATION] = price - vwap
    raw[feature.VWAP_DRIFT] = vwap - s[at.VWAP_REFERENCE] if settled else 0.0
    floor = floor_of(s, k)
    unit = s[at.SLOW + feature.MOVE_30S - first]
    walk = unit * unit / _MOVE_30S_LASTS_S
    slower_s = max(0.0, gap_now(s) - usual_gap(s))
    for i in range(at.N_PRICE):
        scale = price_scale(s, i, floor)
        longer_s = 0.0
        if first + i <= feature.MOVE_30S:
            # A jump that came back also spans the gap before the previous print.
            longer_s = dt_s + s[at.GAP] if first + i == feature.SNAPBACK else dt_s
        elif first + i == feature.MOVE_20P:
            longer_s = 20.0 * slower_s
        elif first + i == feature.PATH_MOVE:
            # In a random walk, a squared move over its path length is about as large as a single step.
            longer_s = slower_s
        if longer_s > 0.0:
            scale = math.sqrt(scale * scale + walk * min(longer_s, _MOST_GAP_S))
        usual[first + i] = scale
        x[first + i] = abs(raw[first + i]) / scale if scale > 0.0 else 0.0
    # The raw value is a squared move over its path length; its root has a tail like those of the other features.
    x[feature.PATH_MOVE] = math.sqrt(x[feature.PATH_MOVE])


@njit(cache=True, nogil=True)
def learn(s: Any, k: Any, price: float, size: float, dt_s: float, raw: Any, surprises: Any, work: Any) -> None:
    """Update references and scales with a print that represents the market's price, after it was scored.

    `raw` and `work` are as `observe` left them.
    """
    count, seen = max(0, k[at.I_PRICED] - 1), k[at.I_SESSION_COUNT]
    floor = floor_of(s, k)
    # `work` holds the session's latest prices, sorted.
    off = abs(price - work[min(seen, MEDIAN_PRINTS) // 2]) if seen > 0 else 0.0
    near = price_scale(s, feature.OFF_MARKET - feature.FIRST_PRICE, floor)
    accepted = seen < MEDIAN_PRINTS or off <= ACCEPTED * near or _confirmed(s, k, price, near)
    if seen > 0:
        _learn_scales(s, count, seen, dt_s, off, raw, surprises)
        change = abs(price - s[at.PRICE_RING + (k[at.I_RING] - 1) % at.RING_SIZE])
        if change > 0.0:
            limit = 4.0 * s[at.MOVE_UNIT]
            value = min(change, limit) if limit > 0.0 else change
            s[at.MOVE_UNIT] += weight(k[at.I_CHANGES], _MOVE_UNIT_CHANGES) * (value - s[at.MOVE_UNIT])
            k[at.I_CHANGES] += 1
    if accepted:
        s[at.LAST] = price
        s[at.PATH_RING + k[at.I_PATH_RING] % at.RING_SIZE] = price
        k[at.I_PATH_RING] += 1
        for i in range(len(_HORIZON_PRINTS)):
            slot = at.REFERENCES + len(_HORIZON_S) + i
            s[slot] += (price - s[slot]) / _HORIZON_PRINTS[i]
        kept = fade(dt_s, _VWAP_S)
        s[at.VALUE] = s[at.VALUE] * kept + price * size
        s[at.VALUE_SIZE] = s[at.VALUE_SIZE] * kept + size
        if s[at.VALUE_SIZE] > 0.0:
            vwap = s[at.VALUE] / s[at.VALUE_SIZE]
            s[at.VWAP_REFERENCE] = vwap + (s[at.VWAP_REFERENCE] - vwap) * fade(dt_s, _VWAP_S)
        news.take_up(s, k, price, surprises)
    s[at.GAP] = dt_s
    s[at.PRICE_RING + k[at.I_RING] % at.RING_SIZE] = price
    k[at.I_RING] += 1
    k[at.I_SESSION_COUNT] = seen + 1
    k[at.I_PRICED] += 1


@njit(cache=True, nogil=True)
def _confirmed(s: Any, k: Any, price: float, near: float) -> bool:
    """Return whether the previous prints were near this price too, so that it is the market's."""
    for i in range(_CONFIRMING):
        if abs(price - s[at.PRICE_RING + (k[at.I_RING] - 1 - i) % at.RING_SIZE]) > near:
            return False
    return True


@njit(cache=True, nogil=True)
def _learn_scales(s: Any, count: int, seen: int, dt_s: float, off: float, raw: Any, surprises: Any) -> None:
    """Update the scales with the deviations of one print; `off` is its distance from the local median.

    Unlike `floor_of`, their floor includes no share of the price: a wrong price would raise its own limit.
    """
    floor = 0.5 * s[at.MOVE_UNIT]
    slow, fast = weight(count, SLOW_PRINTS), weight(count, FAST_PRINTS)
    for i in range(feature.FIRST_PRICE, feature.FIRST_SLOW):
        deviation = off if i == feature.OFF_MARKET else abs(raw[i])
        share = slowed(surprises[i])
        learn_price(s, i - feature.FIRST_PRICE, deviation, floor, share * slow, share * fast)
    recent = min(dt_s / _MEMORY_S, 1.0 / _LEAST_MEMORY_PRINTS)
    slow = max(weight(count, _MEMORY_PRINTS), recent)
    settled = max(weight(max(0, count - _VWAP_PRINTS), _MEMORY_PRINTS), recent)
    for i in range(feature.FIRST_SLOW, feature.END_PRICE):
        if i < feature.VWAP_DEVIATION:
            learn_price(s, i - feature.FIRST_PRICE, abs(raw[i]), floor, slowed(surprises[i]) * slow, 0.0)
        elif seen >= _VWAP_PRINTS:
            learn_price(s, i - feature.FIRST_PRICE, abs(raw[i]), floor, slowed(surprises[i]) * settled, 0.0)


@njit(cache=True, nogil=True)
def _lesser(one: float, other: float) -> float:
    """Return the deviation nearer to 0 if both have the same sign, otherwise 0."""
    if one * other <= 0.0:
        return 0.0
    return one if abs(one) < abs(other) else other


@njit(cache=True, nogil=True)
def _efficient_move(s: Any, k: Any, price: float) -> float:
    """Return the squared move over the latest `RING_SIZE` accepted prices, divided by its path length and signed."""
    count = min(k[at.I_PATH_RING], at.RING_SIZE)
    path, later = 0.0, price
    for i in range(count):
        earlier = s[at.PATH_RING + (k[at.I_PATH_RING] - 1 - i) % at.RING_SIZE]
        path += abs(later - earlier)
        later = earlier
    return (price - later) * abs(price - later) / path if path > 0.0 else 0.0
