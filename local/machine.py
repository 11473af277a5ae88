"""Which machines the embedded servers run on."""

import sys

from common.errors import ServiceUnavailableError


def require_linux(command: str) -> None:
    """End the process, with the remedy, on any other system; called first, for what follows knows Linux alone."""
    if sys.platform != "linux":
        sys.stderr.write(
            f"{command}: error: the embedded Kafka and Elasticsearch run on Linux alone, and this is {sys.platform}; "
            "use Docker: `docker compose up --build`\n"
        )
        sys.exit(ServiceUnavailableError.exit_code)
