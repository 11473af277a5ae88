"""Every feature, in the kernel's order: name, the kind of anomaly it indicates, formula, and the words of its reason.

All features are causal and unit-free. ``(…)+`` is the positive part.

Prices are measured in the symbol's own mean absolute deviation ``d``: the larger of a slow baseline and 0.7 times a
fast one (for features over minutes, the slow one alone), and at least half a usual price change. For short horizons it
is widened by what a random walk would move since the last print; over 20 and 32 prints, by what it would move in the
time that they take longer than usual. Volumes and delays are logarithms above the symbol's own centre ``m``, in units
of the spread, also ``d``.
"""

from dataclasses import dataclass
from typing import Final

from detector import words


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature.

    Attributes
    ----------
    name : str
        As in messages and in the model card.
    kind : str
        The kind of anomaly that it indicates.
    formula : str
        How it is computed from the prints up to this one, and what it is for.
    text : callable
        Returns the words of a reason, from ``actual`` and ``expected`` in the feature's own unit.
    """

    name: str
    kind: str
    formula: str
    text: words.Words


FEATURES: Final = (
    Feature(
        "size",
        "block",
        "(ln size - m)+; finds a block by the symbol's own sizes, whose tail has much the same slope everywhere",
        words.size,
    ),
    Feature(
        "volume_2s",
        "sliced_block",
        "(ln V - m)+ / d of the volume V fading over 2 s, in which a size extreme by itself is capped at the largest "
        "that is not; a block sliced into a sweep",
        words.volume("2 s"),
    ),
    Feature("volume_30s", "sliced_block", "the same over 30 s; a block sliced patiently", words.volume("30 s")),
    Feature(
        "volume_60_prints",
        "sliced_block",
        "the same over 60 prints; a sliced block, however slow or fast the market",
        words.volume("60 prints"),
    ),
    Feature(
        "size_run_10_prints",
        "sliced_block",
        "(R - M)+ / sqrt(1 + M), R the sum of (min(ln size - m, L + 2) - 0.7 L)+ fading over 10 prints, M its mean, L "
        "the ln size - m that one print in 256 exceeds; several prints that are each rather large",
        words.run("10 prints"),
    ),
    Feature(
        "size_run_60_prints",
        "sliced_block",
        "the same over 60 prints; more prints bring more large ones, so the horizon is in prints, not in time",
        words.run("60 prints"),
    ),
    Feature(
        "imbalance_30s",
        "sliced_block",
        "(ln |B - A| - m)+ / d of bought minus sold volume over 30 s, m and d of total volume; one-sided pressure",
        words.imbalance,
    ),
    Feature(
        "print_return",
        "off_market",
        "|p - last| / d against the last accepted price; the plainest jump",
        words.away("the last accepted price"),
    ),
    Feature(
        "off_market",
        "off_market",
        "min(|p - median of 11|, |p - last|) / d if both have the same sign; a print suddenly away from the market, "
        "which the median ignores",
        words.away("the market"),
    ),
    Feature(
        "snapback",
        "off_market",
        "min(|q - p|, |q - median|) / d if both have the same sign, q the previous print; a jump that came back",
        words.snapback,
    ),
    Feature(
        "move_2s",
        "price_burst",
        "|p - r| / d, r the mean price of the last 2 s (fading)",
        words.away("its fading 2-second mean"),
    ),
    Feature(
        "move_5_prints",
        "price_burst",
        "the same over 5 prints; bursts in print time",
        words.away("its fading 5-print mean"),
    ),
    Feature("move_30s", "price_burst", "the same over 30 s", words.away("its fading 30-second mean")),
    Feature("move_20_prints", "price_burst", "the same over 20 prints", words.away("its fading 20-print mean")),
    Feature(
        "path_move",
        "price_burst",
        "the square root of |p - p32|^2 / path length / d; a straight path is surprising where a random one is not",
        words.way,
    ),
    Feature(
        "move_200_prints",
        "price_burst",
        "the same as over 5 prints over 200; slow bursts",
        words.away("its fading 200-print mean"),
    ),
    Feature("move_300s", "price_burst", "the same over 300 s", words.away("its fading 5-minute mean")),
    Feature(
        "close_move",
        "close_ramp",
        "the same over 200 s, only in the session's last 20 minutes; marking the close",
        words.away("its fading 200-second mean, near the close"),
    ),
    Feature(
        "vwap_deviation",
        "price_burst",
        "|p - VWAP of 10 minutes| / d; distance from where most of the volume was traded",
        words.away("the fading 10-minute VWAP"),
    ),
    Feature(
        "vwap_drift",
        "price_burst",
        "|VWAP - its own mean of 10 minutes| / d, each size capped at one seen once in 256 prints; volume that carries "
        "the price along",
        words.vwap,
    ),
    Feature(
        "rate_2s",
        "rate_burst",
        "(4 (N + 8)^1/4 - 4 (e + 8)^1/4 - m)+ / d of the moments N at which prints came, fading over 2 s, e expected "
        "by the last 5 minutes; prints within 10 ms count as one moment, so that a sweep is no burst",
        words.rate("2 s"),
    ),
    Feature("rate_30s", "rate_burst", "the same over 30 s", words.rate("30 s")),
    Feature(
        "rate_scan",
        "rate_burst",
        "(R - m)+ / d, R the largest sqrt(n ln(n / e) - (n - e)) over the windows from one of the latest 48 prints "
        "with a size to now: n moments, e 10 more than expected; sees a burst of single prints sooner, in the window "
        "that fits it; a burst of sweeps, one moment each, is seen in rate_2s and rate_30s",
        words.scan,
    ),
    Feature(
        "repeats",
        "repeated_prints",
        "sqrt(n ln(n / e) - (n - e)): n prints of this size and price among the latest 48 within 120 s, e expected "
        "by the size's usual share of those at this price; a proxy for wash trades, since a trade feed has no accounts",
        words.repeats,
    ),
    Feature(
        "stale",
        "stale_print",
        "-log10(share of late prints) min(1, late / usual) + log10(1 + late / usual); a print reported too late",
        words.stale,
    ),
    Feature(
        "feed_delay",
        "stale_print",
        "(ln(delay + 0.05 s) - m)+ / d of the delay ts_recv - ts_event; a print received too late",
        words.delay,
    ),
)

NAMES: Final = tuple(feature.name for feature in FEATURES)
