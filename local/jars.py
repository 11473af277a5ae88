"""Server jars from Maven Central, resolved by jgo into its own cache, once per machine."""

import fcntl
import logging
import os
import re
from pathlib import Path
from typing import Final

import jgo
from jgo.maven import Artifact, PythonResolver

from common.errors import ServiceUnavailableError
from common.output import replacing

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

    Raises
    ------
    ServiceUnavailableError
        If they cannot be downloaded.
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
        try:
            found = sorted(Path(jar) for jar in jgo.build(endpoint, resolver=Whole()).all_jars)
        except (OSError, RuntimeError) as error:
            raise ServiceUnavailableError(
                "Kafka and Elasticsearch cannot be downloaded from Maven Central, which is needed once; check the "
                f"network, and https_proxy if there is a proxy: {error}"
            ) from None
        with replacing(listed) as file:
            file.write("\n".join(map(str, found)))
        return found


class Whole(PythonResolver):
    """Downloads artifacts; one whose download is interrupted leaves no file, which jgo would take for the artifact."""

    def download(self, artifact: Artifact) -> Path | None:
        """Download one artifact; return its path."""
        try:
            return super().download(artifact)
        except BaseException:
            if artifact.cached_path is not None:
                artifact.cached_path.unlink(missing_ok=True)
            raise


def fetched() -> bool:
    """Return whether the jars of both servers are present, so that nothing has to be downloaded."""
    return all(_known(_list(endpoint)) for endpoint in (KAFKA, ELASTICSEARCH))


def _list(endpoint: str) -> Path:
    return _CACHE / (re.sub(r"[^\w.-]", "_", endpoint) + ".jars")


def _known(listed: Path) -> list[Path]:
    known = [Path(line) for line in listed.read_text().splitlines()] if listed.exists() else []
    return known if all(jar.exists() for jar in known) else []
