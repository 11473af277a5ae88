"""Creates the Elasticsearch client from the settings."""

from urllib.parse import urlsplit

from elastic_transport.client_utils import DEFAULT
from elasticsearch import Elasticsearch

from common import authority
from common.errors import SettingError
from common.settings import ElasticsearchSettings


def client(settings: ElasticsearchSettings, timeout_s: float = 30.0) -> Elasticsearch:
    """Return a client that leaves retries to its caller and connects on its first call.

    Raises
    ------
    SettingError
        If both an API key and a user are given, the address is invalid or holds credentials, or the CA file is missing,
        invalid or given without https.
    """
    key, password = settings.api_key.get_secret_value(), settings.password.get_secret_value()
    if key and settings.username:
        raise SettingError("ELASTICSEARCH_API_KEY and ELASTICSEARCH_USERNAME exclude each other; set one of them")
    if "@" in urlsplit(settings.url).netloc:
        raise SettingError(
            "ELASTICSEARCH_URL holds credentials, which logs would show; give them as ELASTICSEARCH_USERNAME and "
            "ELASTICSEARCH_PASSWORD"
        )
    _check_authority(settings)
    try:
        return _client(settings, key, password, timeout_s)
    except ValueError as error:
        raise SettingError(f"ELASTICSEARCH_URL={settings.url}: cannot be used ({error})") from None


def _check_authority(settings: ElasticsearchSettings) -> None:
    if settings.ca_file is None:
        return
    if not settings.url.startswith("https:"):
        raise SettingError(
            f"ELASTICSEARCH_CA_FILE={settings.ca_file}: ELASTICSEARCH_URL={settings.url} is not https; "
            "unset the one or correct the other"
        )
    authority.check("ELASTICSEARCH_CA_FILE", settings.ca_file)


def _client(settings: ElasticsearchSettings, key: str, password: str, timeout_s: float) -> Elasticsearch:
    return Elasticsearch(
        settings.url,
        api_key=key or None,
        basic_auth=(settings.username, password) if settings.username else None,
        ca_certs=str(settings.ca_file) if settings.ca_file else DEFAULT,
        request_timeout=timeout_s,
        max_retries=0,
        retry_on_timeout=False,
    )
