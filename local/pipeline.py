"""The whole pipeline on the embedded stack: the topics, the four services, and the counts of each stage."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import orjson
from elasticsearch.helpers import scan

from common.search import client
from common.settings import ElasticsearchSettings, KafkaSettings, TopicSettings, load
from common.topics.create import ensure_topics
from detector.settings import DetectorSettings
from local import offsets
from local.services import Service
from local.stack import Stack
from sink.settings import SinkSettings

_SETTLE_S: Final = 0.3


@dataclass(frozen=True, slots=True)
class Counts:
    """What each stage has done, counted in the topics and in Elasticsearch; reading, by the producer's summary."""

    records_read: int
    trades_published: int
    trades_scored: int
    anomalies_emitted: int
    documents_indexed: int
    dead_letters: int


class Pipeline:
    """The services on a running stack; a context manager that starts and stops them.

    Parameters
    ----------
    stack : Stack
        The running stack.
    folder : Path
        Folder for logs and state.
    dashboard_port : int, optional
        Port of the dashboard; None starts none.
    """

    def __init__(self, stack: Stack, folder: Path, dashboard_port: int | None = None) -> None:
        self.folder = folder
        self._stack = stack
        self.kafka = load(KafkaSettings, bootstrap_servers=stack.bootstrap_servers)
        self.topics = load(TopicSettings)
        self.groups = (load(DetectorSettings).consumer_group, load(SinkSettings).group)
        self.elasticsearch = load(ElasticsearchSettings, url=stack.elasticsearch_url)
        self._environment = {
            "KAFKA_BOOTSTRAP_SERVERS": stack.bootstrap_servers,
            "ELASTICSEARCH_URL": stack.elasticsearch_url,
        }
        self._dashboard_port = dashboard_port
        self.services: dict[str, Service] = {}

    def __enter__(self) -> Self:
        try:
            ensure_topics(self.kafka, self.topics)
            for name in ("detector", "sink"):
                self.launch(name)
            if self._dashboard_port is not None:
                self.launch(
                    "dashboard",
                    STREAMLIT_SERVER_PORT=str(self._dashboard_port),
                    STREAMLIT_SERVER_ADDRESS="127.0.0.1",
                )
            for service in self.services.values():
                service.wait_until_ready(self.check)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def launch(self, name: str, *arguments: str, module: str | None = None, **environment: str) -> Service:
        """Start one service; `module`, if given, runs in its place."""
        service = Service(module or name, self.folder, self._environment | environment, arguments)
        self.services[name] = service
        return service

    def stop(self) -> None:
        """Stop all services."""
        for service in self.services.values():
            service.child.stop()

    def check(self) -> None:
        """Check that the servers and the services that never end by themselves are still running.

        Raises
        ------
        ServiceUnavailableError
            If one has ended; the message includes the end of its log.
        """
        self._stack.check()
        for name in ("detector", "sink", "dashboard"):
            if name in self.services:
                self.services[name].child.check(f"The {name}")

    def wait_until_done(self, watch: Callable[[], None] = lambda: None) -> None:
        """Wait until the detector and the sink have read everything; `watch` is called repeatedly meanwhile."""
        for name, group, topic in zip(
            ("detector", "sink"), self.groups, (self.topics.trades_topic, self.topics.anomalies_topic), strict=True
        ):
            while offsets.behind(self.kafka, group, topic):
                watch()
                self.services[name].wait_until_ready(watch)
                time.sleep(_SETTLE_S)

    def documents(self) -> dict[str, dict[str, Any]]:
        """Return the fields of all documents by id."""
        return dict(self.hits())

    def hits(self, pattern: str | None = None) -> list[tuple[str, dict[str, Any]]]:
        """Return id and fields of every document; `pattern` selects indices other than the sink's."""
        search = client(self.elasticsearch)
        indices = pattern or f"{self.elasticsearch.index_prefix}-*"
        search.indices.refresh(index=indices)
        return [(hit["_id"], hit["_source"]) for hit in scan(search, index=indices)]

    def counts(self, summary: Path) -> Counts:
        """Return the counts of all stages, which must be idle (see `wait_until_done`); `summary` is the producer's."""
        played = orjson.loads(summary.read_bytes())
        published = offsets.count(self.kafka, self.topics.trades_topic)
        unscored = offsets.unread(self.kafka, self.groups[0], self.topics.trades_topic)
        return Counts(
            records_read=played["records"],
            trades_published=played["trades"],
            trades_scored=published - unscored,
            anomalies_emitted=offsets.count(self.kafka, self.topics.anomalies_topic),
            documents_indexed=len(self.documents()),
            dead_letters=offsets.count(self.kafka, self.topics.dead_letters_topic),
        )
