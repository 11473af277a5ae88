"""Where everything stands in the flat state vector of one symbol: `SLOTS` float64 numbers.

Slots named ``I_…`` hold 64-bit integers in the same memory (times in nanoseconds, counts, ids), the others float64.
"""

from typing import Final

# Integers.
I_COUNT: Final = 0  # prints seen since the symbol's first
I_CLOCK: Final = 1  # latest ts_event, ns
I_SESSION: Final = 2  # number of the session that the latest print belongs to
I_SESSION_COUNT: Final = 3  # prints since the session's reference prices were set
I_RING: Final = 4  # next place in the price ring
I_REPEAT_RING: Final = 5  # next place in the rings of recent prints
I_ALERT_CLOCK: Final = 6  # ts_event of the latest alert, ns
I_EPISODE_FIRST: Final = 7  # ts_event of the episode's first alert, ns
I_EPISODE_COUNT: Final = 8  # alerts of the episode so far
I_EPISODE_ID: Final = 9  # two slots: the episode's 128-bit id
I_ANCHOR: Final = 11  # first ts_event, ns: the origin of times in seconds
I_ODD_TAILS: Final = 12  # whether the running block of the tails holds a score too remarkable to learn from
I_ODD_SCORES: Final = 13  # the same of the thresholds' block
I_PATH_RING: Final = 14  # next place in the ring of accepted prices
INTEGERS: Final = 15

# Prices.
LAST: Final = 15  # last accepted price
MOVE_UNIT: Final = 16  # mean size of a price change, where there was one
EPISODE_PEAK: Final = 17
VALUE: Final = 18  # sum of price times size, fading over 10 minutes
VALUE_SIZE: Final = 19  # sum of size, fading alike
REFERENCES: Final = 20  # fading means of price, one per horizon
HORIZONS: Final = 7  # 2 s, 30 s, 300 s, 200 s, 5 prints, 20 prints, 200 prints
VWAP_REFERENCE: Final = 27
GAP: Final = 28  # seconds between the latest two prints

# Mean absolute deviations of the price statistics: slow, then fast.
N_PRICE: Final = 13  # features from FIRST_PRICE to END_PRICE
SLOW: Final = 30
FAST: Final = SLOW + N_PRICE

# Fading sums over 2 s and 30 s, and over prints.
SIZE_RUN_10P: Final = 56
RUN_MEAN_10P: Final = 57
I_SKIPPED_TAILS: Final = 58  # whether the block before was left out of the tails
I_SKIPPED_SCORES: Final = 59  # the same of the thresholds
VOLUME_2S: Final = 60
VOLUME_30S: Final = 61
VOLUME_20P: Final = 62
SIGNED_30S: Final = 63
COUNT_2S: Final = 64
COUNT_30S: Final = 65
SPACING: Final = 66
SIZE_RUN_30S: Final = 67
LATE_SHARE: Final = 68
LATE_TYPICAL: Final = 69
RUN_MEAN_30S: Final = 70
COUNT_300S: Final = 71

# Centre and spread of the logarithmic statistics.
N_LOG: Final = 10
CENTRE: Final = 72
SPREAD: Final = CENTRE + N_LOG

# Adaptation: level, mean excess and running maximum of each feature; maximum and level of each channel's score.
MAX_FEATURES: Final = 32
TAIL_LEVEL: Final = SPREAD + N_LOG
TAIL_EXCESS: Final = TAIL_LEVEL + MAX_FEATURES
TAIL_MAX: Final = TAIL_EXCESS + MAX_FEATURES
N_CHANNELS: Final = 10
BLOCK_MAX: Final = TAIL_MAX + MAX_FEATURES
LEVEL: Final = BLOCK_MAX + N_CHANNELS
BLOCKS: Final = LEVEL + N_CHANNELS
TOLD: Final = BLOCKS + 1  # fading maximum of each channel's score

# Rings.
PRICE_RING: Final = TOLD + N_CHANNELS
RING_SIZE: Final = 32
PATH_RING: Final = PRICE_RING + RING_SIZE
REPEAT_RING: Final = 48
REPEAT_PRICE: Final = PATH_RING + RING_SIZE
REPEAT_SIZE: Final = REPEAT_PRICE + REPEAT_RING
REPEAT_TIME: Final = REPEAT_SIZE + REPEAT_RING
SIZE_SKETCH: Final = REPEAT_TIME + REPEAT_RING
SKETCH_SIZE: Final = 64

SLOTS: Final = SIZE_SKETCH + SKETCH_SIZE
STATE_BYTES: Final = SLOTS * 8
