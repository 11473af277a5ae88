"""How rare an alert is, by the card's rates and the channels' shares of the budget, whatever the budget itself."""

from bisect import bisect_right
from math import log10
from typing import Final

from detector import detectors
from detector.budget import Budget
from detector.kernel.layout import N_CHANNELS
from detector.kernel.step import CLOSING_SHARE
from detector.model import Model

_MOST_DECADES: Final = 20.0


class Rarity:
    """Computes in how many prints of a symbol one alert as extreme is expected.

    An alert just above the threshold for a budget of B per million is expected once in 1,000,000 / B prints, whichever
    channel gives it.

    Parameters
    ----------
    artefact : Model
        Its margins are interpolated between rates, and extrapolated beyond the lowest.
    budget : Budget
        Only its division among the channels matters, not its amount.
    """

    def __init__(self, artefact: Model, budget: Budget) -> None:
        self._margins = artefact.margins.tolist()
        self._decades = [6.0 - log10(rate) for rate in artefact.rates.tolist()]
        self._slopes = [artefact.decades_per_unit(channel) for channel in range(N_CHANNELS)]
        whole = sum(budget.shares())
        self._shares = [log10(rate / whole) for rate in channel_rates(artefact, budget)]

    def once_in(self, channel: int, margin: float) -> float:
        """Return the number of prints in which one alert is expected with this margin or more."""
        margins, decades = self._margins[channel], self._decades
        place = bisect_right(margins, margin)
        if place == len(margins):
            found = decades[-1] + (margin - margins[-1]) * self._slopes[channel]
        elif place == 0:
            found = decades[0]
        else:
            low, high = margins[place - 1], margins[place]
            found = decades[place - 1] + (margin - low) / (high - low) * (decades[place] - decades[place - 1])
        return float(10.0 ** min(_MOST_DECADES, found + self._shares[channel]))


def channel_rates(artefact: Model, budget: Budget) -> list[float]:
    """Return how often each channel may alert by itself, in episodes per million prints on which it may alert at all.

    Channels sometimes alert on the same event, and symbols unseen in training alert more often than those seen: the
    card's joint factor corrects for both. Closing moves are reported only near the close.
    """
    rates = [share * float(artefact.card["joint_factor"]) for share in budget.shares()]
    rates[detectors.CLOSES] /= CLOSING_SHARE
    return rates
