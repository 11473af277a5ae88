"""The embedded stack: real Kafka and real Elasticsearch on loopback, for demos and tests."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from common.errors import ServiceUnavailableError, SettingError
from common.kafka import wait_for_broker
from common.settings import KafkaSettings
from local import elasticsearch, jars, kafka
from local.process import Child, check_free, free_port, listens

_START_TIMEOUT_S: Final = 120.0
_PAUSE_S: Final = 0.1


def starting() -> str:
    """Return what to tell while the servers start."""
    once = "" if jars.fetched() else " (downloading them first, only this once: about a minute)"
    return f"Starting Kafka and Elasticsearch{once} …"


class Stack:
    """Kafka and Elasticsearch as child processes.

    Parameters
    ----------
    folder : Path
        Folder for data and logs.
    kafka_port, elasticsearch_port : int
        Ports on loopback; 0 chooses a free one.
    kafka_properties : mapping, optional
        Server properties that replace or extend Kafka's defaults.
    orphan : bool
        Whether the servers may outlive this process.
    """

    def __init__(
        self,
        folder: Path,
        kafka_port: int = 0,
        elasticsearch_port: int = 0,
        kafka_properties: Mapping[str, str] | None = None,
        *,
        orphan: bool = False,
    ) -> None:
        self.folder = folder
        self.kafka_port = kafka_port or free_port()
        self.elasticsearch_port = elasticsearch_port or free_port()
        self._transport_port = free_port()
        self._properties = dict(kafka_properties or {})
        self._orphan = orphan
        self.kafka: Child | None = None
        self.elasticsearch: Child | None = None

    @property
    def bootstrap_servers(self) -> str:
        """Address of Kafka."""
        return f"127.0.0.1:{self.kafka_port}"

    @property
    def elasticsearch_url(self) -> str:
        """Address of Elasticsearch."""
        return f"http://127.0.0.1:{self.elasticsearch_port}"

    def start(self) -> Self:
        """Start both and wait until they answer.

        Raises
        ------
        SettingError
            If a port is taken or given to both.
        ServiceUnavailableError
            If a server does not start; the message includes the end of its log.
        """
        self.launch()
        self.wait()
        return self

    def launch(self, launched: Callable[[], None] = lambda: None) -> None:
        """Start both without waiting, calling `launched` after each; raises `SettingError` as `start` does."""
        if self.kafka_port == self.elasticsearch_port:
            raise SettingError(f"port {self.kafka_port} is given to Kafka and to Elasticsearch; give each its own")
        for port in (self.kafka_port, self.elasticsearch_port):
            check_free(port)
        for launch in (self._launch_elasticsearch, self._launch_kafka):
            launch()
            launched()

    def wait(self) -> None:
        """Wait until both answer; raises `ServiceUnavailableError` as `start` does."""
        self._wait_for_kafka()
        self._wait_for_elasticsearch()

    def check(self) -> None:
        """Check that the servers that were started are still running.

        Raises
        ------
        ServiceUnavailableError
            If one has ended; the message includes the end of its log.
        """
        for name, child in (("Kafka", self.kafka), ("Elasticsearch", self.elasticsearch)):
            if child is not None:
                child.check(name)

    def stop(self) -> None:
        """Stop both."""
        for child in (self.kafka, self.elasticsearch):
            if child is not None:
                child.stop()

    def start_kafka(self) -> None:
        """Start Kafka again with the same port and data, and wait for it."""
        self._launch_kafka()
        self._wait_for_kafka()

    def kill_kafka(self) -> None:
        """Kill Kafka."""
        if self.kafka is not None:
            self.kafka.kill()

    def start_elasticsearch(self) -> None:
        """Start Elasticsearch again with the same port and data, and wait for it."""
        self._launch_elasticsearch()
        self._wait_for_elasticsearch()

    def kill_elasticsearch(self) -> None:
        """Kill Elasticsearch."""
        if self.elasticsearch is not None:
            self.elasticsearch.kill()

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch_kafka(self) -> None:
        self.kafka = kafka.start(self.folder / "kafka", self.kafka_port, self._properties, orphan=self._orphan)

    def _launch_elasticsearch(self) -> None:
        folder = self.folder / "elasticsearch"
        self.elasticsearch = elasticsearch.start(
            folder, self.elasticsearch_port, self._transport_port, orphan=self._orphan
        )

    def _wait_for_kafka(self) -> None:
        if "listener.security.protocol.map" in self._properties:
            return
        try:
            deadline = time.monotonic() + _START_TIMEOUT_S
            while not listens(self.kafka_port) and time.monotonic() < deadline:
                self._rest(_PAUSE_S)
            wait_for_broker(KafkaSettings(bootstrap_servers=self.bootstrap_servers), _START_TIMEOUT_S, sleep=self._rest)
        except ServiceUnavailableError as error:
            self._check_kafka()
            raise ServiceUnavailableError(f"{error}\n{self.kafka.tail() if self.kafka else ''}") from None

    def _rest(self, seconds: float) -> None:
        self._check_kafka()
        time.sleep(seconds)

    def _check_kafka(self) -> None:
        if self.kafka is not None:
            self.kafka.check("Kafka")

    def _wait_for_elasticsearch(self) -> None:
        address = f"{self.elasticsearch_url}/_cluster/health?wait_for_status=yellow&timeout=1s"
        child = self.elasticsearch
        if child is None or not child.wait_until_it_answers(address, _START_TIMEOUT_S):
            raise ServiceUnavailableError(f"Elasticsearch did not come up:\n{child.tail() if child else ''}")
