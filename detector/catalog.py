"""Every feature, in the kernel's order: name, the kind of anomaly it speaks for, formula, and the words of its reason.

All features are causal and unit-free. Prices count in this symbol's own mean absolute deviations ``d`` (the larger of
a slow and 0.7 times a fast one, over minutes a slow one alone, at least half a usual price change; at short sight
widened by what a random walk would do since the last print, over 20 and 32 prints by what it would do in the time that
they take longer than usual); volumes and delays count as logarithms above the symbol's
own centre ``m``, in spreads. ``(…)+`` is the positive part.
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
        The kind of anomaly for which it speaks.
    formula : str
        How it is computed from prints up to this one, and why it is looked at.
    text : callable
        The words of a reason, over ``actual`` and ``expected`` in the feature's own unit.
    """

    name: str
    kind: str
    formula: str
    text: words.Words


FEATURES: Final = (
    Feature(
        "size",
        "block",
        "(ln size - m)+; a block stands out against the symbol's own sizes, whose tail is much the same everywhere",
        words.size,
    ),
    Feature(
        "volume_2s",
        "sliced_block",
        "(ln V - m)+ / d of the volume V fading over 2 s, in which one remarkable by itself counts as one that just "
        "is not; a block sliced into a sweep",
        words.volume("2 s"),
    ),
    Feature("volume_30s", "sliced_block", "the same over 30 s; a block sliced patiently", words.volume("30 s")),
    Feature(
        "volume_60_prints",
        "sliced_block",
        "the same over 60 prints; a block sliced in a market however slow or quick",
        words.volume("60 prints"),
    ),
    Feature(
        "size_run_10_prints",
        "sliced_block",
        "(R - M)+ / sqrt(1 + M), R the sum of (min(ln size - m, L + 2) - 0.7 L)+ fading over 10 prints, M its mean, L "
        "the ln size - m of one print in 256; several prints that are each rather large",
        words.run("10 prints"),
    ),
    Feature(
        "size_run_60_prints",
        "sliced_block",
        "the same over 60 prints; large prints come where many prints do, so they are counted among prints",
        words.run("60 prints"),
    ),
    Feature(
        "imbalance_30s",
        "sliced_block",
        "(ln |B - A| - m)+ / d of bought less sold volume over 30 s against total volume's centre; one-sided pressure",
        words.imbalance,
    ),
    Feature(
        "print_return",
        "off_market",
        "|p - last| / d against the last accepted price; the plainest jump",
        words.away("the last one"),
    ),
    Feature(
        "off_market",
        "off_market",
        "min(|p - median of 11|, |p - last|) / d where both have one sign; a print that is away from the market at "
        "once, which the median ignores",
        words.away("the local median"),
    ),
    Feature(
        "snapback",
        "off_market",
        "min(|q - p|, |q - median|) / d where both have one sign, q the print before; a jump that came back",
        words.snapback,
    ),
    Feature("move_2s", "price_burst", "|p - r| / d, r the mean price of the last 2 s (fading)", words.move("2 s")),
    Feature("move_5_prints", "price_burst", "the same over 5 prints; bursts in print time", words.move("5 prints")),
    Feature("move_30s", "price_burst", "the same over 30 s", words.move("30 s")),
    Feature("move_20_prints", "price_burst", "the same over 20 prints", words.move("20 prints")),
    Feature(
        "path_move",
        "price_burst",
        "the root of |p - p32|^2 / path length / d; a straight way is remarkable where a random one is not",
        words.way,
    ),
    Feature(
        "move_200_prints", "price_burst", "the same as over 5 prints over 200; slow bursts", words.move("200 prints")
    ),
    Feature("move_300s", "price_burst", "the same over 300 s", words.move("5 minutes")),
    Feature(
        "close_move",
        "close_ramp",
        "the same over 200 s, in the session's last 20 minutes alone; marking the close",
        words.move("3 minutes into the close"),
    ),
    Feature(
        "vwap_deviation",
        "price_burst",
        "|p - VWAP of 10 minutes| / d; where most of the volume was traded",
        words.away("the VWAP of 10 minutes"),
    ),
    Feature(
        "vwap_drift",
        "price_burst",
        "|VWAP - its own mean of 10 minutes| / d, in which a size counts as no more than one seen once in 256 prints; "
        "volume that carries the price along",
        words.vwap,
    ),
    Feature(
        "rate_2s",
        "rate_burst",
        "(4 (N + 8)^1/4 - 4 (e + 8)^1/4 - m)+ / d of the moments N at which prints came, fading over 2 s, e expected "
        "by the last 5 minutes; prints within 10 ms are one moment, so that a sweep is no burst",
        words.rate("2 s"),
    ),
    Feature("rate_30s", "rate_burst", "the same over 30 s", words.rate("30 s")),
    Feature(
        "rate_scan",
        "rate_burst",
        "(R - m)+ / d, R the largest sqrt(n ln(n / e) - (n - e)) over the windows from one of the latest 48 prints "
        "with a size to now: n moments, e 10 more than expected; a burst of single prints is seen in the window that "
        "suits it, and so sooner; one of sweeps, a moment each, in rate_2s and rate_30s",
        words.scan,
    ),
    Feature(
        "repeats",
        "repeated_prints",
        "sqrt(n ln(n / e) - (n - e)): n prints of this size and price among the latest 48 within 120 s, e expected "
        "by the size's share of those at this price; a proxy of wash trades, since a trade feed has no accounts",
        words.repeats,
    ),
    Feature(
        "stale",
        "stale_print",
        "-log10(share of late prints) min(1, late / usual) + log10(1 + late / usual); a print told too late",
        words.stale,
    ),
    Feature(
        "feed_delay",
        "stale_print",
        "(ln(delay + 0.05 s) - m)+ / d of the delay ts_recv - ts_event",
        words.delay,
    ),
)

NAMES: Final = tuple(feature.name for feature in FEATURES)
