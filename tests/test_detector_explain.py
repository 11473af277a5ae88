"""Which anomaly is explained when the first digits of its id are given."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from common.anomaly import Anomaly
from common.errors import InputError
from detector.engine import Engine
from detector.explain import chosen
from tests import tape
from tests.test_detector_engine import scored, with_block


@pytest.fixture(scope="module")
def alert() -> Anomaly:
    return scored(Engine.load(), with_block(tape.trades(600), 500))[0][0]


def named(alert: Anomaly, *beginnings: str) -> list[Anomaly]:
    return [replace(alert, anomaly_id=beginning.ljust(32, "0")) for beginning in beginnings]


def test_the_first_digits_name_the_one_that_begins_with_them(alert: Anomaly) -> None:
    found = named(alert, "abcdef1", "abcdef2", "0abcdef")

    assert chosen(found, "abcdef2") is found[1]
    assert chosen(found, "abcdef3") is None


def test_digits_that_several_share_are_refused_with_the_ids(alert: Anomaly) -> None:
    found = named(alert, "abcdef1", "abcdef2", "0abcdef")

    with pytest.raises(InputError, match=r"^2 anomalies have an id that begins with abcdef: ") as refused:
        chosen(found, "abcdef")
    assert all(anomaly.anomaly_id in str(refused.value) for anomaly in found[:2])
    assert str(refused.value).endswith("0; give more digits")


def test_of_many_only_a_few_are_named(alert: Anomaly) -> None:
    with pytest.raises(InputError, match=r"^9 anomalies .*, …; give more digits$") as refused:
        chosen(named(alert, *(f"abcdef{place}" for place in range(9))), "abcdef")
    assert str(refused.value).count("0" * 25) == 5


def test_an_alert_that_comes_again_is_one(alert: Anomaly) -> None:
    assert chosen(named(alert, "abcdef", "abcdef"), "abcdef") is not None


def test_after_a_whole_id_nothing_more_is_read(alert: Anomaly) -> None:
    whole = named(alert, "abcdef")[0]

    def anomalies() -> Iterator[Anomaly]:
        yield whole
        raise AssertionError("read on")

    assert chosen(anomalies(), whole.anomaly_id) is whole
