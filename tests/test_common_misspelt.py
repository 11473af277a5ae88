"""Variables that look like settings, but are none."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from common import misspelt
from common.settings import KafkaSettings, TopicSettings, load
from detector.settings import AlertSettings

NAMES = re.findall(r"^#?([A-Za-z_]+)=", (Path(__file__).parents[1] / ".env.example").read_text(), re.MULTILINE)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    misspelt._tell.cache_clear()
    yield
    misspelt._tell.cache_clear()


def test_a_name_close_to_a_setting_is_told_once_with_its_place(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Path(".env").write_text("KAFKA_BOOTSTRAP_SERVER=a:1\nOUTPUT=found\n")
    monkeypatch.setenv("ALERT_PER_MILLION", "50")

    for settings in (KafkaSettings, TopicSettings, AlertSettings, AlertSettings):
        load(settings)

    assert caplog.messages == [
        f"A variable is no setting. variable={name} where={where} remedy='did you mean {meant}?'"
        for name, where, meant in (
            ("KAFKA_BOOTSTRAP_SERVER", ".env", "KAFKA_BOOTSTRAP_SERVERS"),
            ("OUTPUT", ".env", "output"),
            ("ALERT_PER_MILLION", "environment", "ALERTS_PER_MILLION"),
        )
    ]


def test_what_is_given_by_its_right_name_too_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    Path(".env").write_text("KAFKA_BOOTSTRAP_SERVER=a:1\nKAFKA_BOOTSTRAP_SERVERS=a:1\nKAFKA_SASL_PASSWORD_FILE=\n")

    load(KafkaSettings)

    assert caplog.messages == []


@pytest.mark.parametrize("name", NAMES)
def test_no_setting_is_taken_for_another(name: str, caplog: pytest.LogCaptureFixture) -> None:
    misspelt.tell_misspelt([each for each in NAMES if each != name], {name: ".env"})

    assert caplog.messages == []
