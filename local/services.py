"""The pipeline's own services as child processes, using one Kafka and one Elasticsearch."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.error import HTTPError

from common.errors import ServiceUnavailableError
from local.process import Child, free_port, get

_ROOT: Final = Path(__file__).parent.parent
_START_TIMEOUT_S: Final = 120.0


class Service:
    """One service: ``python -m NAME`` with its own health port.

    Parameters
    ----------
    name : str
        Name of the package.
    folder : Path
        Folder for its log; the detector keeps its state there too.
    environment : mapping
        Variables of .env.example.
    arguments : sequence of str
        Command-line arguments.
    """

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str], arguments: Sequence[str] = ()) -> None:
        self.name = name
        self._told: dict[str, float] = {}
        self.health = f"http://127.0.0.1:{(port := free_port())}"
        self.child = Child(
            [sys.executable, "-m", name, *arguments],
            folder / f"{name}.log",
            {
                "PYTHONPATH": str(_ROOT),
                "STATE_DIR": str(folder / "state"),
                **environment,
                "HEALTH_HOST": "127.0.0.1",
                "HEALTH_PORT": str(port),
            },
        )

    def wait_until_ready(self, watch: Callable[[], None] = lambda: None) -> None:
        """Wait until ``/readyz`` reports ready; `watch` is called repeatedly meanwhile.

        Raises
        ------
        ServiceUnavailableError
            If the service ends or takes too long; the message includes the end of its log.
        """
        if not self.child.wait_until_it_answers(f"{self.health}/readyz", _START_TIMEOUT_S, watch):
            raise ServiceUnavailableError(f"The {self.name} is {self._readiness()}:\n{self.child.tail()}")

    def _readiness(self) -> str:
        try:
            return get(f"{self.health}/readyz").decode().strip()
        except HTTPError as error:
            return error.read().decode().strip()
        except OSError as error:
            return f"not answering ({error})"

    def metric(self, name: str) -> float:
        """Return the sum of a metric over its labels, or its last known value if there is no answer; at first 0.

        Raises
        ------
        KeyError
            If the service has no such metric.
        """
        try:
            lines = get(f"{self.health}/metrics").decode().splitlines()
        except OSError:
            return self._told.get(name, 0.0)
        samples = [float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name} ", f"{name}{{"))]
        if not samples:
            raise KeyError(name)
        self._told[name] = sum(samples)
        return self._told[name]
