"""How often the detectors may alert."""

from dataclasses import dataclass
from typing import Final

from common.errors import SettingError
from detector import detectors

_SHARED: Final = ("high_volume_per_million", "surprise_per_million", "isolation_forest_per_million")
_PARTS: Final = {
    detectors.SIZE: 0.235,
    detectors.SUMS: 0.22,
    detectors.JUMPS: 0.05,
    detectors.MOVES: 0.33,
    detectors.DRIFTS: 0.02,
    detectors.CLOSES: 0.05,
    detectors.RATES: 0.06,
    detectors.REPEATS: 0.005,
    detectors.LATENESS: 0.01,
    detectors.FOREST: 0.02,
}
"""Each channel's share of the budget: larger where anomalies lie close to what is usual, smaller where far from it."""

MOST_PER_MILLION: Final = 10_000.0
"""The card knows thresholds up to about this rate; whoever wants more than one trade in a hundred wants them all."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How often the detectors may alert on ordinary trades, in episodes per million trades of a symbol.

    Attributes
    ----------
    alerts_per_million : float
        Budget of all detectors together, divided among their channels.
    high_volume_per_million, surprise_per_million, isolation_forest_per_million : float, optional
        Budget of one detector, in place of its share.
    absolute_size : int, optional
        Flag every print larger than this, whatever is usual for the symbol; None for no such rule.
    """

    alerts_per_million: float = 150.0
    high_volume_per_million: float | None = None
    surprise_per_million: float | None = None
    isolation_forest_per_million: float | None = None
    absolute_size: int | None = None

    def shares(self) -> tuple[float, ...]:
        """Return each channel's own budget, in the order of `detectors.CHANNELS`.

        Raises
        ------
        SettingError
            If a budget is not positive, or above `MOST_PER_MILLION`.
        """
        own = [getattr(self, name) for name in _SHARED]
        if not all(0.0 < given <= MOST_PER_MILLION for given in (self.alerts_per_million, *own) if given is not None):
            most = f"{MOST_PER_MILLION:.0f}"
            raise SettingError(
                f"alerts per million {self.alerts_per_million}, {own}: give numbers above 0 up to {most}"
            )
        whole = [0.0] * len(own)
        for channel, part in _PARTS.items():
            whole[detectors.DETECTOR_OF[channel]] += part
        shares = []
        for channel, part in _PARTS.items():
            given = own[detectors.DETECTOR_OF[channel]]
            of_detector = part / whole[detectors.DETECTOR_OF[channel]]
            shares.append(self.alerts_per_million * part if given is None else given * of_detector)
        return tuple(shares)
