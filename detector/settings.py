"""How the stream is run, from the environment."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class DetectorSettings(BaseSettings):
    """The consumer group, where state is kept, and how often work is committed."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True)

    consumer_group: str = Field("detector", min_length=1)
    state_dir: Path = Path("state")
    commit_interval_s: float = Field(0.5, gt=0, le=60)
