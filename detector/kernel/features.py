"""Indices of the features: the order of every feature vector, of the tails and of the forest's inputs."""

from typing import Final

SIZE: Final = 0
VOLUME_2S: Final = 1
VOLUME_30S: Final = 2
VOLUME_60P: Final = 3
SIZE_RUN_10P: Final = 4
SIZE_RUN_60P: Final = 5
IMBALANCE_30S: Final = 6
PRINT_RETURN: Final = 7
OFF_MARKET: Final = 8
SNAPBACK: Final = 9
MOVE_2S: Final = 10
MOVE_5P: Final = 11
MOVE_30S: Final = 12
MOVE_20P: Final = 13
PATH_MOVE: Final = 14
MOVE_200P: Final = 15
MOVE_300S: Final = 16
CLOSE_MOVE: Final = 17
VWAP_DEVIATION: Final = 18
VWAP_DRIFT: Final = 19
RATE_2S: Final = 20
RATE_30S: Final = 21
RATE_SCAN: Final = 22
REPEATS: Final = 23
STALE: Final = 24
FEED_DELAY: Final = 25
N_FEATURES: Final = 26

END_VOLUME: Final = PRINT_RETURN
"""Features below this index measure size and volume, for the high-volume rule; the others are for `surprise`."""
FIRST_PRICE: Final = PRINT_RETURN
FIRST_SLOW: Final = MOVE_200P
END_PRICE: Final = RATE_2S
"""End of the price features. Those below `MOVE_30S` cover the immediate past, those from `FIRST_SLOW` on minutes."""
