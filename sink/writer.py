"""Writes documents with bulk ``create`` until every one has a final response."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from common.errors import ServiceUnavailableError, SettingError
from common.settings import ElasticsearchSettings
from sink import metrics, template, trouble

logger = logging.getLogger(__name__)

_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 15.0
_CONFLICT: Final = 409


@dataclass(frozen=True, slots=True)
class Item:
    """One document to be written: its index, id and body, and the message that it came from."""

    index: str
    document_id: str
    body: dict[str, Any]
    message: Any


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that Elasticsearch will never accept, and why."""

    item: Item
    error: str


class Writer:
    """Writes to one Elasticsearch.

    Parameters
    ----------
    connect : callable
        Returns a client; called again when certificates or credentials are refused, to read them anew.
    settings : ElasticsearchSettings
        For the index prefix and for error texts.

    Attributes
    ----------
    trouble : str or None
        Why nothing can be written at the moment; None if writing works.

    Raises
    ------
    SettingError
        If the settings contradict each other.
    """

    def __init__(self, connect: Callable[[], Elasticsearch], settings: ElasticsearchSettings) -> None:
        self._connect = connect
        self._client = connect()
        self._settings = settings
        self._rest: Callable[[float], None] = time.sleep
        self.trouble: str | None = "Elasticsearch has not answered yet"

    def wait_with(self, rest: Callable[[float], None]) -> None:
        """Wait between retries by calling `rest` with seconds, so that a consumer can stay in its group meanwhile."""
        self._rest = rest

    def install_template(self) -> None:
        """Put the index template, waiting indefinitely for Elasticsearch.

        Raises
        ------
        ServiceUnavailableError
            If Elasticsearch refuses the template.
        """
        prefix = self._settings.index_prefix
        wanted = template.body(prefix)
        try:
            self._until_done(lambda client: client.indices.put_index_template(name=prefix, **wanted))
        except ApiError as error:
            why = trouble.in_words(error, self._settings)
            raise ServiceUnavailableError(
                f"Elasticsearch at {self._settings.url} refuses the template of {prefix}-*: {why}. Version 9 is needed"
            ) from None

    def write(self, items: list[Item]) -> list[Refused]:
        """Write all items and return those that were refused.

        Lost connections, time-outs, 429, 5xx, refused certificates and refused credentials are retried indefinitely;
        a retry contains only the items without a final response. An item that exists already (409) counts as written.
        If one item makes the whole request fail, it is found by halving the batch.
        """
        refused: list[Refused] = []
        left = items
        pause_s = _FIRST_PAUSE_S
        while left:
            operations = _operations(left)
            try:
                answer = self._until_done(lambda client, lines=operations: client.bulk(operations=lines))  # type: ignore[misc]
            except ApiError as final:
                return refused + self._halved(left, final)
            again, reason = [], ""
            for item, result in zip(left, answer["items"], strict=True):
                status, error = result["create"]["status"], result["create"].get("error")
                if status == _CONFLICT:
                    metrics.DOCUMENTS.labels("duplicate").inc()
                elif error is None:
                    metrics.DOCUMENTS.labels("created").inc()
                elif trouble.passes(status, error):
                    again.append(item)
                    reason = trouble.refusal(status, error)
                else:
                    metrics.DOCUMENTS.labels("refused").inc()
                    refused.append(Refused(item, trouble.refusal(status, error)))
            left = again
            if left:
                metrics.RETRIES.inc()
                self.trouble = f"Elasticsearch at {self._settings.url} takes no documents now: {reason}"
                logger.warning("Documents wait. left=%d pause_s=%.1f reason=%s", len(left), pause_s, self.trouble)
                self._wait(pause_s)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        return refused

    def _halved(self, items: list[Item], error: ApiError) -> list[Refused]:
        middle = len(items) // 2
        if middle:
            return self.write(items[:middle]) + self.write(items[middle:])
        metrics.DOCUMENTS.labels("refused").inc()
        return [Refused(items[0], trouble.in_words(error, self._settings))]

    def _until_done(self, call: Callable[[Elasticsearch], Any]) -> Any:
        pause_s, started = _FIRST_PAUSE_S, time.monotonic()
        while True:
            try:
                answer = call(self._client)
            except (TransportError, ApiError) as error:
                if trouble.is_final(error):
                    # Elasticsearch is up and accepts writes; the fault is in the request.
                    self.trouble = None
                    raise
                why = trouble.in_words(error, self._settings)
                self.trouble = f"Elasticsearch at {self._settings.url}: {why}"
                metrics.RETRIES.inc()
                logger.warning("Waiting for %s. waited_s=%.0f", self.trouble, time.monotonic() - started)
                self._wait(pause_s)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
                if trouble.is_of_access(error):
                    self._renew()
            else:
                self.trouble = None
                return answer

    def _renew(self) -> None:
        """Read certificates and credentials again: they may have been corrected."""
        try:
            client = self._connect()
        except SettingError as error:
            logger.warning("The Elasticsearch settings cannot be used; keeping the old ones. reason=%s", error)
        else:
            self._client.close()
            self._client = client

    def _wait(self, pause_s: float) -> None:
        self._rest(pause_s * random.uniform(0.5, 1.0))


def _operations(items: list[Item]) -> list[dict[str, Any]]:
    return [line for item in items for line in ({"create": {"_index": item.index, "_id": item.document_id}}, item.body)]
