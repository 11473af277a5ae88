"""The Elasticsearch client, from settings."""

from elastic_transport.client_utils import DEFAULT
from elasticsearch import Elasticsearch

from common.errors import SettingError
from common.settings import ElasticsearchSettings


def client(settings: ElasticsearchSettings, timeout_s: float = 30.0) -> Elasticsearch:
    """Return a client that leaves retries to its caller; it connects with its first call.

    Raises
    ------
    SettingError
        If both an API key and a user are given, or the CA file is missing.
    """
    key, password = settings.api_key.get_secret_value(), settings.password.get_secret_value()
    if key and settings.username:
        raise SettingError("ELASTICSEARCH_API_KEY and ELASTICSEARCH_USERNAME exclude each other; set one of them")
    if settings.ca_file is not None and not settings.ca_file.is_file():
        raise SettingError(f"ELASTICSEARCH_CA_FILE={settings.ca_file}: no such file")
    return Elasticsearch(
        settings.url,
        api_key=key or None,
        basic_auth=(settings.username, password) if settings.username else None,
        ca_certs=str(settings.ca_file) if settings.ca_file else DEFAULT,
        request_timeout=timeout_s,
        max_retries=0,
        retry_on_timeout=False,
    )
