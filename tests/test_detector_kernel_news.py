"""References catch up with a surprising move: what has been alerted on is no longer news."""

import pytest

from detector.kernel import features as feature
from detector.kernel import layout as at
from detector.kernel import news
from tests import kernel
from tests.kernel import Floats, Integers

REFERENCES = ("2 s", "30 s", "300 s", "200 s", "5 prints", "20 prints", "200 prints")
"""The fading means of the price, in the order of the state."""
SURPRISING, ABSURD = 6.0, 21.0


def at_100() -> tuple[Floats, Integers]:
    """Return the state of a symbol whose price was 100 all the time, with 500 traded, and its integer view."""
    s, k = kernel.state()
    s[at.REFERENCES : at.REFERENCES + at.HORIZONS] = 100.0
    s[at.VWAP_REFERENCE], s[at.VALUE], s[at.VALUE_SIZE] = 100.0, 50_000.0, 500.0
    k[at.I_PATH_RING] = 32
    return s, k


def references(s: Floats) -> list[float]:
    found: list[float] = s[at.REFERENCES : at.REFERENCES + at.HORIZONS].tolist()
    return found


def taken_up(name: int, surprise: float, price: float = 110.0) -> tuple[Floats, Integers]:
    """Return the state after a print at a price at which one feature was surprising."""
    s, k = at_100()
    surprises, _x, _usual = kernel.per_feature()
    surprises[name] = surprise
    news.take_up(s, k, price, surprises)
    return s, k


@pytest.mark.parametrize(
    ("name", "moved"),
    [
        (feature.MOVE_2S, ["2 s"]),
        (feature.MOVE_30S, ["30 s"]),
        (feature.MOVE_300S, ["300 s", "200 s"]),
        (feature.MOVE_5P, ["5 prints"]),
        (feature.MOVE_20P, ["20 prints"]),
        (feature.MOVE_200P, ["200 prints"]),
        (feature.CLOSE_MOVE, []),
        (feature.PRINT_RETURN, []),
    ],
)
@pytest.mark.parametrize(("surprise", "share"), [(4.0, 0.0), (SURPRISING, 0.5), (ABSURD, 1.0)])
def test_a_reference_goes_half_way_to_a_surprising_price_and_all_the_way_to_an_absurd_one(
    name: int, moved: list[str], surprise: float, share: float
) -> None:
    s, _k = taken_up(name, surprise)

    expected = [100.0 + 10.0 * share * (horizon in moved) for horizon in REFERENCES]
    assert references(s) == pytest.approx(expected)
    assert (s[at.VWAP_REFERENCE], s[at.VALUE], s[at.VALUE_SIZE]) == (100.0, 50_000.0, 500.0)


@pytest.mark.parametrize(("surprise", "kept"), [(6.0, 32), (8.0, 0)])
def test_a_straight_move_that_was_alerted_on_is_forgotten(surprise: float, kept: int) -> None:
    s, k = taken_up(feature.PATH_MOVE, surprise)

    assert k[at.I_PATH_RING] == kept
    assert references(s) == [100.0] * at.HORIZONS


@pytest.mark.parametrize(("surprise", "share"), [(4.0, 0.0), (SURPRISING, 0.5), (ABSURD, 1.0)])
def test_the_average_price_moves_without_any_drift(surprise: float, share: float) -> None:
    s, _k = taken_up(feature.VWAP_DEVIATION, surprise)

    assert s[at.VALUE] / s[at.VALUE_SIZE] == pytest.approx(100.0 + 10.0 * share)
    assert s[at.VWAP_REFERENCE] == pytest.approx(100.0 + 10.0 * share)
    assert s[at.VALUE_SIZE] == 500.0


@pytest.mark.parametrize(("surprise", "share"), [(4.0, 0.0), (SURPRISING, 0.5), (ABSURD, 1.0)])
def test_the_mean_of_the_average_price_catches_up_with_its_drift(surprise: float, share: float) -> None:
    s, k = at_100()
    s[at.VALUE] = 52_000.0
    surprises, _x, _usual = kernel.per_feature()
    surprises[feature.VWAP_DRIFT] = surprise

    news.take_up(s, k, 110.0, surprises)

    assert s[at.VWAP_REFERENCE] == pytest.approx(100.0 + 4.0 * share)
    assert s[at.VALUE] == 52_000.0


def test_without_volume_there_is_no_average_price_to_move() -> None:
    s, k = at_100()
    s[at.VALUE] = s[at.VALUE_SIZE] = 0.0
    surprises, _x, _usual = kernel.per_feature()
    surprises[:] = SURPRISING

    news.take_up(s, k, 110.0, surprises)

    assert (s[at.VWAP_REFERENCE], s[at.VALUE], s[at.VALUE_SIZE]) == (100.0, 0.0, 0.0)
    assert references(s) == [105.0] * at.HORIZONS
