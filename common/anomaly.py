"""The Anomaly message: one alert, as it stands on the anomalies topic and in ``backtest``'s output."""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, Self

import orjson

from common.errors import MessageError
from common.trade import FIELDS, Trade

Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: Final = ("low", "medium", "high", "critical")


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
    """The run of alerts of one cause that this alert belongs to, as far as it is known when the alert is sent.

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
        The finer kind where it is clear: ``block``, ``off_market``, ``price_burst``, ``rate_burst``,
        ``repeated_prints``, ``stale_print``, ``close_ramp``, ``large_size``; else ``unusual``.
    score : float
        From 0 to 1, the highest of the rules that fired.
    severity : str
        ``low``, ``medium``, ``high`` or ``critical``.
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
        message = self.trade.to_dict()
        own = asdict(self)
        del own["trade"]
        message.update(own)
        return message

    def to_json(self) -> bytes:
        """Return the message as it stands on the topic."""
        return orjson.dumps(self.to_dict())

    @classmethod
    def from_json(cls, message: bytes | str) -> Self:
        """Parse one message.

        Raises
        ------
        MessageError
            If it is not JSON or does not fit the contract.
        """
        try:
            fields = orjson.loads(message)
        except orjson.JSONDecodeError as error:
            raise MessageError(f"not JSON: {error}") from None
        if type(fields) is not dict:
            raise MessageError(f"not a JSON object but {type(fields).__name__}")
        trade = Trade.from_json(orjson.dumps({name: fields[name] for name in FIELDS if name in fields}))
        try:
            return cls(
                trade=trade,
                anomaly_id=fields["anomaly_id"],
                rules=tuple(fields["rules"]),
                kind=fields["kind"],
                score=fields["score"],
                severity=fields["severity"],
                actual=fields["actual"],
                expected=fields["expected"],
                once_in=fields["once_in"],
                summary=fields["summary"],
                reasons=tuple(Reason(**reason) for reason in fields["reasons"]),
                episode=Episode(**fields["episode"]),
                model=ModelTag(**fields["model"]),
                detected_at=fields["detected_at"],
            )
        except KeyError as error:
            raise MessageError(f"field {error.args[0]} is missing") from None
        except TypeError as error:
            raise MessageError(f"not an anomaly: {error}") from None


def anomaly_id(trade_id: str, model_hash: str) -> str:
    """Return the id of the alert that the model gives on the trade: 32 hexadecimal digits.

    >>> anomaly_id("2-1-0-0-0", "cafe")
    '39a735307013650db8d913a9eb49daf7'
    """
    return hashlib.blake2b(f"{trade_id}\0{model_hash}".encode(), digest_size=16).hexdigest()
