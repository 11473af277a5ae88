"""The dead-letter command without a broker: mistakes on the command line are reported at once."""

import pytest

from common.deadletters.__main__ import main
from common.errors import InputError, SettingError


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["show", "abc"], "'abc' is not a place"),
        (["show", "²:1"], "is not a place"),
        (["show", "0:99999999999999999999"], "is not a place"),
        (["replay", "first"], "'first' is not a place"),
        (["replay", "0:1", "--payload", "/gone"], r"/gone: cannot be read \(No such file"),
        (["replay", "0:1", "--payload", __file__], "not a JSON object with a symbol"),
    ],
)
def test_mistakes_are_told_before_kafka_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], complaint: str
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setattr("sys.argv", ["dead-letters", *arguments])

    with pytest.raises((SettingError, InputError), match=complaint):
        main()
