"""Settings of Elasticsearch that contradict each other are refused before anything connects, without a secret."""

from typing import Any

import pytest

from common.errors import SettingError
from common.search import client
from common.settings import ElasticsearchSettings

SECRET = "cGlwZWxpbmU6cjFnaHQ"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": f"https://elastic:{SECRET}@127.0.0.1:1"}, "ELASTICSEARCH_URL holds credentials"),
        ({"url": f"http://elastic:{SECRET}@127.0.0.1:1", "ca_file": __file__}, "ELASTICSEARCH_URL holds credentials"),
        ({"url": "http://"}, "ELASTICSEARCH_URL=http://: cannot be used"),
        ({"url": "https://127.0.0.1:1", "ca_file": __file__}, "ELASTICSEARCH_CA_FILE=.*: holds no certificate"),
        ({"url": "https://127.0.0.1:1", "ca_file": "/none.pem"}, "ELASTICSEARCH_CA_FILE=/none.pem: cannot be read"),
        ({"ca_file": __file__}, "is not https"),
        ({"api_key": SECRET, "username": "elastic"}, "exclude each other"),
    ],
    ids=str,
)
def test_what_cannot_work_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingError, match=said) as caught:
        client(ElasticsearchSettings(**given))
    assert SECRET not in str(caught.value)
