"""What the running detector logs of its work."""

import logging

import pytest

from common.deadletters.letter import DeadLetter
from detector.notes import Notes


def letter(offset: int) -> DeadLetter:
    return DeadLetter.of(
        b"{", service="detector", reason="not_json", error="cut", origin="trades", partition=2, offset=offset,
        key=None, at=7,
    )  # fmt: skip


def test_what_was_scored_and_buried_is_told_every_ten_seconds_and_only_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    now = 0.0
    notes = Notes(lambda: now)

    notes.score(300)
    notes.bury(letter(4))
    notes.bury(letter(5))
    notes.alert()
    now = 9.0
    notes.score(200)
    assert caplog.messages == []

    now = 10.0
    notes.score(0)
    now = 30.0
    notes.score(0)
    notes.score(1)

    assert caplog.messages == [
        "Scored. trades=500 anomalies=1",
        (
            "Messages went to the dead letters; `python -m common.deadletters list` shows them. "
            "messages=2 latest=trades/2/5 reason=not_json error='cut'"
        ),
        "Scored. trades=501 anomalies=1",
    ]
