"""How often the detectors may speak."""

from dataclasses import dataclass
from typing import Final

from common.errors import SettingError

_SHARED: Final = ("high_volume_per_million", "surprise_per_million", "isolation_forest_per_million")
_PARTS: Final = (0.5, 0.4, 0.1)
"""Of high volume, surprise and Isolation Forest: the last confirms more often than it speaks alone."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How often the detectors may speak on ordinary trades, in episodes per million trades of a symbol.

    Attributes
    ----------
    alerts_per_million : float
        For all together; each detector gets a third unless its own is given.
    high_volume_per_million, surprise_per_million, isolation_forest_per_million : float, optional
        For one detector.
    absolute_size : int, optional
        Flag every print larger than this, whatever is usual for the symbol; None does not.
    """

    alerts_per_million: float = 150.0
    high_volume_per_million: float | None = None
    surprise_per_million: float | None = None
    isolation_forest_per_million: float | None = None
    absolute_size: int | None = None

    def shares(self) -> tuple[float, ...]:
        """Return each detector's own budget, in the order of `detectors.NAMES`.

        Raises
        ------
        SettingError
            If a budget is not positive.
        """
        own = [getattr(self, name) for name in _SHARED]
        shares = tuple(
            self.alerts_per_million * part if given is None else given for given, part in zip(own, _PARTS, strict=True)
        )
        if not all(0.0 < share <= 1e5 for share in shares):
            raise SettingError(f"alerts per million {shares}: give numbers above 0 and up to 100000")
        return shares
