"""Secrets: from the environment, `.env` or a file of their own, and never in a text that others may see; topics."""

from pathlib import Path

import pytest

from common.errors import SettingError
from common.settings import ElasticsearchSettings, KafkaSettings, TopicSettings, load

SECRET = "c0rrect-h0rse-battery"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("where", ["environment", ".env"])
def test_a_secret_may_be_in_a_file_that_is_named_anywhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    (folder / "password").write_text(SECRET + "\n")
    if where == ".env":
        (folder / ".env").write_text("KAFKA_SASL_PASSWORD_FILE=password\n")
    else:
        monkeypatch.setenv("KAFKA_SASL_PASSWORD_FILE", "password")

    assert load(KafkaSettings).sasl_password.get_secret_value() == SECRET


def test_the_environment_takes_precedence_over_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "old").write_text("old")
    (folder / "new").write_text("new")
    (folder / ".env").write_text("KAFKA_SASL_PASSWORD_FILE=old\n")
    monkeypatch.setenv("KAFKA_SASL_PASSWORD_FILE", "new")

    assert load(KafkaSettings).sasl_password.get_secret_value() == "new"


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), (b"", "is empty"), (b" \n", "is empty"), (b"\xff" + SECRET.encode(), "is no text")],
)
def test_a_secret_that_cannot_be_read_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, said: str
) -> None:
    if content is not None:
        (folder / "key").write_bytes(content)
    monkeypatch.setenv("ELASTICSEARCH_API_KEY_FILE", "key")

    with pytest.raises(SettingError, match=f"ELASTICSEARCH_API_KEY_FILE=key: {said}") as caught:
        load(ElasticsearchSettings)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("address", [f"elastic:{SECRET}@host:9200", f"ftp://elastic:{SECRET}@host:9200"])
def test_a_bad_address_is_told_without_its_credentials(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("ELASTICSEARCH_URL", address)

    with pytest.raises(SettingError, match=r"ELASTICSEARCH_URL=\*\*\*@host:9200: ") as caught:
        load(ElasticsearchSettings)
    assert SECRET not in str(caught.value)


def test_settings_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA_SASL_PASSWORD", "ELASTICSEARCH_PASSWORD", "ELASTICSEARCH_API_KEY"):
        monkeypatch.setenv(name, SECRET)

    for settings in (load(KafkaSettings), load(ElasticsearchSettings)):
        assert SECRET not in repr(settings) + str(settings) + str(settings.model_dump())


@pytest.mark.parametrize("name", ["trades x", "träde", "a\n", "..", "x" * 250])
def test_a_topic_that_kafka_cannot_have_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("input", name)

    with pytest.raises(SettingError, match=f"^input={name}: Kafka takes no such name"):
        load(TopicSettings)
