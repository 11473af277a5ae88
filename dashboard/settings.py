"""Settings of the dashboard (``DASHBOARD_…``); Streamlit has its own variables for port and address."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from common.settings import Settings


class DashboardSettings(Settings):
    """How much the dashboard remembers and how often the page is redrawn."""

    model_config = SettingsConfigDict(env_prefix="DASHBOARD_")

    refresh_s: float = Field(2.0, ge=0.5, le=60)
    max_symbols: int = Field(200, ge=1, le=5_000)
    max_bars: int = Field(24_000, ge=600, le=200_000)
    max_anomalies: int = Field(5_000, ge=100, le=100_000)
    backlog: int = Field(200_000, ge=0, le=10_000_000)
    detector_group: str = Field("detector", validation_alias="CONSUMER_GROUP", min_length=1)
