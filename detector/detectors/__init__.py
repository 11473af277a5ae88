"""The detectors, one per file. They compute scores; thresholds are set elsewhere (`detector.kernel.control`).

A detector covers several causes. Each cause is a channel with its own score, threshold and budget, so that a cause that
is commonplace for one symbol does not silence the others. A detector fires when one of its channels does.
"""

from typing import Final

HIGH_VOLUME: Final = 0
SURPRISE: Final = 1
ISOLATION_FOREST: Final = 2
NAMES: Final = ("high_volume", "surprise", "isolation_forest")

SIZE: Final = 0
SUMS: Final = 1
JUMPS: Final = 2
MOVES: Final = 3
DRIFTS: Final = 4
CLOSES: Final = 5
RATES: Final = 6
REPEATS: Final = 7
LATENESS: Final = 8
FOREST: Final = 9
CHANNELS: Final = ("size", "sums", "jumps", "moves", "drifts", "closes", "rates", "repeats", "lateness", "forest")
DETECTOR_OF: Final = (HIGH_VOLUME, HIGH_VOLUME, *(SURPRISE,) * 7, ISOLATION_FOREST)
"""The detector that each channel belongs to."""
