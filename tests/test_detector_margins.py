"""Margins and rarities between the rates that a model's card knows, and beyond them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from detector import detectors, model
from detector.budget import Budget
from detector.kernel import layout as at
from detector.rarity import Rarity, channel_rates

RATES = np.array([20_000.0, 1_000.0, 100.0, 10.0])
DECADES = np.log10(10_000.0 / RATES)


@pytest.fixture(scope="module")
def artefact() -> model.Model:
    """Return a model whose margins rise by 0.5 a decade, twice as fast in the channel of moves."""
    shipped = model.load(model.SHIPPED)
    margins = np.tile(0.2 + 0.5 * DECADES, (at.N_CHANNELS, 1))
    margins[detectors.MOVES] = 0.4 + DECADES
    return replace(shipped, rates=RATES, margins=margins, card=shipped.card | {"joint_factor": 0.8})


@pytest.mark.parametrize(
    ("per_million", "margin"),
    [
        (10_000.0, 0.2),
        (100.0, 1.2),
        (10.0, 1.7),
        (10.0**1.5, 1.45),
        (10.0**3.9, 0.25),
        (0.1, 2.7),
        (1e6, 0.2 - 0.5 * np.log10(2.0)),
    ],
)
def test_a_margin_lies_on_a_line_in_decades_and_goes_on_beyond_the_lowest_rate(
    artefact: model.Model, per_million: float, margin: float
) -> None:
    assert artefact.margin(detectors.SIZE, per_million) == pytest.approx(margin)


def test_alerts_become_rarer_by_as_many_decades_as_the_tail_of_the_margins_says(artefact: model.Model) -> None:
    assert artefact.decades_per_unit(detectors.SIZE) == pytest.approx(2.0)
    assert artefact.decades_per_unit(detectors.MOVES) == pytest.approx(1.0)
    bent = artefact.margins.copy()
    bent[:, 0] = -50.0
    assert replace(artefact, margins=bent).decades_per_unit(detectors.SIZE) == pytest.approx(2.0)


def test_a_tail_that_hardly_ends_still_ends(artefact: model.Model) -> None:
    endless = replace(artefact, margins=100.0 * artefact.margins)

    assert endless.decades_per_unit(detectors.SIZE) == 0.1
    assert endless.margin(detectors.SIZE, 1.0) == pytest.approx(170.0 + 1.0 / 0.1)


def test_channels_share_the_budget_and_closing_moves_have_theirs_near_the_close(artefact: model.Model) -> None:
    budget = Budget(200.0)

    rates = np.array(channel_rates(artefact, budget))

    shares = 0.8 * np.array(budget.shares())
    shares[detectors.CLOSES] *= 20.0
    assert rates == pytest.approx(shares)
    assert sum(budget.shares()) == pytest.approx(200.0)


@pytest.mark.parametrize("channel", [detectors.SIZE, detectors.MOVES])
def test_a_rarity_is_that_of_the_whole_budget_at_which_the_channel_would_fire(
    artefact: model.Model, channel: int
) -> None:
    budget = Budget(150.0)
    rarity = Rarity(artefact, budget)
    share = channel_rates(artefact, budget)[channel] / 150.0
    base, unit = (0.2, 0.5) if channel == detectors.SIZE else (0.4, 1.0)

    for margin_in_units, per_million in (
        (0.0, 1e4),
        (0.5, 10**3.5),
        (1.0, 1e3),
        (2.75, 10**1.25),
        (3.0, 10.0),
        (5.0, 0.1),
    ):
        assert rarity.once_in(channel, base + unit * margin_in_units) == pytest.approx(1e6 / per_million * share)
    assert rarity.once_in(channel, -9.0) == pytest.approx(1e6 / 2e4 * share)
    assert rarity.once_in(channel, 1e6) == 1e20


def test_the_division_of_the_budget_matters_and_its_amount_does_not(artefact: model.Model) -> None:
    def told(budget: Budget) -> float:
        return Rarity(artefact, budget).once_in(detectors.SIZE, 1.2)

    assert told(Budget(10.0)) == pytest.approx(told(Budget(5_000.0)))
    assert told(Budget(150.0, surprise_per_million=3_000.0)) < 0.1 * told(Budget(150.0))


def test_of_equal_margins_the_rarest_rate_counts(artefact: model.Model) -> None:
    flat: Any = artefact.margins.copy()
    flat[:, 1] = flat[:, 2]

    rarity = Rarity(replace(artefact, margins=flat), Budget())

    assert rarity.once_in(detectors.SIZE, 1.2) == pytest.approx(Rarity(artefact, Budget()).once_in(detectors.SIZE, 1.2))
