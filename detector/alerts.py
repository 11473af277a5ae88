"""The kernel's output → an Anomaly message: reasons, rarity, severity, kind, and a sentence."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from common.anomaly import Anomaly, Episode, ModelTag, Reason, Severity, anomaly_id
from common.frozen import maker
from common.trade import Trade
from detector import detectors
from detector.catalog import FEATURES
from detector.kernel import features as feature
from detector.kernel import step as kernel
from detector.kernel.layout import N_CHANNELS

Rows = list[list[float]]
"""The kernel's output, row by row."""

_MOST_REASONS: Final = 5
_REMARKABLE: Final = 1.0
_MOST_ONCE_IN: Final = 1e9
_SEVERITIES: Final[tuple[tuple[float, Severity], ...]] = ((1e8, "critical"), (1e6, "high"), (1e5, "medium"))

_EXPLAINED_BY: Final = {
    feature.VOLUME_2S: feature.SIZE,
    feature.VOLUME_30S: feature.SIZE,
    feature.VOLUME_60P: feature.SIZE,
    feature.IMBALANCE_30S: feature.SIZE,
    **dict.fromkeys(
        (
            feature.PRINT_RETURN,
            feature.MOVE_2S,
            feature.MOVE_30S,
            feature.MOVE_300S,
            feature.MOVE_5P,
            feature.MOVE_20P,
            feature.MOVE_200P,
            feature.PATH_MOVE,
            feature.VWAP_DEVIATION,
        ),
        feature.OFF_MARKET,
    ),
    feature.FEED_DELAY: feature.STALE,
}
"""For features over a horizon, the feature of the print itself that may account for them and is then named first."""

_OWN_DOING: Final = 0.6
_CAUSE_SURPRISE: Final = 3.0
"""A print itself is no cause if one as extreme is seen more than once in 1,000."""
_UNDER_WAY: Final = 0.5
"""A print is part of a move if earlier prints had gone at least this share of its own distance in its direction."""
_CLEAR: Final = 4.0
"""A size, or prints of one size and price, with at least this surprise explain the volume that they add up to."""

_FEATURES_OF: Final = {
    detectors.HIGH_VOLUME: range(feature.END_VOLUME),
    detectors.SURPRISE: range(feature.END_VOLUME, feature.N_FEATURES),
}
"""The features that each detector looks at; the forest looks at all."""


def score_of(surprise: float, threshold: float) -> float:
    """Return a detector's score from 0 to 1: one half at its threshold; each further threshold halves the rest.

    >>> score_of(4.0, 4.0), score_of(8.0, 4.0)
    (0.5, 0.75)
    """
    return float(1.0 - 2.0 ** (-surprise / threshold)) if threshold > 0.0 else 1.0


def channels_of(fired: int) -> list[int]:
    """Return the channels whose bits are set.

    >>> channels_of(0b101)
    [0, 2]
    """
    return [channel for channel in range(N_CHANNELS) if fired >> channel & 1]


def assemble(
    trade: Trade,
    fired: int,
    rows: Rows,
    gains: NDArray[np.float64] | None,
    once_in: float,
    episode_id: str | None,
    tag: ModelTag,
    absolute_size: float,
    detected_at: int,
) -> Anomaly:
    """Return the message for one flagged print.

    Parameters
    ----------
    trade : Trade
        The print.
    fired : int
        Bits as `step.step` returns them.
    rows : list of list of float
        The kernel's output, OUT_ROWS of OUT_COLUMNS; plain floats, since reading a few is slower from an array.
    gains : ndarray of float64, shape (N_FEATURES,), optional
        Path gains of the forest, if it alone fired.
    once_in : float
        In how many prints of the symbol one so extreme is expected.
    episode_id : str, optional
        Id of the current episode; None if this alert begins one.
    tag : ModelTag
        Identifies the model.
    absolute_size : float
        The size above which every print is flagged.
    detected_at : int
        Nanoseconds since the epoch.
    """
    scores = rows[kernel.SCORES]
    channels = channels_of(fired)
    strengths = [score_of(scores[c], scores[kernel.THRESHOLDS + c]) for c in channels]
    speaking = sorted({detectors.DETECTOR_OF[c] for c in channels})
    score = max(strengths, default=0.5)
    absolute = bool(fired & kernel.ABSOLUTE)
    alerting = sorted({*speaking, detectors.HIGH_VOLUME}) if absolute else speaking
    weights = _weights(speaking, rows, gains, absolute)
    reasons = _reasons(_heaviest(weights, speaking, absolute), rows, score)
    own_id = anomaly_id(trade.trade_id, tag.hash)
    lead = reasons[0]
    count, peak = int(scores[kernel.EPISODE]), scores[kernel.EPISODE + 1]
    first_ts_event = int(scores[kernel.EPISODE + 2]) * kernel.SPLIT + int(scores[kernel.EPISODE + 3])
    bounds = [f"expected {_about(once_in)} trades of this symbol"] if channels else []
    if absolute:
        what = "" if lead.feature == FEATURES[feature.SIZE].name else "a size "
        bounds.append(f"{what}above the absolute limit of {absolute_size:,.0f}")
    return _anomaly(
        trade=trade,
        anomaly_id=own_id,
        rules=tuple(detectors.NAMES[d] for d in alerting),
        kind=_kind(reasons),
        score=score,
        severity=next((name for bound, name in _SEVERITIES if once_in >= bound), "low"),
        actual=lead.actual,
        expected=lead.expected,
        once_in=min(once_in, _MOST_ONCE_IN),
        summary=f"{trade.symbol}: {lead.text}; {', '.join(bounds)}.",
        reasons=reasons,
        episode=_episode(episode_id or own_id, first_ts_event, max(score, score_of(peak, 1.0)), count),
        model=tag,
        detected_at=detected_at,
    )


def _weights(speaking: list[int], rows: Rows, gains: NDArray[np.float64] | None, absolute: bool) -> dict[int, float]:
    """Return the weight of each feature that contributes to the alert, before scaling."""
    surprises = rows[kernel.SURPRISE][: feature.N_FEATURES]
    single = {i: (each - _REMARKABLE) ** 2 for i, each in enumerate(surprises) if each > _REMARKABLE}
    sizes, prices = detectors.HIGH_VOLUME in speaking, detectors.SURPRISE in speaking
    weights = {i: weight for i, weight in single.items() if (sizes if i < feature.END_VOLUME else prices)}
    if not weights and gains is not None:
        weights = {i: gain for i, gain in enumerate(gains.tolist()) if gain > 0.0}
    if surprises[feature.REPEATS] >= _CLEAR:
        weights[feature.REPEATS] = single[feature.REPEATS]
    _lead_with_the_cause(weights, rows[kernel.RAW], surprises)
    if absolute:
        # The rarity in the summary is that of what a channel found, so this is named before a size above the limit.
        lead = max(weights.values(), default=1.0)
        weights[feature.SIZE] = max(weights.get(feature.SIZE, 0.0), 0.5 * lead) if speaking else lead
    return weights or {surprises.index(max(surprises)): 1.0}


def _lead_with_the_cause(weights: dict[int, float], raw: list[float], surprises: list[float]) -> None:
    """Limit the weight of each effect to half of its cause's."""
    for clear in (feature.REPEATS, feature.SIZE):
        if surprises[clear] >= _CLEAR and clear in weights:
            _halve(weights, range(feature.SIZE + 1, feature.END_VOLUME), weights[clear])
    walked = raw[feature.MOVE_20P] - raw[feature.PRINT_RETURN]
    if walked * raw[feature.OFF_MARKET] > 0.0 and abs(walked) >= _UNDER_WAY * abs(raw[feature.OFF_MARKET]):
        moves = [weights[i] for i in range(feature.MOVE_2S, feature.CLOSE_MOVE + 1) if i in weights]
        if moves and max(moves) >= weights.get(feature.SNAPBACK, 0.0):
            _halve(weights, (feature.PRINT_RETURN, feature.OFF_MARKET, feature.SNAPBACK), max(moves))
        return
    for horizon, print_itself in _EXPLAINED_BY.items():
        both = horizon in weights and print_itself in weights and surprises[print_itself] >= _CAUSE_SURPRISE
        if both and abs(raw[print_itself]) >= _OWN_DOING * abs(raw[horizon]):
            _halve(weights, (horizon,), weights[print_itself])


def _halve(weights: dict[int, float], features: Iterable[int], lead: float) -> None:
    for i in features:
        if i in weights:
            weights[i] = min(weights[i], 0.5 * lead)


def _heaviest(weights: dict[int, float], speaking: list[int], absolute: bool) -> dict[int, float]:
    """Return the weights to name, heaviest first: one at least of each detector that speaks, and a size too large."""
    order = sorted(weights, key=lambda i: (-weights[i], i))
    owed = [_FEATURES_OF[detector] for detector in speaking if detector in _FEATURES_OF]
    if absolute:
        owed.append(range(feature.SIZE, feature.SIZE + 1))
    due = {own for features in owed if (own := next((i for i in order if i in features), None)) is not None}
    others = [i for i in order if i not in due]
    named = due.union(others[: _MOST_REASONS - len(due)])
    return {i: weights[i] for i in order if i in named}


def _reasons(weights: dict[int, float], rows: Rows, score: float) -> tuple[Reason, ...]:
    raw, usual = rows[kernel.RAW], rows[kernel.USUAL]
    share = score / sum(weights.values())
    reasons = []
    for i, weight in weights.items():
        actual, expected = raw[i], usual[i]
        text = _WORDS[i](actual, expected)
        reasons.append(_reason(FEATURES[i].name, share * weight, actual, expected, text))
    return tuple(reasons)


def _kind(reasons: tuple[Reason, ...]) -> str:
    """Return the first reason's kind; a closing ramp with a fifth of its weight or more replaces a price burst."""
    kinds: dict[str, float] = {}
    for reason in reasons:
        kind = _KIND_OF[reason.feature]
        kinds[kind] = kinds.get(kind, 0.0) + reason.contribution
    lead = _KIND_OF[reasons[0].feature]
    if lead == "price_burst" and kinds.get("close_ramp", 0.0) >= 0.2 * kinds[lead]:
        return "close_ramp"
    return lead


_WORDS: Final = tuple(entry.text for entry in FEATURES)
_anomaly, _episode, _reason = maker(Anomaly), maker(Episode), maker(Reason)
_KIND_OF: Final = {entry.name: entry.kind for entry in FEATURES}


def _about(count: float) -> str:
    """Return the rarity in words, no more precise and no rarer than can be known.

    >>> _about(89_689.0), _about(1e12)
    ('once in 90,000', 'less than once in a million')
    """
    rounded = float(f"{count:.2g}")
    return "less than once in a million" if rounded > 1e6 else f"once in {rounded:,.0f}"
