"""Indices of the features: the order of every feature vector, of the tails and of the forest's inputs."""

from typing import Final

SIZE: Final = 0
VOLUME_2S: Final = 1
VOLUME_30S: Final = 2
VOLUME_20P: Final = 3
SIZE_RUN: Final = 4
IMBALANCE_30S: Final = 5
PRINT_RETURN: Final = 6
OFF_MARKET: Final = 7
SNAPBACK: Final = 8
MOVE_2S: Final = 9
MOVE_30S: Final = 10
MOVE_300S: Final = 11
CLOSE_MOVE: Final = 12
MOVE_20P: Final = 13
MOVE_200P: Final = 14
PATH_MOVE: Final = 15
VWAP_DEVIATION: Final = 16
VWAP_DRIFT: Final = 17
RATE_2S: Final = 18
RATE_30S: Final = 19
SPACING: Final = 20
REPEATS: Final = 21
STALE: Final = 22
FEED_DELAY: Final = 23
N_FEATURES: Final = 24

FIRST_PRICE: Final = PRINT_RETURN
END_VOLUME: Final = PRINT_RETURN
"""Features below this one look at size and volume: the high-volume rule's; the others are the surprise detector's."""
