"""Settings of the detector, from the environment."""

from pathlib import Path

from pydantic import Field

from common.settings import Settings
from detector.budget import MOST_PER_MILLION
from detector.model import SHIPPED


class DetectorSettings(Settings):
    """The consumer group, where state is kept, and how often work is committed."""

    consumer_group: str = Field("detector", min_length=1)
    state_dir: Path = Path("state")
    commit_interval_s: float = Field(0.5, gt=0, le=60)


class AlertSettings(Settings):
    """The model, and how often it may alert: all that decides which prints are anomalies, on stream and files alike."""

    model_dir: Path = SHIPPED
    alerts_per_million: float = Field(150.0, gt=0, le=MOST_PER_MILLION)
    high_volume_per_million: float | None = Field(None, gt=0, le=MOST_PER_MILLION)
    surprise_per_million: float | None = Field(None, gt=0, le=MOST_PER_MILLION)
    isolation_forest_per_million: float | None = Field(None, gt=0, le=MOST_PER_MILLION)
    high_volume_absolute: int | None = Field(None, gt=0)
