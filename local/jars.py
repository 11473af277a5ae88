"""Server jars from Maven Central, resolved by jgo into its own cache, once a machine."""

import fcntl
import logging
import os
from pathlib import Path
from typing import Final

import jgo

logger = logging.getLogger(__name__)

KAFKA: Final = "org.apache.kafka:kafka_2.13:4.1.0"
ELASTICSEARCH: Final = "org.elasticsearch:elasticsearch:9.5.3+org.elasticsearch.plugin:transport-netty4:9.5.3"
_AUTHORITIES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
_LOCK: Final = Path.home() / ".cache" / "trade-anomaly-detector" / "jars.lock"


def jars(endpoint: str) -> list[Path]:
    """Return the jars of one server with all that it needs; they are downloaded where they are not there yet.

    Parameters
    ----------
    endpoint : str
        `KAFKA` or `ELASTICSEARCH`.
    """
    if _AUTHORITIES.exists():
        # As pip and uv: behind a company's proxy, the list of authorities that requests brings along fails.
        os.environ.setdefault("REQUESTS_CA_BUNDLE", str(_AUTHORITIES))
    _LOCK.parent.mkdir(parents=True, exist_ok=True)
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        logger.info("Making sure of the jars; the first time they come from Maven Central. what=%s", endpoint)
        return sorted(Path(jar) for jar in jgo.build(endpoint).all_jars)
