"""The Anomaly message: one alert, as published on the anomalies topic and written by ``backtest``."""

import hashlib
from dataclasses import asdict, dataclass, fields
from operator import attrgetter
from typing import Any, Final, Literal, Self

import orjson

from common import checks
from common.errors import MessageError
from common.trade import FIELDS, Trade

Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: Final[tuple[Severity, ...]] = ("low", "medium", "high", "critical")
APPENDED_HEADER: Final = "trade_appended_ms"
"""Message header: when the trade was appended to its topic, as decimal milliseconds since the epoch."""
_ID_DIGITS: Final = 32
_HASH_DIGITS: Final = 16
_MOST_TEXT: Final = 2_000


@dataclass(frozen=True, slots=True)
class Reason:
    """One feature's part in an alert.

    Attributes
    ----------
    feature : str
        Name of the feature, as in the model card.
    contribution : float
        Its part of the anomaly's score; the contributions of all reasons sum to it.
    actual, expected : float
        The feature's value and the value expected from this symbol's baseline, in the feature's own unit.
    text : str
        The same in plain words.
    """

    feature: str
    contribution: float
    actual: float
    expected: float
    text: str


@dataclass(frozen=True, slots=True)
class ModelTag:
    """The model that raised an alert: the ``hash`` of its arrays and card, and its ``version``."""

    hash: str
    version: str


@dataclass(frozen=True, slots=True)
class Episode:
    """The run of alerts of one symbol that this alert belongs to, as known when the alert is sent.

    Attributes
    ----------
    episode_id : str
        ``anomaly_id`` of the first alert of the run.
    first_ts_event : int
        When the run began, in nanoseconds since the epoch.
    peak_score : float
        Highest score so far.
    count : int
        Alerts so far, this one included.
    """

    episode_id: str
    first_ts_event: int
    peak_score: float
    count: int


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One flagged trade with everything needed to understand it.

    Attributes
    ----------
    trade : Trade
        The flagged print; the message holds its fields flat and unchanged.
    anomaly_id : str
        Derived from the trade's id and the model's hash; see `anomaly_id`.
    rules : tuple of str
        Detectors that fired: ``high_volume``, ``isolation_forest``, ``surprise``.
    kind : str
        The cause that the first reason points to: ``block``, ``sliced_block``, ``off_market``, ``price_burst``,
        ``close_ramp``, ``rate_burst``, ``repeated_prints`` or ``stale_print``. A burst with a closing move among its
        other reasons is a ``close_ramp``.
    score : float
        From 0 to 1; the highest score of the rules that fired.
    severity : str
        Derived from `once_in`: ``critical`` from 1e8, ``high`` from 1e6, ``medium`` from 1e5, else ``low``.
    actual, expected : float
        Actual and expected value of the first reason's feature.
    once_in : float
        Number of trades of this symbol in which one such alert is expected.
    summary : str
        The alert in one sentence.
    reasons : tuple of Reason
        Largest contribution first.
    episode : Episode
        The run of alerts that this one belongs to.
    model : ModelTag
        The model that raised the alert.
    detected_at : int
        Wall-clock time of the alert, in nanoseconds since the epoch; the only field that differs between runs.
    """

    trade: Trade
    anomaly_id: str
    rules: tuple[str, ...]
    kind: str
    score: float
    severity: Severity
    actual: float
    expected: float
    once_in: float
    summary: str
    reasons: tuple[Reason, ...]
    episode: Episode
    model: ModelTag
    detected_at: int

    def to_dict(self) -> dict[str, Any]:
        """Return the flat message: the trade's fields first, then the anomaly's own."""
        own = asdict(self)
        del own["trade"]
        return self.trade.to_dict() | own

    def to_json(self) -> bytes:
        """Return the message as published on the topic."""
        # orjson serialises the nested dataclasses itself, in a tenth of the time that `asdict` takes.
        message = self.trade.to_dict()
        message.update(zip(_OWN, _OWN_VALUES(self), strict=True))
        return orjson.dumps(message)

    @classmethod
    def from_json(cls, message: bytes | str) -> Self:
        """Parse one message.

        Raises
        ------
        MessageError
            If it is not JSON, or a field is missing, of the wrong type or out of range. Unknown fields are
            dropped: a newer detector may send more.
        """
        fields = checks.parsed(message)
        try:
            print_itself = orjson.dumps({name: fields[name] for name in FIELDS if name in fields})
        except orjson.JSONEncodeError as error:
            raise MessageError(f"not a trade: {error}") from None
        trade = Trade.from_json(print_itself)
        return cls(
            trade=trade,
            anomaly_id=checks.digits(fields, "anomaly_id", _ID_DIGITS),
            rules=tuple(checks.text({"rules": rule}, "rules") for rule in checks.items(fields, "rules")),
            kind=checks.text(fields, "kind"),
            score=checks.number(fields, "score", 0, 1),
            severity=_severity(fields),
            actual=checks.number(fields, "actual"),
            expected=checks.number(fields, "expected"),
            once_in=checks.number(fields, "once_in", 0),
            summary=checks.text(fields, "summary", _MOST_TEXT),
            reasons=tuple(_reason(one) for one in checks.items(fields, "reasons")),
            episode=_episode(checks.table(fields, "episode")),
            model=_model(checks.table(fields, "model")),
            detected_at=checks.moment(fields, "detected_at"),
        )


_OWN: Final = tuple(field.name for field in fields(Anomaly) if field.name != "trade")
_OWN_VALUES: Final = attrgetter(*_OWN)


def _severity(fields: dict[str, Any]) -> Severity:
    given = checks.text(fields, "severity")
    for severity in SEVERITIES:
        if given == severity:
            return severity
    raise MessageError(f"field severity is not one of {', '.join(SEVERITIES)}: {given!r}")


def _reason(one: Any) -> Reason:
    fields = checks.table({"reasons": one}, "reasons")
    return Reason(
        feature=checks.text(fields, "feature"),
        contribution=checks.number(fields, "contribution"),
        actual=checks.number(fields, "actual"),
        expected=checks.number(fields, "expected"),
        text=checks.text(fields, "text", _MOST_TEXT),
    )


def _episode(fields: dict[str, Any]) -> Episode:
    return Episode(
        episode_id=checks.digits(fields, "episode_id", _ID_DIGITS),
        first_ts_event=checks.moment(fields, "first_ts_event"),
        peak_score=checks.number(fields, "peak_score"),
        count=checks.integer(fields, "count", 1),
    )


def _model(fields: dict[str, Any]) -> ModelTag:
    return ModelTag(hash=checks.digits(fields, "hash", _HASH_DIGITS), version=checks.text(fields, "version"))


def anomaly_id(trade_id: str, model_hash: str) -> str:
    """Return the id of the alert that a model raises on a trade: 32 hexadecimal digits.

    >>> anomaly_id("2-1-0-0-0", "cafe")
    '39a735307013650db8d913a9eb49daf7'
    """
    return hashlib.blake2b(f"{trade_id}\0{model_hash}".encode(), digest_size=16).hexdigest()
