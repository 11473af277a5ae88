"""The embedded servers ignore the settings of the user's own cluster and use all others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from common.errors import SettingError
from common.settings import ElasticsearchSettings, KafkaSettings, TopicSettings, load
from local.apart import apart
from tests import ROOT
from tests.cluster import CLUSTER

OTHERS = {"TOPIC_PARTITIONS": "7", "ELASTICSEARCH_INDEX_PREFIX": "mine"}
ASKED = """
from common.settings import ElasticsearchSettings, KafkaSettings, TopicSettings, load
print(*(load(each).model_dump_json() for each in (TopicSettings, KafkaSettings, ElasticsearchSettings)), sep="\\n")
"""


def in_a_child() -> list[str]:
    asked = [sys.executable, "-c", ASKED]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(asked, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.fixture(params=["environment", ".env"])
def his(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if request.param == ".env":
        (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in (CLUSTER | OTHERS).items()))
        return
    for name, value in (CLUSTER | OTHERS).items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("his")
def test_nothing_of_the_users_cluster_counts_here_or_in_a_child() -> None:
    plain = [
        TopicSettings.model_construct(topic_partitions=7),
        KafkaSettings.model_construct(),
        ElasticsearchSettings.model_construct(index_prefix="mine"),
    ]
    before = dict(os.environ)

    with apart():
        assert [load(type(each)) for each in plain] == plain
        assert in_a_child() == [each.model_dump_json() for each in plain]

    assert dict(os.environ) == before


def test_a_line_that_sets_nothing_is_named_where_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text('\nKAFKA_SASL_PASSWORD="a\nb"\n\nELASTICSEARCH_API_KEY=key\nOPEN="1\n')

    with apart(), pytest.raises(SettingError, match=r"^\.env, line 6: is not NAME=VALUE"):
        load(TopicSettings)


def test_a_file_of_settings_in_another_encoding_is_still_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes("ELASTICSEARCH_INDEX_PREFIX=größe\n".encode("latin-1"))

    with apart(), pytest.raises(SettingError, match=r"^\.env: is not UTF-8 text"):
        load(TopicSettings)


def test_a_named_file_that_is_gone_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENV_FILE", str(tmp_path / "gone"))

    with pytest.raises(SettingError, match=r"ENV_FILE=.*gone: is not a file"):
        load(TopicSettings)
