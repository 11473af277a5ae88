"""Causes and effects: what a print itself accounts for is named after it, and what it is but a part of, before it."""

import numpy as np
import pytest

from detector.catalog import NAMES
from detector.kernel import features as feature
from detector.kernel import step
from tests.output import Output, contributions

SINGLE = ("off_market", "snapback", "close_move")
"""Price features that no print off the market accounts for."""


def test_a_clear_size_or_repetition_leads_the_volume_that_it_adds_up_to() -> None:
    volumes = {"volume_2s": 9.0, "volume_60_prints": 9.0, "imbalance_30s": 3.0}
    for cause in ("size", "repeats"):
        output = Output(sums=(8.0, 4.0)).surprising(1_000.0, **volumes)
        clear = contributions(output.surprising(**{cause: 4.0}).told())
        unclear = contributions(output.surprising(**{cause: 3.9}).told())

        # 3 squared, and half of that at most for the others: 4.5, 4.5, and 2 squared.
        shares = np.array([9.0, 4.5, 4.5, 4.0])
        assert list(clear.values()) == pytest.approx(0.75 * shares / shares.sum())
        assert next(iter(clear)) == cause
        assert next(iter(unclear)) == "volume_2s"
    assert "repeats" not in unclear


@pytest.mark.parametrize(
    ("raw", "surprise", "lead"), [(0.7, 3.1, "off_market"), (0.5, 3.1, "move_30s"), (0.7, 2.9, "move_30s")]
)
@pytest.mark.parametrize("sign", [2.0, -1.0])
def test_a_print_itself_off_the_market_leads_the_moves_that_are_mostly_its_own_doing(
    raw: float, surprise: float, lead: str, sign: float
) -> None:
    output = Output(moves=(8.0, 4.0)).surprising(sign, move_30s=6.0).surprising(sign * raw, off_market=surprise)
    output.rows[step.RAW, feature.PRINT_RETURN] = output.rows[step.RAW, feature.MOVE_20P] = sign

    assert output.told().reasons[0].feature == lead


@pytest.mark.parametrize("horizon", ["volume_2s", "volume_30s", "volume_60_prints", "imbalance_30s"])
@pytest.mark.parametrize(("raw", "lead"), [(700.0, "size"), (500.0, "volume")])
def test_a_size_leads_the_volume_that_is_mostly_its_own(horizon: str, raw: float, lead: str) -> None:
    output = Output(sums=(8.0, 4.0)).surprising(1_000.0, **{horizon: 6.0}).surprising(raw, size=3.1)

    assert output.told().reasons[0].feature == ("size" if lead == "size" else horizon)


@pytest.mark.parametrize(
    "horizon",
    [name for name in NAMES[feature.PRINT_RETURN : feature.VWAP_DRIFT] if name not in SINGLE],
)
def test_a_print_off_the_market_leads_every_move_that_is_its_own_doing(horizon: str) -> None:
    output = Output(moves=(8.0, 4.0)).surprising(1.0, print_return=0.0, move_20_prints=0.0)
    output.surprising(1.0, **{horizon: 6.0}).surprising(0.7, off_market=3.1)

    assert output.told().reasons[0].feature == "off_market"


@pytest.mark.parametrize(("walked", "part"), [(0.45, False), (0.55, True), (-0.55, False)])
@pytest.mark.parametrize("sign", [1.0, -3.0])
@pytest.mark.parametrize("move", NAMES[feature.MOVE_2S : feature.CLOSE_MOVE + 1])
def test_a_print_that_goes_on_with_a_move_of_half_its_distance_is_part_of_it(
    walked: float, part: bool, sign: float, move: str
) -> None:
    output = Output(jumps=(8.0, 4.0)).surprising(sign, off_market=6.0, print_return=5.0, **{move: 4.0})
    # The last price was not the median: from there, the print went a little less far.
    output.rows[step.RAW, feature.PRINT_RETURN] = sign * 0.9
    output.rows[step.RAW, feature.MOVE_20P] = sign * (0.9 + walked)

    told = output.told()

    assert told.reasons[0].feature == (move if part else "off_market")
    assert (told.kind == "off_market") != part


def test_of_several_moves_the_most_surprising_leads() -> None:
    output = Output(jumps=(8.0, 4.0)).surprising(1.0, off_market=6.0, snapback=3.0, move_2s=4.0, move_300s=2.0)
    output.rows[step.RAW, feature.MOVE_20P] = 2.0

    found = contributions(output.told())

    # 3 squared leads; half of it at most for the print itself, off the market or come back; 1 for the other move.
    shares = np.array([9.0, 4.5, 4.0, 1.0])
    assert list(found) == ["move_2s", "off_market", "snapback", "move_300s"]
    assert list(found.values()) == pytest.approx(0.75 * shares / shares.sum())


@pytest.mark.parametrize("average", ["vwap_deviation", "vwap_drift"])
def test_the_average_price_makes_no_print_part_of_a_move(average: str) -> None:
    output = Output(jumps=(8.0, 4.0)).surprising(1.0, off_market=4.0, **{average: 5.0})
    output.rows[step.RAW, feature.MOVE_20P] = 2.0

    assert contributions(output.told()) == pytest.approx({average: 0.75 * 16 / 25, "off_market": 0.75 * 9 / 25})


def test_a_print_that_came_back_is_no_part_of_a_move() -> None:
    output = Output(jumps=(8.0, 4.0)).surprising(1.0, off_market=3.0, snapback=6.0, move_2s=4.0)
    output.rows[step.RAW, feature.MOVE_20P] = 2.0

    assert output.told().reasons[0].feature == "snapback"


@pytest.mark.parametrize(("late_s", "lead"), [(7.0, "stale"), (5.0, "feed_delay")])
def test_a_late_event_leads_the_delay_that_it_accounts_for(late_s: float, lead: str) -> None:
    output = Output(lateness=(8.0, 4.0)).surprising(10.0, feed_delay=6.0).surprising(late_s, stale=4.0)

    assert output.told().reasons[0].feature == lead
