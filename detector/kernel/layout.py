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
INTEGERS: Final = 12

# Prices.
LAST: Final = 12  # last accepted price
MOVE_UNIT: Final = 13  # mean size of a price change, where there was one
EPISODE_PEAK: Final = 14
VALUE: Final = 15  # sum of price times size, fading over 10 minutes
VALUE_SIZE: Final = 16  # sum of size, fading alike
PATH: Final = 17  # sum of absolute changes between the prices in the ring
REFERENCES: Final = 20  # fading means of price, one per horizon
HORIZONS: Final = 6  # 2 s, 30 s, 300 s, 900 s, 20 prints, 200 prints
VWAP_REFERENCE: Final = 26

# Mean absolute deviations of the price statistics: slow, then fast.
N_PRICE: Final = 13
SLOW: Final = 30
FAST: Final = SLOW + N_PRICE

# Fading sums over 2 s and 30 s, and over 20 prints.
VOLUME_2S: Final = 60
VOLUME_30S: Final = 61
VOLUME_20P: Final = 62
SIGNED_30S: Final = 63
COUNT_2S: Final = 64
COUNT_30S: Final = 65
SPACING: Final = 66
SIZE_RUN: Final = 67
LATE_SHARE: Final = 68
LATE_TYPICAL: Final = 69

# Centre and spread of the logarithmic statistics.
N_LOG: Final = 8
CENTRE: Final = 72
SPREAD: Final = CENTRE + N_LOG

# Adaptation: log scale of each feature's tail; block maxima of each detector.
MAX_FEATURES: Final = 32
TAIL_SCALE: Final = 96
N_DETECTORS: Final = 3
BLOCK_MAX: Final = 128
LEVEL: Final = BLOCK_MAX + N_DETECTORS
EXCESS: Final = LEVEL + N_DETECTORS
BLOCKS: Final = EXCESS + N_DETECTORS
ALERTED: Final = BLOCKS + N_DETECTORS
I_QUIET_UNTIL: Final = 143

# Rings.
PRICE_RING: Final = 144
RING_SIZE: Final = 32
REPEAT_RING: Final = 48
REPEAT_PRICE: Final = PRICE_RING + RING_SIZE
REPEAT_SIZE: Final = REPEAT_PRICE + REPEAT_RING
REPEAT_TIME: Final = REPEAT_SIZE + REPEAT_RING
SIZE_SKETCH: Final = REPEAT_TIME + REPEAT_RING
SKETCH_SIZE: Final = 64

SLOTS: Final = SIZE_SKETCH + SKETCH_SIZE
STATE_BYTES: Final = SLOTS * 8
