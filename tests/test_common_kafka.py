"""The client configuration: what cannot work is reported before a client tries it."""

import logging
from contextlib import closing
from pathlib import Path

import pytest

from common import logs
from common.errors import ServiceUnavailableError, SettingError
from common.kafka import connection, consumer, wait_for_broker
from common.settings import KafkaSettings, load
from tests import certificates
from tests.waiting import wait_until


@pytest.mark.parametrize("given", [{}, {"sasl_username": "me"}, {"sasl_password": "secret"}])
def test_sasl_without_user_or_password_names_the_variables(given: dict[str, str]) -> None:
    with pytest.raises(SettingError, match="SASL_SSL needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD") as told:
        connection(load(KafkaSettings, security_protocol="SASL_SSL", **given))
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(("path", "complaint"), [("/none.pem", "cannot be read"), (__file__, "holds no certificate")])
def test_a_certificate_authority_that_is_none_is_named(path: str, complaint: str) -> None:
    with pytest.raises(SettingError, match=f"KAFKA_SSL_CA_FILE={path}: {complaint}"):
        connection(load(KafkaSettings, security_protocol="SSL", ssl_ca_file=Path(path)))


def test_what_is_right_is_handed_on(tmp_path: Path) -> None:
    made = certificates.make(tmp_path)
    settings = load(
        KafkaSettings,
        security_protocol="SASL_SSL",
        sasl_username="me",
        sasl_password="secret",
        ssl_ca_file=made.authority,
    )

    config = connection(settings)

    assert (config["sasl.username"], config["sasl.password"]) == ("me", "secret")
    assert config["ssl.ca.location"] == str(made.authority)


def test_waiting_is_news_first_and_a_warning_after_a_while(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.kafka._USUAL_WAIT_S", 4.0)
    nowhere = KafkaSettings(bootstrap_servers="127.0.0.1:1")

    with caplog.at_level(logging.INFO), pytest.raises(ServiceUnavailableError, match="start it, or set KAFKA_BOOT"):
        wait_for_broker(nowhere, 8, sleep=lambda _seconds: None)

    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING"]


def test_clients_without_a_broker_say_the_same_only_now_and_then(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, told = [0.0], list[str]()

    class Heard(logs.Seldom):
        def left_out(self, what: str) -> int | None:
            told.append(what)
            return super().left_out(what)

    monkeypatch.setattr("common.kafka._seldom", Heard(lambda: now[0]))
    nowhere = KafkaSettings(bootstrap_servers="127.0.0.1:1,127.0.0.1:2")

    def try_to_read(attempt: int) -> None:
        with closing(consumer(nowhere, "group")) as reader:
            reader.subscribe(["trades"])
            wait_until(lambda: not reader.consume(100, 0.1) and told.count("_ALL_BROKERS_DOWN") == attempt)

    for attempt in range(1, 9):
        try_to_read(attempt)
        now[0] += 1.5

    lines = [record.getMessage() for record in caplog.records if "_ALL_BROKERS_DOWN" in record.getMessage()]
    assert [line.split()[-1] for line in lines] == ["left_out=0", "left_out=6"]
