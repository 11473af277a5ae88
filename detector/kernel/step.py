"""One step of the kernel, where a trade becomes an anomaly: scores a print and updates the symbol's state.

A print is scored against what was known before it; only afterwards does the state learn from it.
"""

import math
from typing import Any, Final

import numpy as np
from numba import njit

from detector import detectors
from detector.detectors import high_volume, isolation_forest, surprise
from detector.kernel import activity, clock, control, echoes, odd, price, tails, volume
from detector.kernel import features as feature
from detector.kernel import layout as at

LEARNING_PRINTS: Final = 400
"""A channel stays silent until it has learned from this many prints of a symbol. Sizes, sums and repeats count prints
with a size, price channels those that the price baselines learn from, the others all prints."""
_LEARNED_FROM: Final = np.full(at.N_CHANNELS, at.I_COUNT)
_LEARNED_FROM[[detectors.SIZE, detectors.SUMS, detectors.REPEATS]] = at.I_SIZED
_LEARNED_FROM[[detectors.JUMPS, detectors.MOVES, detectors.DRIFTS, detectors.CLOSES]] = at.I_PRICED
"""The state slot that counts the prints each channel has learned from; the forest waits for all three counts."""
_FEW_PRINTS: Final = 20
"""Enough prints for a rough idea of what is usual."""
_UNSIDED: Final = 0.5
"""If at least this share of a symbol's prints has no aggressor side, a print without one is not taken for a cross."""
STALE_S: Final = 0.5
"""A print this far behind the latest event time says nothing about the current price or rate."""
GAP_S: Final = 1800.0
CLOSING_S: Final = 1200.0
CLOSING_SHARE: Final = 0.05
"""Rough share of a session's prints within `CLOSING_S` of its end, the only time when closing moves are reported."""
EPISODE_NS: Final = 10_000_000_000
"""Consecutive alerts of a symbol at most this far apart belong to one episode."""

RAW: Final = 0
X: Final = 1
USUAL: Final = 2
SURPRISE: Final = 3
SCORES: Final = 4
THRESHOLDS: Final = at.N_CHANNELS
OUT_ROWS: Final = 5
MARGINS: Final = 2 * at.N_CHANNELS
ECHOES: Final = 3 * at.N_CHANNELS
CLOCK: Final = 4 * at.N_CHANNELS
EPISODE: Final = CLOCK + 2
OUT_COLUMNS: Final = EPISODE + 4
"""Row `SCORES` holds scores, thresholds and margins of the channels, the margins up to which their scores are echoes,
the clock in two parts and, for an alert only, its episode's alert count, peak and first time in two parts."""
SPLIT: Final = 2**31
"""A float64 cannot hold a time in nanoseconds exactly, so times are stored as quotient and remainder by this."""
ABSOLUTE: Final = 1 << at.N_CHANNELS
"""The bit of the absolute size rule; the bits below are the channels'."""
BITS: Final = ABSOLUTE << 1


@njit(cache=True, nogil=True)
def step(
    s: Any,
    k: Any,
    ts_event: int,
    ts_recv: int,
    print_price: float,
    size: float,
    sign: float,
    auction: bool,
    session: int,
    to_close_s: float,
    model: Any,
    out: Any,
    work: Any,
    row: Any,
) -> int:
    """Score one print, then learn from it.

    Parameters
    ----------
    s, k : ndarray of float64, int64, shape (SLOTS,)
        The symbol's state, all zeros for a new symbol, and its integer view. Updated in place.
    ts_event, ts_recv : int
        Nanoseconds since the epoch.
    print_price : float
        Price of the print; finite.
    size : float
        Shares or contracts; unless it is positive, size, volume and repetition features are 0.
    sign : float
        +1 for a buying aggressor, -1 for a selling one, 0 if none is given.
    auction : bool
        Whether this may be a print of an opening or closing cross, which leaves size and price baselines unchanged.
        Ignored if most prints of the symbol have no aggressor side, since crosses are recognised by its absence.
    session : int
        Number of the trading session, 0 if the venue's hours are not known. A new session resets the reference prices.
    to_close_s : float
        Seconds until the session ends; negative if not known or outside sessions.
    model : tuple
        Tails (1-d), thresholds' card (N_CHANNELS x 3), forest nodes, tree roots, normal path length, and the absolute
        size above which every print is flagged.
    out : ndarray of float64, shape (OUT_ROWS, OUT_COLUMNS)
        Filled with one row each of raw values, features, usual values, surprises, and the row `SCORES`.
    work, row : ndarray of float64, float32
        Scratch of length `MEDIAN_PRINTS` and `N_FEATURES`.

    Returns
    -------
    int
        One bit per channel that fired (``1 << channel``), never set while the channel is learning; and `ABSOLUTE`.
    """
    tail_rows, card, nodes, roots, normal_length, absolute_size = model
    count = k[at.I_COUNT]
    if count == 0:
        clock.start(k, ts_event)
        k[at.I_SESSION] = session
        control.start(s, card)
        tails.start(s, tail_rows)
        price.start_session(s, k, print_price)
    back_s = clock.put_back(s, k, ts_event)
    dt_s = max(0, ts_event - k[at.I_CLOCK]) * 1e-9
    late_s = max(0, k[at.I_CLOCK] - ts_event) * 1e-9
    delay_s = max(0, ts_recv - ts_event) * 1e-9
    now_s = max(ts_event, k[at.I_CLOCK]) - k[at.I_ANCHOR]
    now_s = now_s * 1e-9
    stale = late_s >= STALE_S
    auction = auction and s[at.UNSIDED_SHARE] < _UNSIDED
    if late_s == 0.0:
        _follow_session(s, k, session, max(dt_s, back_s), print_price)
    raw, x, usual, surprises, scores = out[RAW], out[X], out[USUAL], out[SURPRISE], out[SCORES]

    sized = size > 0.0 and not auction
    volume.pass_time(s, dt_s)
    if sized:
        most = _most_counted(s, tail_rows, card) if k[at.I_SIZED] >= _FEW_PRINTS else size
        volume.observe(s, size, min(size, most), sign, raw, x, usual)
        activity.observe_repeats(s, k, print_price, size, now_s, raw, x, usual)
    else:
        volume.observe_none(s, size, raw, x, usual)
        raw[feature.REPEATS], x[feature.REPEATS], usual[feature.REPEATS] = 0.0, 0.0, 0.0
    price.observe(s, k, print_price, dt_s, raw, x, usual, work)
    activity.observe_rate(s, k, now_s, dt_s, stale, raw, x, usual)
    activity.observe_lateness(s, late_s, delay_s, raw, x, usual)

    tails.surprises(s, tail_rows, x, usual, count, surprises)
    high_volume.score(surprises, scores)
    closing = 0.0 <= to_close_s < CLOSING_S
    surprise.score(surprises, scores)
    if not closing:
        surprises[feature.CLOSE_MOVE] = 0.0
    scores[detectors.FOREST] = isolation_forest.score(surprises, tail_rows, nodes, roots, row, normal_length)
    fired = _judge(s, k, card, scores, closing) | (ABSOLUTE if size > absolute_size else 0)

    if sized:
        volume.learn(s, k[at.I_SIZED], size, surprises)
        activity.learn_repeats(s, k, print_price, size, now_s)
    if not stale:
        activity.learn_rate(s, count, raw, usual, surprises)
        if not auction:
            price.learn(s, k, print_price, volume.usual_part(s, size), dt_s, raw, surprises, work)
    activity.learn_lateness(s, count, late_s, delay_s)
    tails.adapt(s, k, tail_rows, x, count, LEARNING_PRINTS)
    if count >= LEARNING_PRINTS:
        control.learn(s, k, card, scores, count)
    unsided = 1.0 if sign == 0.0 else 0.0
    s[at.UNSIDED_SHARE] += (unsided - s[at.UNSIDED_SHARE]) / min(count + _FEW_PRINTS, LEARNING_PRINTS)
    k[at.I_COUNT] = count + 1
    k[at.I_CLOCK] = max(k[at.I_CLOCK], ts_event)
    scores[CLOCK], scores[CLOCK + 1] = k[at.I_CLOCK] // SPLIT, k[at.I_CLOCK] % SPLIT
    if fired:
        note_alert(s, k, ts_event, scores, fired)
    return fired


@njit(cache=True, nogil=True)
def _follow_session(s: Any, k: Any, session: int, pause_s: float, print_price: float) -> None:
    """Restart the price references at this price in a new session or after a pause of more than `GAP_S`."""
    if session not in (0, k[at.I_SESSION]) or pause_s > GAP_S:
        price.start_session(s, k, print_price)
        k[at.I_SESSION] = session or k[at.I_SESSION]


@njit(cache=True, nogil=True)
def _most_counted(s: Any, tail_rows: Any, card: Any) -> float:
    """Return the size above which a print makes its block odd; larger sizes count as this one in the sums."""
    remarkable = s[at.LEVEL + detectors.SIZE] + control.young(s) + card[detectors.SIZE, control.ODD]
    return math.exp(s[at.CENTRE] + tails.value_of(s, tail_rows, feature.SIZE, remarkable))


@njit(cache=True, nogil=True)
def _judge(s: Any, k: Any, card: Any, scores: Any, closing: bool) -> int:
    """Compare the scores with their thresholds, then remember them; return one bit per channel that fired."""
    _measure(s, k, card, scores)
    odd.note(k, card[:, control.ODD], scores[MARGINS:])
    if not closing:
        scores[MARGINS + detectors.CLOSES] = control.SILENT
    echoes.remember(s, scores, closing)
    return _fired(card, scores)


@njit(cache=True, nogil=True)
def _measure(s: Any, k: Any, card: Any, scores: Any) -> None:
    """Fill in thresholds, margins and echoes beside the scores; channels still learning a symbol are silent."""
    young, margins = control.young(s), scores[MARGINS:]
    for c in range(at.N_CHANNELS):
        base, stretch = s[at.LEVEL + c] + young, control.stretch(s, card, c)
        scores[THRESHOLDS + c] = base + stretch * card[c, control.THRESHOLD]
        margins[c] = (scores[c] - base) / stretch if k[_LEARNED_FROM[c]] >= LEARNING_PRINTS else control.SILENT
        scores[ECHOES + c] = (echoes.highest(s, c, scores[c]) - base) / stretch
    if min(k[at.I_SIZED], k[at.I_PRICED]) < LEARNING_PRINTS:
        margins[detectors.FOREST] = control.SILENT


@njit(cache=True, nogil=True)
def _fired(card: Any, scores: Any) -> int:
    """Return one bit per channel that is above its threshold, and not as an echo."""
    fired = 0
    for c in range(at.N_CHANNELS):
        if scores[MARGINS + c] > card[c, control.THRESHOLD] >= scores[ECHOES + c]:
            fired |= 1 << c
    return fired


@njit(cache=True, nogil=True)
def note_alert(s: Any, k: Any, ts_event: int, scores: Any, fired: int) -> None:
    """Add one alert to the symbol's current episode, or to a new one, and write the episode into `scores`."""
    now = k[at.I_CLOCK]
    highest = 0.0
    for d in range(at.N_CHANNELS):
        if fired >> d & 1:
            highest = max(highest, scores[d] / scores[THRESHOLDS + d])
    if k[at.I_EPISODE_COUNT] == 0 or abs(now - k[at.I_ALERT_CLOCK]) > EPISODE_NS:
        k[at.I_EPISODE_FIRST], k[at.I_EPISODE_COUNT], s[at.EPISODE_PEAK] = ts_event, 0, 0.0
    k[at.I_EPISODE_COUNT] += 1
    k[at.I_ALERT_CLOCK] = now
    s[at.EPISODE_PEAK] = max(s[at.EPISODE_PEAK], highest)
    scores[EPISODE] = k[at.I_EPISODE_COUNT]
    scores[EPISODE + 1] = s[at.EPISODE_PEAK]
    scores[EPISODE + 2] = k[at.I_EPISODE_FIRST] // SPLIT
    scores[EPISODE + 3] = k[at.I_EPISODE_FIRST] % SPLIT
