"""The detectors, one a file: each gives a score; thresholds are another matter (`detector.kernel.control`)."""

from typing import Final

HIGH_VOLUME: Final = 0
SURPRISE: Final = 1
ISOLATION_FOREST: Final = 2
NAMES: Final = ("high_volume", "surprise", "isolation_forest")
