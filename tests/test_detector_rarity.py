"""The stated rarity of an alert: an alert at its threshold is as rare as its budget, whichever channel raises it."""

import pytest

from detector import model
from detector.budget import Budget
from detector.engine import Engine
from detector.kernel.layout import N_CHANNELS
from detector.rarity import Rarity


@pytest.fixture(scope="module")
def artefact() -> model.Model:
    return model.load(model.SHIPPED)


@pytest.mark.parametrize(
    "budget",
    [Budget(0.1), Budget(20.0), Budget(150.0), Budget(500.0), Budget(100.0, surprise_per_million=300.0)],
    ids=lambda budget: f"{sum(budget.shares()):.1f}",
)
def test_what_is_just_told_is_expected_once_in_what_the_budget_allows(artefact: model.Model, budget: Budget) -> None:
    thresholds, rarity = Engine(artefact, budget).margins, Rarity(artefact, budget)

    once_in = [rarity.once_in(channel, float(margin)) for channel, margin in enumerate(thresholds)]

    assert once_in == pytest.approx([1e6 / sum(budget.shares())] * N_CHANNELS)


@pytest.mark.parametrize("channel", range(N_CHANNELS))
def test_no_margin_is_beyond_what_can_be_told(artefact: model.Model, channel: int) -> None:
    rarity, commonest = Rarity(artefact, Budget()), float(artefact.margins[channel, 0])

    told = [rarity.once_in(channel, margin) for margin in (commonest - 5.0, commonest, commonest + 1.0, 1e9)]

    assert 0.0 < told[0] <= told[1] < told[2] < told[3]
    assert told[3] == pytest.approx(1e20)
