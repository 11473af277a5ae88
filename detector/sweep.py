"""How many alerts other budgets would give, from the scores of one pass."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, TextIO

import numpy as np
from numpy.typing import NDArray

from common.anomaly import Anomaly
from common.batch import TradeBatch
from common.errors import SettingError
from detector.columns import would_fire
from detector.engine import Engine
from detector.kernel import step

COLUMNS: Final = step.EPISODE
_LONG_AGO: Final = -(2**62)


class Sweep:
    """Counts alerts and episodes under several budgets; exact, since nothing that a symbol learns depends on them.

    Parameters
    ----------
    others : sequence of Engine
        The same model under the budgets to be counted.
    """

    def __init__(self, others: Sequence[Engine]) -> None:
        self._margins = np.array([other.margins for other in others])
        self._absolute_size = min(other.absolute_size for other in others)
        self.trades = 0
        self.alerts = np.zeros(len(others), dtype=np.int64)
        self.episodes = np.zeros(len(others), dtype=np.int64)
        self._latest_alert: dict[str, NDArray[np.int64]] = defaultdict(lambda: np.full(len(others), _LONG_AGO))

    def add(self, batch: TradeBatch, scores: NDArray[np.float64], _anomalies: list[Anomaly]) -> None:
        """Count a batch; `scores` has shape (n, COLUMNS), as filled by `Engine.replay`."""
        self.trades += len(batch)
        for j in np.unique(batch.symbol):
            rows, name = np.flatnonzero(batch.symbol == j), batch.symbols[j]
            own = scores[rows]
            parts = own[:, step.CLOCK : step.EPISODE].astype(np.int64)
            clock = parts[:, 0] * step.SPLIT + parts[:, 1]
            for place, fired in enumerate(self._fired(own, batch.size[rows])):
                alerts = clock[fired]
                if not len(alerts):
                    continue
                self.alerts[place] += len(alerts)
                gaps = np.diff(alerts, prepend=self._latest_alert[name][place])
                self.episodes[place] += int(np.count_nonzero(np.abs(gaps) > step.EPISODE_NS))
                self._latest_alert[name][place] = alerts[-1]

    def _fired(self, scores: NDArray[np.float64], sizes: NDArray[np.int64]) -> Any:
        """Return which prints would be flagged, shape (budgets, n)."""
        above = would_fire(scores, self._margins[:, np.newaxis, :])
        return np.any(above, axis=2) | (sizes > self._absolute_size)

    def write(self, budgets: Sequence[float], out: TextIO) -> None:
        """Write one line per budget."""
        out.write(f"{'budget/million':>15}{'alerts':>9}{'episodes':>10}{'episodes/million':>18}\n")
        for budget, alerts, episodes in zip(budgets, self.alerts, self.episodes, strict=True):
            rate = episodes * 1e6 / max(self.trades, 1)
            out.write(f"{budget:>15,g}{alerts:>9,}{episodes:>10,}{rate:>18.0f}\n")


def budgets(text: str) -> list[float]:
    """Return the budgets in a list such as ``25,50,150``, in rising order.

    Raises
    ------
    SettingError
        If a part is not a number; `Budget` checks whether it is a valid budget.

    >>> budgets("150,25")
    [25.0, 150.0]
    """
    try:
        return sorted({float(part) for part in text.split(",")})
    except ValueError:
        raise SettingError(f"--sweep {text}: give numbers separated by commas, such as 25,50,150") from None


def empty_scores(batch: TradeBatch) -> NDArray[Any]:
    """Return an uninitialised array for the scores of a batch, shape (n, COLUMNS)."""
    return np.empty((len(batch), COLUMNS))
