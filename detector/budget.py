"""The settings of the detector that decide what is an anomaly: model and budgets, the same for stream and files."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from common.settings import load
from detector.engine import Budget, Engine
from detector.model import SHIPPED


class AlertSettings(BaseSettings):
    """Which model, and how often it may speak."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True)

    model_dir: Path = SHIPPED
    alerts_per_million: float = Field(150.0, gt=0, le=100_000)
    high_volume_per_million: float | None = Field(None, gt=0, le=100_000)
    surprise_per_million: float | None = Field(None, gt=0, le=100_000)
    isolation_forest_per_million: float | None = Field(None, gt=0, le=100_000)
    high_volume_absolute: int | None = Field(None, gt=0)


def load_engine(**overrides: object) -> Engine:
    """Read the settings and load the engine; options given by the user take precedence.

    Raises
    ------
    SettingError, ModelError
        If a setting is wrong or the model cannot be used.
    """
    settings = load(AlertSettings, **overrides)
    budget = Budget(
        settings.alerts_per_million,
        settings.high_volume_per_million,
        settings.surprise_per_million,
        settings.isolation_forest_per_million,
        settings.high_volume_absolute,
    )
    return Engine.load(settings.model_dir, budget)
