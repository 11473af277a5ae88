"""Checks that the embedded servers can run on this machine."""

import sys

from common.errors import ServiceUnavailableError


def require_linux(command: str) -> None:
    """Exit with a message unless the system is Linux; to be called first, as the other modules need Linux."""
    if sys.platform != "linux":
        sys.stderr.write(
            f"{command}: error: the embedded Kafka and Elasticsearch run on Linux only, and this is {sys.platform}; "
            "use Docker: `docker compose up --build`\n"
        )
        sys.exit(ServiceUnavailableError.exit_code)
