"""Layout of one symbol's flat state vector of `SLOTS` float64 numbers.

Slots named ``I_…`` hold 64-bit integers in the same memory (times in nanoseconds, counts, ids); all others are float64.
"""

from typing import Final

# Integers.
I_COUNT: Final = 0  # prints seen since the symbol's first
I_CLOCK: Final = 1  # latest trusted ts_event, ns
I_SESSION: Final = 2  # number of the latest print's session
I_SESSION_COUNT: Final = 3  # prints that the price baselines have learned from since the session began
I_RING: Final = 4  # next place in the price ring
I_SIZED: Final = 5  # prints with a size so far; gives the next place in the rings of recent prints
I_ALERT_CLOCK: Final = 6  # clock at the latest alert, ns
I_EPISODE_FIRST: Final = 7  # ts_event of the episode's first alert, ns
I_EPISODE_COUNT: Final = 8  # alerts of the episode so far
I_EPISODE_ID: Final = 9  # two slots: the episode's 128-bit id
I_ANCHOR: Final = 11  # first ts_event, ns: the origin of times in seconds
I_ODD_TAILS: Final = 12  # subjects in which the tails' current block is odd, one bit each
I_ODD_SCORES: Final = 13  # the same for the thresholds' current block
I_PATH_RING: Final = 14  # next place in the ring of accepted prices
I_SKIPPED_TAILS: Final = 15  # subjects in which the tails did not learn from the previous block
I_SKIPPED_SCORES: Final = 16  # the same for the thresholds
I_LEAPT_FROM: Final = 17  # the clock before its latest leap, ns
I_LEAP_VOTES: Final = 18  # prints for that leap minus prints against it
I_PRICED: Final = 19  # prints that the price baselines have learned from
I_CHANGES: Final = 20  # price changes among them
I_BEHIND: Final = 21  # consecutive prints far behind the clock
INTEGERS: Final = 22

# Prices.
LAST: Final = INTEGERS  # last accepted price
MOVE_UNIT: Final = LAST + 1  # mean absolute price change, leaving out unchanged prices
VALUE: Final = LAST + 2  # sum of price times size, fading over 10 minutes
VALUE_SIZE: Final = LAST + 3  # sum of size, fading likewise
VWAP_REFERENCE: Final = LAST + 4
GAP: Final = LAST + 5  # seconds between the latest two prints
EPISODE_PEAK: Final = LAST + 6
REFERENCES: Final = LAST + 7  # fading means of price, one per horizon
HORIZONS: Final = 7  # 2 s, 30 s, 300 s, 200 s, 5 prints, 20 prints, 200 prints

# Mean absolute deviations of the price statistics: slow, then fast.
N_PRICE: Final = 13  # features from FIRST_PRICE to END_PRICE
SLOW: Final = REFERENCES + HORIZONS
FAST: Final = SLOW + N_PRICE

# Sums fading over 2 s, 30 s and 300 s, and over prints; means of them; lateness.
VOLUME_2S: Final = FAST + N_PRICE
VOLUME_30S: Final = VOLUME_2S + 1
VOLUME_60P: Final = VOLUME_2S + 2
SIGNED_30S: Final = VOLUME_2S + 3
SIZE_RUN_10P: Final = VOLUME_2S + 4
SIZE_RUN_60P: Final = VOLUME_2S + 5
RUN_MEAN_10P: Final = VOLUME_2S + 6
RUN_MEAN_60P: Final = VOLUME_2S + 7
COUNT_2S: Final = VOLUME_2S + 8
COUNT_30S: Final = VOLUME_2S + 9
COUNT_300S: Final = VOLUME_2S + 10
SPACING: Final = VOLUME_2S + 11
LATE_SHARE: Final = VOLUME_2S + 12
LATE_TYPICAL: Final = VOLUME_2S + 13
COUNT_BEFORE_LEAP: Final = VOLUME_2S + 14  # COUNT_300S before the clock's latest leap
UNSIDED_SHARE: Final = VOLUME_2S + 15  # share of prints without an aggressor side

# Centre and spread of the logarithmic statistics.
N_LOG: Final = 11
CENTRE: Final = UNSIDED_SHARE + 1
SPREAD: Final = CENTRE + N_LOG

# Adaptation: level, mean excess and block maximum of each feature; block maximum and quantile of each channel's score.
MAX_FEATURES: Final = 32
TAIL_LEVEL: Final = SPREAD + N_LOG
TAIL_EXCESS: Final = TAIL_LEVEL + MAX_FEATURES
TAIL_MAX: Final = TAIL_EXCESS + MAX_FEATURES
N_CHANNELS: Final = 10
BLOCK_MAX: Final = TAIL_MAX + MAX_FEATURES
LEVEL: Final = BLOCK_MAX + N_CHANNELS
BLOCKS: Final = LEVEL + N_CHANNELS
RECENT_MAX: Final = BLOCKS + 1  # fading maximum of each channel's score
LAST_RISE: Final = RECENT_MAX + N_CHANNELS  # fading score to which each channel last rose by a decade

# Rings, and the table of common sizes.
PRICE_RING: Final = LAST_RISE + N_CHANNELS
RING_SIZE: Final = 32
PATH_RING: Final = PRICE_RING + RING_SIZE
REPEAT_RING: Final = 48
REPEAT_PRICE: Final = PATH_RING + RING_SIZE
REPEAT_SIZE: Final = REPEAT_PRICE + REPEAT_RING
REPEAT_TIME: Final = REPEAT_SIZE + REPEAT_RING  # the scan of rates uses it too
SIZE_SKETCH: Final = REPEAT_TIME + REPEAT_RING
SKETCH_SIZE: Final = 64

SLOTS: Final = SIZE_SKETCH + SKETCH_SIZE
STATE_BYTES: Final = SLOTS * 8
