"""Keeps the embedded servers and the user's own cluster apart, so that data for one never reaches the other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from dotenv.parser import parse_stream

from common.settings import ElasticsearchSettings, KafkaSettings, TopicSettings, env_file, variable

_KEPT: Final = "index_prefix"
_REACHED: Final = frozenset(
    {variable(each, field) for each in (KafkaSettings, ElasticsearchSettings) for field in each.model_fields}
    - {variable(ElasticsearchSettings, _KEPT)}
)
_CLUSTER: Final = _REACHED | {f"{name}_FILE" for name in _REACHED} | {variable(TopicSettings, "topic_replication")}
"""Variables that say how to reach a cluster, and the replication, which depends on its number of brokers."""


@contextmanager
def apart() -> Iterator[None]:
    """Hide the settings of the user's own cluster from this process and the children it starts.

    Clearing the variables is not enough, as ``.env`` would then apply; so a copy of it without them is read instead.
    """
    before = dict(os.environ)
    with TemporaryDirectory(prefix="trade-anomalies-") as folder:
        copy = Path(folder, ".env")
        copy.write_text(_without_cluster(env_file()), encoding="utf-8", errors="surrogateescape")
        try:
            for name in _CLUSTER & before.keys():
                del os.environ[name]
            os.environ["ENV_FILE"] = str(copy)
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _without_cluster(path: Path) -> str:
    """Return the remaining statements, each on its original line, because errors name the line."""
    if not path.is_file():
        return ""
    with path.open(encoding="utf-8", errors="surrogateescape") as text:
        return "".join(
            "\n" * each.original.string.count("\n") if each.key in _CLUSTER else each.original.string
            for each in parse_stream(text)
        )
