"""The kernel's output for one print, written by hand, and the alert that is made of it."""

import numpy as np
from numpy.typing import NDArray

from common.anomaly import Anomaly, ModelTag
from detector import detectors
from detector.alerts import assemble
from detector.catalog import NAMES
from detector.kernel import step
from tests import tape

TRADE = tape.trades(1)[0]
FIRST_NS = 1_709_308_800_123_456_789


class Output:
    """The kernel's output for a print at which some channels fired."""

    def __init__(self, **channels: tuple[float, float]) -> None:
        self.rows = np.zeros((step.OUT_ROWS, step.OUT_COLUMNS))
        self.rows[step.SCORES, step.THRESHOLDS : step.MARGINS] = 4.0
        self.fired = 0
        for name, (score, threshold) in channels.items():
            channel = detectors.CHANNELS.index(name)
            self.fired |= 1 << channel
            self.rows[step.SCORES, channel] = score
            self.rows[step.SCORES, step.THRESHOLDS + channel] = threshold
        quotient, remainder = divmod(FIRST_NS, step.SPLIT)
        self.rows[step.SCORES, step.EPISODE : step.EPISODE + 4] = 3.0, 1.25, quotient, remainder

    def surprising(self, raw: float = 0.0, **surprises: float) -> "Output":
        """Set features' surprises and, for all of them, a raw value."""
        for name, surprise in surprises.items():
            self.rows[step.SURPRISE, NAMES.index(name)] = surprise
            self.rows[step.RAW, NAMES.index(name)] = raw
        return self

    def told(
        self,
        once_in: float = 3e4,
        episode: str | None = None,
        gains: NDArray[np.float64] | None = None,
        absolute: float = float("inf"),
    ) -> Anomaly:
        fired = self.fired | (step.ABSOLUTE if absolute < float("inf") else 0)
        tag = ModelTag(hash="0123456789abcdef", version="1")
        return assemble(TRADE, fired, self.rows.tolist(), gains, once_in, episode, tag, absolute, 7)


def contributions(anomaly: Anomaly) -> dict[str, float]:
    return {reason.feature: reason.contribution for reason in anomaly.reasons}
