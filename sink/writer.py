"""Writes documents with bulk ``create`` until every single one is answered for good."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from common.settings import ElasticsearchSettings
from sink import metrics, template

logger = logging.getLogger(__name__)

_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 15.0
_CONFLICT: Final = 409
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_UNAUTHORISED: Final = (401, 403)


@dataclass(frozen=True, slots=True)
class Item:
    """One document on its way: where it goes, and the message that it came from."""

    index: str
    document_id: str
    body: dict[str, Any]
    message: Any


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that Elasticsearch will never take, and why."""

    item: Item
    error: str


class Writer:
    """Writes to one Elasticsearch.

    Parameters
    ----------
    elasticsearch : Elasticsearch
        The client.
    settings : ElasticsearchSettings
        For the prefix of the indices.
    """

    def __init__(self, elasticsearch: Elasticsearch, settings: ElasticsearchSettings) -> None:
        self._client = elasticsearch
        self._prefix = settings.index_prefix
        self._url = settings.url
        self._rest: Callable[[float], None] = time.sleep
        self.trouble: str | None = "Elasticsearch has not answered yet"

    def rest_with(self, rest: Callable[[float], None]) -> None:
        """Wait between tries by calling this with seconds: a consumer has to stay in its group meanwhile."""
        self._rest = rest

    def install_template(self) -> None:
        """Put the index template, waiting without end for Elasticsearch."""
        wanted = template.body(self._prefix)
        self._until_done(lambda: self._client.indices.put_index_template(name=self._prefix, **wanted))

    def write(self, items: list[Item]) -> list[Refused]:
        """Write all items and return those that were refused.

        Lost connections, time-outs, 429 and 5xx are retried without end; the retry takes only what was not answered.
        An item that is there already (409) counts as written.
        """
        refused: list[Refused] = []
        left = items
        pause_s = _FIRST_PAUSE_S
        while left:
            answer = self._until_done(lambda left=left: self._client.bulk(operations=_operations(left)))  # type: ignore[misc]
            again = []
            for item, result in zip(left, answer["items"], strict=True):
                status, error = result["create"]["status"], result["create"].get("error")
                if status == _CONFLICT:
                    metrics.DOCUMENTS.labels("duplicate").inc()
                elif error is None:
                    metrics.DOCUMENTS.labels("created").inc()
                elif status == _TOO_MANY or status >= _SERVER_ERROR:
                    again.append(item)
                else:
                    metrics.DOCUMENTS.labels("refused").inc()
                    refused.append(Refused(item, _in_words(status, error)))
            left = again
            if left:
                metrics.RETRIES.inc()
                logger.warning("Elasticsearch is busy; its documents wait. left=%d pause_s=%.1f", len(left), pause_s)
                self._wait(pause_s)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        return refused

    def _until_done(self, call: Callable[[], Any]) -> Any:
        pause_s, started = _FIRST_PAUSE_S, time.monotonic()
        while True:
            try:
                answer = call()
            except (TransportError, ApiError) as error:
                status = error.meta.status if isinstance(error, ApiError) else None
                if status is not None and status not in (*_UNAUTHORISED, _TOO_MANY) and status < _SERVER_ERROR:
                    raise
                self.trouble = f"Elasticsearch at {self._url}: {_brief(error)}"
                metrics.RETRIES.inc()
                logger.warning("Waiting for %s. waited_s=%.0f", self.trouble, time.monotonic() - started)
                self._wait(pause_s)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            else:
                self.trouble = None
                return answer

    def _wait(self, pause_s: float) -> None:
        self._rest(pause_s * random.uniform(0.5, 1.0))


def _operations(items: list[Item]) -> list[dict[str, Any]]:
    return [line for item in items for line in ({"create": {"_index": item.index, "_id": item.document_id}}, item.body)]


def _in_words(status: int, error: dict[str, Any]) -> str:
    cause = error.get("caused_by") or {}
    parts = [error.get("type"), error.get("reason"), cause.get("reason")]
    return f"{status}: " + ": ".join(str(part) for part in parts if part)


def _brief(error: Exception) -> str:
    return f"{type(error).__name__} {str(error)[:200]}"
