"""The kernel: one print in, features, surprises and scores out, and the symbol's state moved on.

Everything is scored against what was known before the print; only then is it learned from.
"""

import math
from typing import Any, Final

import numpy as np
from numba import njit

from detector import detectors
from detector.detectors import high_volume, isolation_forest, surprise
from detector.kernel import activity, clock, control, odd, price, tails, volume
from detector.kernel import features as feature
from detector.kernel import layout as at

LEARNING_PRINTS: Final = 400
"""A symbol's first prints are learned from in silence: of sizes and repetition those that have a size, of prices those
that speak for the market's price."""
_LEARNED_FROM: Final = np.full(at.N_CHANNELS, at.I_COUNT)
_LEARNED_FROM[[detectors.SIZE, detectors.SUMS, detectors.REPEATS]] = at.I_REPEAT_RING
_LEARNED_FROM[[detectors.JUMPS, detectors.MOVES, detectors.DRIFTS, detectors.CLOSES]] = at.I_PRICED
"""Where the prints are counted that each channel is learned from; the forest needs them all."""
_FEW_PRINTS: Final = 20
"""So many tell roughly what is usual."""
_UNSIDED: Final = 0.5
"""Where more than such a share of the prints tell no aggressor side, one without is no cross."""
STALE_S: Final = 0.5
"""A print this much behind the latest event time says nothing of today's price or rate."""
GAP_S: Final = 1800.0
CLOSING_S: Final = 1200.0
CLOSING_SHARE: Final = 0.05
"""Of a session's prints about so many come within `CLOSING_S` of its end, where alone closing moves are told."""
EPISODE_NS: Final = 10_000_000_000
"""Alerts of a symbol at most so far apart are one episode."""

RAW: Final = 0
X: Final = 1
USUAL: Final = 2
SURPRISE: Final = 3
SCORES: Final = 4
THRESHOLDS: Final = at.N_CHANNELS
OUT_ROWS: Final = 5
MARGINS: Final = 2 * at.N_CHANNELS
CLOCK: Final = 3 * at.N_CHANNELS
EPISODE: Final = CLOCK + 2
OUT_COLUMNS: Final = EPISODE + 4
"""Row `SCORES`: scores, thresholds, margins, the clock in two parts, then, where there is an alert, its episode's
count, peak, and first time in two parts."""
SPLIT: Final = 2**31
"""A float64 holds no time in nanoseconds exactly, so it stands as quotient and remainder by this."""
ABSOLUTE: Final = 1 << at.N_CHANNELS
"""The bit of the absolute size rule, beside one for each channel."""
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
    """Score one print and learn from it.

    Parameters
    ----------
    s, k : ndarray of float64, int64, shape (SLOTS,)
        The symbol's state, all zeros for a new symbol, and its integer view.
    ts_event, ts_recv : int
        Nanoseconds since the epoch.
    print_price : float
        Finite.
    size : float
        Shares or contracts; features of size are left out where it is not positive.
    sign : float
        +1 for a buying aggressor, -1 for a selling one, 0 where not told.
    auction : bool
        Whether this may be the print of an opening or closing cross, which leaves size and price baselines alone: it
        is, unless most prints of the symbol tell no aggressor side as those do.
    session : int
        Number of the trading session; a new one resets the reference prices. 0 where there are none.
    to_close_s : float
        Seconds until the session ends; negative where that is not known.
    model : tuple
        Tails (1-d), thresholds' card (N_CHANNELS x 3), nodes, roots, normal path length, absolute
        size above which a print is flagged whatever is usual.
    out : ndarray of float64, shape (OUT_ROWS, OUT_COLUMNS)
        Filled with raw values, features, usual values, surprises; and scores, thresholds, margins, clock and episode.
    work, row : ndarray of float64, float32
        Scratch of `MEDIAN_PRINTS` and `N_FEATURES`.

    Returns
    -------
    int
        A bit per channel that fired (1 << index), none while learning; `ABSOLUTE` at any time.
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
        most = _most_counted(s, tail_rows, card) if k[at.I_REPEAT_RING] >= _FEW_PRINTS else size
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
    margins = scores[MARGINS:]
    _measure(s, k, card, scores, margins)
    odd.note(k, card[:, control.ODD], margins)
    control.silence_echoes(s, scores, margins, closing)
    fired = _fired(card, margins) | (ABSOLUTE if size > absolute_size else 0)

    if sized:
        volume.learn(s, k[at.I_REPEAT_RING], size, surprises)
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
    """Begin anew at this price where the session is another, or after a long pause; venues without hours have none."""
    if session not in (0, k[at.I_SESSION]) or pause_s > GAP_S:
        price.start_session(s, k, print_price)
        k[at.I_SESSION] = session or k[at.I_SESSION]


@njit(cache=True, nogil=True)
def _most_counted(s: Any, tail_rows: Any, card: Any) -> float:
    """Return the size from which on a print makes its block odd: larger ones count as this in the sums."""
    remarkable = s[at.LEVEL + detectors.SIZE] + control.young(s) + card[detectors.SIZE, control.ODD]
    return math.exp(s[at.CENTRE] + tails.value_of(s, tail_rows, feature.SIZE, remarkable))


@njit(cache=True, nogil=True)
def _measure(s: Any, k: Any, card: Any, scores: Any, margins: Any) -> None:
    """Fill thresholds and margins beside the scores; what is still being learned of a symbol is silent."""
    young = control.young(s)
    for c in range(at.N_CHANNELS):
        base, stretch = s[at.LEVEL + c] + young, control.stretch(s, card, c)
        scores[THRESHOLDS + c] = base + stretch * card[c, control.THRESHOLD]
        margins[c] = (scores[c] - base) / stretch if k[_LEARNED_FROM[c]] >= LEARNING_PRINTS else control.SILENT
    if min(k[at.I_REPEAT_RING], k[at.I_PRICED]) < LEARNING_PRINTS:
        margins[detectors.FOREST] = control.SILENT


@njit(cache=True, nogil=True)
def _fired(card: Any, margins: Any) -> int:
    """Return a bit per channel above its own threshold."""
    fired = 0
    for c in range(at.N_CHANNELS):
        if margins[c] > card[c, control.THRESHOLD]:
            fired |= 1 << c
    return fired


@njit(cache=True, nogil=True)
def note_alert(s: Any, k: Any, ts_event: int, scores: Any, fired: int) -> None:
    """Count one alert into its episode: alerts of a symbol at most 10 seconds apart are one."""
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
