"""Server jars from Maven Central, resolved by jgo into its own cache, once per machine."""

import fcntl
import logging
import os
import re
from pathlib import Path
from typing import Final

import jgo

logger = logging.getLogger(__name__)

KAFKA: Final = "org.apache.kafka:kafka_2.13:4.1.0+org.slf4j:slf4j-simple:1.7.36"
ELASTICSEARCH: Final = "org.elasticsearch:elasticsearch:9.5.3+org.elasticsearch.plugin:transport-netty4:9.5.3"
_AUTHORITIES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
_CACHE: Final = Path.home() / ".cache" / "trade-anomaly-detector"


def jars(endpoint: str) -> list[Path]:
    """Return the jars of a server and its dependencies, downloading them if they are missing.

    Parameters
    ----------
    endpoint : str
        `KAFKA` or `ELASTICSEARCH`.
    """
    _CACHE.mkdir(parents=True, exist_ok=True)
    listed = _list(endpoint)
    with (_CACHE / "jars.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # When asked again, jgo removes the jars and puts them back: a server that starts meanwhile would miss them.
        if known := _known(listed):
            return known
        if _AUTHORITIES.exists():
            # Trust the system's certificates, as pip does: behind a company's proxy, those bundled with requests fail.
            os.environ.setdefault("REQUESTS_CA_BUNDLE", str(_AUTHORITIES))
        logger.info("Fetching the jars from Maven Central, once. what=%s", endpoint)
        found = sorted(Path(jar) for jar in jgo.build(endpoint).all_jars)
        listed.write_text("\n".join(map(str, found)))
        return found


def fetched() -> bool:
    """Return whether the jars of both servers are present, so that nothing has to be downloaded."""
    return all(_known(_list(endpoint)) for endpoint in (KAFKA, ELASTICSEARCH))


def _list(endpoint: str) -> Path:
    return _CACHE / (re.sub(r"[^\w.-]", "_", endpoint) + ".jars")


def _known(listed: Path) -> list[Path]:
    known = [Path(line) for line in listed.read_text().splitlines()] if listed.exists() else []
    return known if all(jar.exists() for jar in known) else []
