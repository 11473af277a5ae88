"""What deviation of a price is usual: floors, and what a random walk moves."""

import math

import pytest

from detector import catalog
from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel import price
from detector.kernel.baselines import SPACING_SLOT
from tests.market import PRICE, settled

WIDENED = (
    feature.PRINT_RETURN,
    feature.OFF_MARKET,
    feature.SNAPBACK,
    feature.MOVE_2S,
    feature.MOVE_5P,
    feature.MOVE_30S,
)
"""Features of short horizons."""


@pytest.mark.parametrize("i", PRICE, ids=lambda i: catalog.NAMES[i])
def test_a_usual_deviation_is_at_least_half_a_usual_price_change(i: int) -> None:
    market = settled()
    market.scale(i, 0.01)
    market.s[at.MOVE_UNIT], market.s[at.GAP] = 0.3, 0.0

    market.look(100.0, 0.0)

    assert market.usual[i] == pytest.approx(0.5 * 0.3)


@pytest.mark.parametrize(("changes", "share"), [(0, 1e-3), (1, 1e-5)], ids=["never seen to change", "seen to change"])
def test_a_usual_deviation_is_at_least_a_small_share_of_the_price(changes: int, share: float) -> None:
    market = settled()
    market.s[at.MOVE_UNIT], market.s[at.LAST], market.k[at.I_CHANGES] = 0.0, -200.0, changes

    assert price.floor_of(market.s, market.k) == pytest.approx(share * 200.0)


@pytest.mark.parametrize("i", PRICE, ids=lambda i: catalog.NAMES[i])
def test_the_scale_of_a_short_horizon_grows_as_a_random_walk_does(i: int) -> None:
    market = settled()
    for each in PRICE:
        market.scale(each, 0.5 if each == feature.MOVE_30S else 0.6)
    market.s[at.GAP] = 7.0
    squares, own = [], (0.5 if i == feature.MOVE_30S else 0.6) ** 2
    for dt_s in (0.0, 3.0, 12.0):
        market.look(100.0, dt_s)
        squares.append(market.usual[i] ** 2)
    before = 7.0 if i == feature.SNAPBACK else 0.0

    # The mean fading over 30 s is usually 0.5 away, which a random walk reaches in 15 s.
    a_second = 0.5**2 / 15.0
    if i in WIDENED:
        assert squares == pytest.approx([own + a_second * (dt_s + before) for dt_s in (0.0, 3.0, 12.0)])
    else:
        assert squares == pytest.approx([own] * 3)


def test_a_jump_that_came_back_also_spans_the_gap_before_it() -> None:
    market = settled()
    market.k[at.I_PRICED] = 10_000
    market.trade(100.5, 9.0)

    market.look(100.0, 0.0)

    assert market.usual[feature.SNAPBACK] ** 2 == pytest.approx(0.25 + 0.25 / 15.0 * 9.0, rel=0.01)
    assert market.usual[feature.PRINT_RETURN] ** 2 == pytest.approx(0.25, rel=0.01)


def test_no_scale_grows_beyond_five_minutes_of_a_random_walk() -> None:
    market = settled()

    market.look(100.0, 300.0)
    most = market.usual.copy()
    market.look(100.0, 30_000.0)

    assert market.usual == pytest.approx(most)
    assert most[feature.PRINT_RETURN] == pytest.approx(math.sqrt(0.25 + 0.25 / 15.0 * 300.0))


@pytest.mark.parametrize(
    ("i", "steps"),
    [(feature.MOVE_20P, 20.0), (feature.PATH_MOVE, 1.0), (feature.MOVE_200P, 0.0), (feature.MOVE_300S, 0.0)],
)
def test_horizons_in_prints_are_widened_when_prints_take_longer_than_usual(i: int, steps: float) -> None:
    market = settled()
    market.s[at.CENTRE + SPACING_SLOT] = -math.log(0.5)

    found = []
    for gap_s in (0.1, 0.5, 2.5):
        market.s[at.SPACING] = math.log(gap_s)
        market.look(100.0, 1.0)
        found.append(market.usual[i] ** 2)

    assert found == pytest.approx([0.25, 0.25, 0.25 + 0.25 / 15.0 * steps * 2.0])
