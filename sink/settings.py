"""Settings of the sink, from the environment (``SINK_…``)."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from common.settings import Settings


class SinkSettings(Settings):
    """Consumer group, and the size of a batch and the longest wait for it."""

    model_config = SettingsConfigDict(env_prefix="SINK_")

    group: str = Field("sink", min_length=1)
    batch_documents: int = Field(1000, ge=1, le=10_000)
    linger_s: float = Field(0.5, gt=0, le=60)
