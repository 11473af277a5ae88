"""The Anomaly message: one alert, as it stands on the anomalies topic and in ``backtest``'s output."""

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
"""Header of the message: when its trade was appended to its topic, milliseconds since the epoch in digits."""
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
        The feature's value and what this symbol's baseline led to expect, in the feature's own unit.
    text : str
        The same in words a person understands.
    """

    feature: str
    contribution: float
    actual: float
    expected: float
    text: str


@dataclass(frozen=True, slots=True)
class ModelTag:
    """Which model spoke: ``hash`` of its arrays and card, and its ``version``."""

    hash: str
    version: str


@dataclass(frozen=True, slots=True)
class Episode:
    """The run of alerts of one symbol that this alert belongs to, as far as it is known when the alert is sent.

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
        The flagged print; its fields stand flat and unchanged in the message.
    anomaly_id : str
        From the trade's id and the model's hash: see `anomaly_id`.
    rules : tuple of str
        Detectors that fired: ``high_volume``, ``isolation_forest``, ``surprise``.
    kind : str
        What the first reason speaks for: ``block``, ``sliced_block``, ``off_market``, ``price_burst``, ``close_ramp``,
        ``rate_burst``, ``repeated_prints`` or ``stale_print``.
    score : float
        From 0 to 1, the highest of the rules that fired.
    severity : str
        By `once_in`: ``critical`` from 1e8, ``high`` from 1e6, ``medium`` from 1e5, else ``low``.
    actual, expected : float
        Value of the leading reason's feature, and what was expected of it.
    once_in : float
        The alert is expected once in so many trades of this symbol.
    summary : str
        One sentence.
    reasons : tuple of Reason
        Largest contribution first.
    episode : Episode
        The run of alerts that this one belongs to.
    model : ModelTag
        Which model spoke.
    detected_at : int
        Wall clock when the alert was made, in nanoseconds since the epoch; the one field that differs between runs.
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
        """Return the message as it stands on the topic."""
        # orjson writes the parts as objects, in a tenth of the time that `asdict` takes to unfold them.
        message = self.trade.to_dict()
        message.update(zip(_OWN, _OWN_VALUES(self), strict=True))
        return orjson.dumps(message)

    @classmethod
    def from_json(cls, message: bytes | str) -> Self:
        """Parse one message.

        Raises
        ------
        MessageError
            If it is not JSON, or a field is missing, of the wrong type or out of its range. Unknown fields are
            accepted and dropped: a newer detector may say more.
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
    """Return the id of the alert that the model gives on the trade: 32 hexadecimal digits.

    >>> anomaly_id("2-1-0-0-0", "cafe")
    '39a735307013650db8d913a9eb49daf7'
    """
    return hashlib.blake2b(f"{trade_id}\0{model_hash}".encode(), digest_size=16).hexdigest()
