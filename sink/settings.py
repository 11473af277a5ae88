"""How the sink works, from the environment."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class SinkSettings(BaseSettings):
    """Consumer group and size of a batch."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, env_prefix="SINK_", env_ignore_empty=True
    )

    group: str = Field("sink", min_length=1)
    batch_documents: int = Field(1000, ge=1, le=10_000)
    linger_s: float = Field(0.5, gt=0, le=60)
