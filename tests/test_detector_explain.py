"""Which anomaly is explained when the first digits of its id are given, and the prints that are listed around it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from common.anomaly import Anomaly
from common.errors import InputError
from common.times import iso
from detector.explain import around, chosen, listed
from tests import tape


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


@pytest.mark.parametrize(
    ("place", "count", "first", "end"),
    [(50, 3, 47, 54), (1, 3, 0, 5), (98, 3, 95, 100), (50, 0, 50, 51), (0, 500, 0, 100)],
)
def test_the_prints_before_and_after_an_alert_are_as_many_as_asked_for_where_there_are_so_many(
    place: int, count: int, first: int, end: int
) -> None:
    prints = tape.trades(100)

    assert around(iter(prints), prints[place], count) == prints[first:end]


def test_prints_are_listed_in_columns_with_a_mark_at_the_alert() -> None:
    before, own, after = tape.trades(3)
    own = replace(own, price=1234.5, size=1_000_000, side="N")

    head, *lines = listed([before, own, after], own).splitlines()

    assert head.split() == ["time", "price", "size", "side"]
    assert [line.split() for line in lines] == [
        [iso(before.ts_event), repr(before.price), str(before.size), before.side],
        [">", iso(own.ts_event), "1234.5", "1,000,000", "N"],
        [iso(after.ts_event), repr(after.price), str(after.size), after.side],
    ]
    assert len({len(line) for line in lines}) == 1
    assert lines[1].index("1234.5") + 6 == lines[0].index(repr(before.price)) + len(repr(before.price))
