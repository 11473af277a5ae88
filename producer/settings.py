"""What the producer plays and how, from the environment (``PRODUCER_…``) and from its command line."""

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from common.settings import Settings
from common.times import LEAST_NS

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)


def parse_speed(text: object) -> float | None:
    """Parse a speed: a multiple of market speed, or None for as fast as possible (``max``).

    >>> parse_speed("20"), parse_speed("max")
    (20.0, None)
    """
    if text is None or str(text).strip().lower() == "max":
        return None
    try:
        speed = float(str(text))
    except ValueError:
        speed = 0.0
    if not 0.0 < speed < float("inf"):
        raise ValueError("must be max, or a number above 0: 1 for real time, 20 for 20 times as fast")
    return speed


def parse_time(text: object) -> int | None:
    """Parse a time to nanoseconds since the epoch: ISO 8601 (UTC unless it has an offset), or an integer.

    >>> parse_time("1970-01-01T00:00:01.5"), parse_time("1970-01-02"), parse_time("1381239000000000000")
    (1500000000, 86400000000000, 1381239000000000000)
    """
    if text is None or isinstance(text, int):
        return text
    given = str(text).strip()
    if not given:
        return None
    if given.isdigit() and len(given) != len("YYYYMMDD"):
        if int(given) < LEAST_NS:
            raise ValueError("must be in nanoseconds since 1970, or an ISO 8601 time such as 2013-10-08T13:30 (UTC)")
        return int(given)
    # datetime resolves microseconds only; the digits after them are added separately.
    whole, nanoseconds = given, 0
    if match := re.search(r"[.,]\d{6}(\d+)", given):
        if len(match[1]) > 3:
            raise ValueError("must have nine decimals at most")
        whole = given[: match.start(1)] + given[match.end(1) :]
        nanoseconds = int(match[1].ljust(3, "0"))
    try:
        time = dt.datetime.fromisoformat(whole)
    except ValueError:
        raise ValueError("must be an ISO 8601 time such as 2013-10-08T13:30 (UTC), or nanoseconds since 1970") from None
    if time.tzinfo is None:
        time = time.replace(tzinfo=dt.UTC)
    return (time - _EPOCH) // _MICROSECOND * 1000 + nanoseconds


def _listed(given: object) -> object:
    if not isinstance(given, str):
        return given
    return tuple(part for part in (piece.strip() for piece in given.split(",")) if part)


Speed = Annotated[float | None, BeforeValidator(parse_speed)]
TimeNs = Annotated[int | None, BeforeValidator(parse_time)]


class ProducerSettings(Settings):
    """What to play and how; lists are comma-separated, and no symbols means all."""

    model_config = SettingsConfigDict(env_prefix="PRODUCER_")

    paths: Annotated[tuple[Path, ...], BeforeValidator(_listed)] = Field((Path("nasdaq"),), min_length=1)
    speed: Speed = None
    symbols: Annotated[frozenset[str], BeforeValidator(_listed)] = frozenset()
    start: TimeNs = None
    end: TimeNs = None
    limit: int | None = Field(None, ge=0)
    transaction_ms: int = Field(200, ge=1, le=10_000)
    transaction_trades: int = Field(20_000, ge=1, le=100_000)

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: int | None, known: ValidationInfo) -> int | None:
        start = known.data.get("start")
        if start is not None and end is not None and end <= start:
            raise ValueError("must be after the start")
        return end
