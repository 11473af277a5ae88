"""What the producer plays and how, from the environment (``PRODUCER_…``) and from its command line."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from common.settings import Settings
from common.times import parse_time


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
