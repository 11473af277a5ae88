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
    [(None, "cannot be read"), (b"", "is empty"), (b" \n", "is empty"), (b"\xff" + SECRET.encode(), "is not UTF-8")],
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

    kafka, elasticsearch = load(KafkaSettings), load(ElasticsearchSettings)
    held = (kafka.sasl_password, elasticsearch.password, elasticsearch.api_key)
    assert [secret.get_secret_value() for secret in held] == [SECRET] * 3
    for settings in (kafka, elasticsearch):
        assert SECRET not in repr(settings) + str(settings) + str(settings.model_dump())


def put(folder: Path, monkeypatch: pytest.MonkeyPatch, where: str, variables: dict[str, str]) -> None:
    if where == ".env":
        (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    else:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)


@pytest.mark.parametrize("where", ["environment", ".env"])
def test_a_variable_of_another_name_is_not_ours(folder: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    names = ("INPUT", "OUTPUT", "Output", "TRADES_TOPIC", "trades_topic", "anomalies_topic", "progress_topic")
    others = ("Topic_Partitions", "kafka_bootstrap_servers", "KAFKA_bootstrap_servers", "bootstrap_servers")
    put(folder, monkeypatch, where, dict.fromkeys((*names, *others), "9"))

    assert load(TopicSettings) == TopicSettings.model_construct()
    assert load(KafkaSettings) == KafkaSettings.model_construct()


@pytest.mark.parametrize("where", ["environment", ".env"])
def test_documented_names_count_and_options_take_precedence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    put(folder, monkeypatch, where, {"input": "a", "output": "b", "PROGRESS_TOPIC": "c", "TOPIC_PARTITIONS": "9"})

    found = load(TopicSettings, anomalies_topic="d", topic_partitions=7)

    assert (found.trades_topic, found.anomalies_topic, found.progress_topic) == ("a", "d", "c")
    assert found.topic_partitions == 7


def test_the_environment_takes_precedence_unless_it_is_empty(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder, monkeypatch, ".env", {"input": "old", "output": "kept"})
    put(folder, monkeypatch, "environment", {"input": "new", "output": ""})

    found = load(TopicSettings)

    assert (found.trades_topic, found.anomalies_topic) == ("new", "kept")


@pytest.mark.parametrize("name", ["trades x", "träde", "a\n", "..", "x" * 250])
def test_a_topic_that_kafka_cannot_have_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("input", name)

    with pytest.raises(SettingError, match=f"^input={name}: not a topic name in Kafka"):
        load(TopicSettings)


@pytest.mark.parametrize("name", ["output", "DEAD_LETTERS_TOPIC", "PROGRESS_TOPIC"])
def test_one_topic_for_two_purposes_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "trades")

    with pytest.raises(SettingError, match=r"^input, output, DEAD_LETTERS_TOPIC .* give each its own topic"):
        load(TopicSettings)


@pytest.mark.parametrize(
    ("variable", "file", "given", "said"),
    [
        ("0", "7", None, "TOPIC_PARTITIONS=0: "),
        (None, "0", None, "TOPIC_PARTITIONS=0 in .env: "),
        ("7", "7", 0, "TOPIC_PARTITIONS=0 given by this program: "),
    ],
)
def test_an_option_that_nobody_typed_is_not_named_but_where_the_value_stands(
    folder: Path, monkeypatch: pytest.MonkeyPatch, variable: str | None, file: str, given: int | None, said: str
) -> None:
    put(folder, monkeypatch, ".env", {"TOPIC_PARTITIONS": file})
    if variable is not None:
        monkeypatch.setenv("TOPIC_PARTITIONS", variable)

    with pytest.raises(SettingError) as refused:
        load(TopicSettings, {"topic_replication": "--copies"}, topic_partitions=given)
    assert str(refused.value).startswith(said)
    with pytest.raises(SettingError, match=r"^--parts 0: "):
        load(TopicSettings, {"topic_partitions": "--parts"}, topic_partitions=0)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("input=a\n\n# what follows is no variable\nthis is prose\noutput=b\n", "4"),
        ("\n \n\ninput a\n\noutput=b\n\n\n=c\n", "4, 9"),
        ("input=a\n\ninput\n\nexport output\n\ninput:c\n", "3, 5, 7"),
        (f'input=a\r\n\r\nKAFKA_SASL_PASSWORD="{SECRET}\r\noutput=b\r\n', "3"),
    ],
)
def test_lines_that_are_no_variables_are_refused_by_number_and_not_shown(
    folder: Path, caplog: pytest.LogCaptureFixture, text: str, line: str
) -> None:
    (folder / ".env").write_text(text, newline="")

    with pytest.raises(SettingError, match=rf"^\.env, line {line}: is not NAME=VALUE; correct it") as caught:
        load(TopicSettings)
    assert SECRET not in str(caught.value)
    assert not caplog.messages


def test_comments_exports_and_values_of_several_lines_are_no_faults(folder: Path) -> None:
    (folder / ".env").write_text("\n# one\nexport input=a # two\nOTHER='b\nc'\nNAME=\n  output = d\n\n\n")

    assert (load(TopicSettings).trades_topic, load(TopicSettings).anomalies_topic) == ("a", "d")


def test_a_file_of_variables_that_is_no_text_is_named(folder: Path) -> None:
    (folder / ".env").write_bytes("# Schlüssel\ninput=x\n".encode("latin-1"))

    with pytest.raises(SettingError, match=r"^\.env: is not UTF-8 text"):
        load(TopicSettings)
