"""The producer's settings: from variables and options, exact, and refused by name."""

from pathlib import Path
from typing import Any

import pytest

from common.errors import SettingError
from common.settings import load
from producer.settings import ProducerSettings


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_defaults_play_the_sample_folder_as_fast_as_possible() -> None:
    settings = load(ProducerSettings)

    assert (settings.paths, settings.speed, settings.symbols) == ((Path("nasdaq"),), None, frozenset())


def test_the_environment_is_read_and_options_take_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODUCER_PATHS", "a.dbn, folder")
    monkeypatch.setenv("PRODUCER_SYMBOLS", "SPY,BAC")
    monkeypatch.setenv("PRODUCER_SPEED", "20")

    settings = load(ProducerSettings, speed="max", paths=["with,comma.dbn"])

    assert settings.paths == (Path("with,comma.dbn"),)
    assert settings.symbols == {"SPY", "BAC"}
    assert settings.speed is None
    assert load(ProducerSettings).paths == (Path("a.dbn"), Path("folder"))


def test_empty_variables_are_as_if_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PATHS", "SPEED", "SYMBOLS", "START", "END", "LIMIT"):
        monkeypatch.setenv(f"PRODUCER_{name}", "")

    assert load(ProducerSettings) == ProducerSettings.model_construct()


@pytest.mark.parametrize(
    ("given", "nanoseconds"),
    [
        ("2013-10-08T13:30", 1_381_239_000_000_000_000),
        ("2013-10-08T13:30:00.123456789Z", 1_381_239_000_123_456_789),
        ("2013-10-08T13:30:00.1234567+00:00", 1_381_239_000_123_456_700),
        ("2013-10-08T13:30:00,123456789", 1_381_239_000_123_456_789),
        ("2013-10-08T09:30-04:00", 1_381_239_000_000_000_000),
        ("20131008", 1_381_190_400_000_000_000),
        ("1381239000123456789", 1_381_239_000_123_456_789),
    ],
)
def test_times_are_exact_to_the_nanosecond(given: str, nanoseconds: int) -> None:
    assert load(ProducerSettings, start=given).start == nanoseconds


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"speed": "fast"}, "--speed fast: must be max, or a number above 0"),
        ({"speed": "0"}, "--speed "),
        ({"speed": "-1"}, "--speed "),
        ({"speed": "nan"}, "--speed "),
        ({"start": "tomorrow"}, "--start tomorrow: must be an ISO 8601"),
        ({"start": "2024-03-02", "end": "2024-03-01"}, "--end 2024-03-01: must be after the start"),
        ({"start": "1" * 19, "end": "1" * 19}, "--end 1{19}: must be after the start"),
        ({"start": "1381239000"}, "--start 1381239000: must be in nanoseconds since 1970"),
        ({"end": "1381239000123456"}, "--end 1381239000123456: must be in nanoseconds since 1970"),
        ({"start": "2013-10-08T13:30:00.1234567891"}, "--start .*: must have nine decimals at most"),
        ({"limit": "-3"}, "--limit -3"),
        ({"limit": "many"}, "--limit many"),
    ],
)
def test_bad_values_are_named(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SettingError, match=complaint):
        load(ProducerSettings, {name: f"--{name}" for name in options}, **options)


def test_a_bad_variable_is_named_and_not_an_option_that_nobody_gave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODUCER_SPEED", "fast")

    with pytest.raises(SettingError, match=r"^PRODUCER_SPEED=fast: must be max"):
        load(ProducerSettings, limit=3)
