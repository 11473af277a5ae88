"""Interprets Elasticsearch errors: whether they are temporary, and which setting to check; never shows a secret."""

from typing import Any, Final

from elastic_transport import TlsError, TransportError
from elasticsearch import ApiError, UnsupportedProductError

from common.settings import ElasticsearchSettings

_PRODUCT: Final = "x-elastic-product"
_BAD_REQUEST, _UNAUTHORISED, _FORBIDDEN, _NOT_FOUND, _TIME_OUT = 400, 401, 403, 404, 408
_TOO_LARGE, _TOO_MANY, _SERVER_ERROR = 413, 429, 500
_MOST_TEXT: Final = 300
_MOST_REASON: Final = 1_000

Fault = TransportError | ApiError


def is_final(error: Fault) -> bool:
    """Return whether Elasticsearch itself refuses the content of the request, so that retrying does not help."""
    if not isinstance(error, ApiError) or isinstance(error, UnsupportedProductError):
        return False
    return error.meta.status == _TOO_LARGE or (error.meta.status == _BAD_REQUEST and _PRODUCT in error.meta.headers)


def is_of_access(error: Fault) -> bool:
    """Return whether the error concerns certificates or credentials, which may be corrected in their files."""
    return isinstance(error, TlsError) or (
        isinstance(error, ApiError) and error.meta.status in (_UNAUTHORISED, _FORBIDDEN)
    )


def passes(status: int, error: dict[str, Any]) -> bool:
    """Return whether the response for one document is temporary, so that it may be accepted later.

    A closed index and a cluster at its shard limit answer 400, although nothing is wrong with the document.
    """
    return (
        status in (_UNAUTHORISED, _FORBIDDEN, _NOT_FOUND, _TIME_OUT, _TOO_MANY)
        or status >= _SERVER_ERROR
        or error.get("type") == "index_closed_exception"
        or "maximum normal shards open" in str(error.get("reason"))
    )


def in_words(error: Fault, settings: ElasticsearchSettings) -> str:
    """Return what is wrong and which setting to check."""
    if isinstance(error, TlsError):
        return f"its certificate is not trusted, check ELASTICSEARCH_CA_FILE ({_brief(error)})"
    if isinstance(error, UnsupportedProductError):
        return "what answers there is not Elasticsearch, check ELASTICSEARCH_URL"
    if not isinstance(error, ApiError):
        return _brief(error)
    status = error.meta.status
    if status == _UNAUTHORISED:
        return f"it refuses the credentials, check {_credentials(settings)} (status 401)"
    if status == _FORBIDDEN:
        return f"the credentials lack a right, check those of {_credentials(settings)} (status 403)"
    if status < _SERVER_ERROR and status not in (_TIME_OUT, _TOO_MANY) and not is_final(error):
        return f"it does not recognise the request, check ELASTICSEARCH_URL (status {status})"
    return _brief(error)


def refusal(status: int, error: dict[str, Any]) -> str:
    """Return why one document was not accepted, in the words of Elasticsearch."""
    cause = error.get("caused_by") or {}
    parts = [error.get("type"), error.get("reason"), cause.get("reason")]
    return f"{status}: {': '.join(str(part) for part in parts if part)}"[:_MOST_REASON]


def _credentials(settings: ElasticsearchSettings) -> str:
    if settings.api_key.get_secret_value():
        return "ELASTICSEARCH_API_KEY or its file"
    if settings.username:
        return "ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD or its file"
    return "ELASTICSEARCH_API_KEY, or ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD; none is set"


def _brief(error: Fault) -> str:
    return f"{type(error).__name__} {str(error)[:_MOST_TEXT]}"
