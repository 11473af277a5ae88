"""Sessions of venues: when they end, which prints may be of a cross, and that stream and files agree on it."""

import datetime as dt
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from common.batch import TradeBatch
from detector.sessions import Sessions

S = 10**9
VENUES = ("XNAS", "GLBX", "XNSE", "ABCD")


def at(text: str) -> int:
    """Return a time of UTC in nanoseconds since the epoch."""
    return int(dt.datetime.fromisoformat(text + "+00:00").timestamp()) * S


def batch_of(venue: list[int], ts_event: list[int], side: list[str]) -> TradeBatch:
    """Return prints with only the columns that sessions use."""
    columns: dict[str, Any] = {each.name: np.zeros(len(venue), dtype=np.int64) for each in fields(TradeBatch)}
    given = {"venue": np.array(venue), "ts_event": np.array(ts_event), "side": np.array([ord(each) for each in side])}
    return TradeBatch(**(columns | given | {"symbols": ("AAA",), "venues": VENUES}))


@pytest.mark.parametrize(
    ("venue", "time", "left_s"),
    [
        ("XNAS", "2024-03-08T14:30:00", 6.5 * 3_600), ("XNAS", "2024-03-08T14:29:59", -1.0),
        ("XNAS", "2024-03-08T20:59:59", 1.0), ("XNAS", "2024-03-08T21:00:00", -1.0),
        ("XNAS", "2024-03-11T13:30:00", 6.5 * 3_600), ("XNAS", "2024-03-11T20:00:00", -1.0),
        ("GLBX", "2024-03-10T22:00:00", 23 * 3_600.0), ("GLBX", "2024-03-10T21:59:59", -1.0),
        ("GLBX", "2024-03-11T20:59:00", 60.0), ("GLBX", "2024-03-11T21:00:00", -1.0),
        ("XNSE", "2024-03-11T03:44:59", -1.0), ("XNSE", "2024-03-11T03:45:00", 6.25 * 3_600),
        ("XNSE", "2024-03-11T10:00:00", -1.0),
        ("ABCD", "2024-03-11T15:00:00", -1.0),
    ],
)  # fmt: skip
def test_a_session_ends_by_the_clock_of_its_exchange(venue: str, time: str, left_s: float) -> None:
    assert Sessions().of(venue, at(time), ord("B"))[1] == left_s


@pytest.mark.parametrize(
    ("time", "near"),
    [
        ("14:28:59", False), ("14:29:00", True), ("14:31:59", True), ("14:32:00", False), ("20:58:59", False),
        ("20:59:00", True), ("21:00:00", True), ("21:09:59", True), ("21:10:00", False),
    ],
)  # fmt: skip
def test_a_print_without_a_side_may_be_of_a_cross_about_open_and_close(time: str, near: bool) -> None:
    times = {side: Sessions().of("XNAS", at(f"2024-03-08T{time}"), ord(side))[2] for side in "NBA"}

    assert times == {"N": near, "B": False, "A": False}


@pytest.mark.parametrize(
    ("venue", "time", "near"),
    [
        ("XNSE", "2024-03-11T03:45:00", True), ("XNSE", "2024-03-11T09:59:59", True),
        ("GLBX", "2024-03-10T22:00:00", False), ("GLBX", "2024-03-11T20:59:59", False),
        ("ABCD", "2024-03-11T14:30:00", False),
    ],
)  # fmt: skip
def test_crosses_are_of_exchanges_that_have_them(venue: str, time: str, near: bool) -> None:
    assert Sessions().of(venue, at(time), ord("N"))[2] == near


def test_a_session_has_one_number_and_the_next_one_a_later_one() -> None:
    sessions = Sessions()
    numbers = [
        sessions.of("XNAS", at(f"2024-03-{day}T{time}"), ord("B"))[0]
        for day in ("07", "08")
        for time in ("14:29:59", "14:30:00", "20:59:59", "21:00:00", "23:59:59")
    ]

    before, opens, closes, after, late = numbers[:5]
    assert before < opens == closes < after == late == numbers[5] < numbers[6]
    assert sessions.of("ABCD", at("2024-03-08T15:00:00"), ord("B"))[0] == 0


def test_stream_and_files_agree_at_any_time() -> None:
    dice = np.random.default_rng(3)
    edges = [
        3 * 60 + 44,
        9 * 60 + 59,
        *(hour * 60 + 29 for hour in (13, 14)),
        *(hour * 60 + 59 for hour in range(19, 23)),
    ]
    any_time = dice.integers(0, 366 * 86_400, 1_000)
    at_edges = (
        dice.integers(0, 366, 2_000) * 86_400 + dice.choice(edges, 2_000) * 60 + dice.choice([0, 59, 60, 61], 2_000)
    )
    times = (at("2024-01-01T00:00:00") + np.concatenate((any_time, at_edges)) * S).tolist()
    venue, side = dice.integers(0, len(VENUES), len(times)).tolist(), dice.choice(["B", "N"], len(times)).tolist()

    session, left_s, cross = Sessions().columns(batch_of(venue, times, side))

    one_by_one = Sessions()
    for row, time in enumerate(times):
        told = one_by_one.of(VENUES[venue[row]], time, ord(side[row]))
        assert (session[row], left_s[row], cross[row]) == told
    assert set(cross[np.array(side) == "N"]) == {True, False}
