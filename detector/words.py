"""Phrases for reasons: what was seen and what is usual, with figures written as a person writes them."""

from collections.abc import Callable
from typing import Final

Words = Callable[[float, float], str]
"""Takes ``actual`` and ``expected`` in the feature's own unit."""
_UNITS: Final = (("days", 2 * 86_400.0, 86_400.0), ("h", 3600.0, 3600.0), ("s", 1.0, 1.0), ("ms", 1e-3, 1e-3))
"""Units of time: name, the least time told in it, and length, in seconds."""


def figure(value: float) -> str:
    """Return a number with four significant digits, or with all digits before the point.

    >>> [figure(value) for value in (48_127.3, 300.0, 34.271, 0.43, 0.0399736, 0.0)]
    ['48,127', '300', '34.27', '0.43', '0.03997', '0']
    """
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.4g}"


def usual(value: float) -> str:
    """Return a usual value with two significant digits, or with all digits before the point; it is a rough one.

    >>> [usual(value) for value in (1_234.5, 99.7, 34.271, 0.005277, 0.0)]
    ['1,234', '100', '34', '0.0053', '0']
    """
    return f"{value:,.0f}" if abs(value) >= 10.0 else f"{value:.2g}"


def duration(seconds: float) -> str:
    """Return a time in the unit that suits its length.

    >>> [duration(seconds) for seconds in (5.16e-05, 0.0213, 28.4, 5400.0, 1.7e9, 0.0)]
    ['51.6 µs', '21.3 ms', '28.4 s', '1.5 h', '19,676 days', '0 s']
    """
    for unit, least, length in _UNITS:
        if seconds >= 0.9995 * least:
            return f"{seconds / length:,.0f} {unit}" if seconds >= 1000.0 * length else f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} s" if seconds == 0.0 else f"{seconds * 1e6:.3g} µs"


def size(actual: float, expected: float) -> str:
    """Return the phrase for a print's size."""
    return f"a size of {actual:,.0f}" + (f", where {expected:,.0f} is usual" if expected > 0.0 else "")


def volume(horizon: str) -> Words:
    """Return the phrase for a volume that fades over a horizon."""
    return lambda actual, expected: f"a volume of {actual:,.0f} in about {horizon}, where {expected:,.0f} is usual"


def run(horizon: str) -> Words:
    """Return the phrase for large prints close together."""
    return lambda actual, expected: (
        f"large prints close together: a weight of {actual:.1f} in about {horizon}, where {expected:.1f} is usual"
    )


def imbalance(actual: float, expected: float) -> str:
    """Return the phrase for one-sided volume."""
    sides = "bought than sold" if actual >= 0.0 else "sold than bought"
    return f"{abs(actual):,.0f} more {sides} in about 30 s, where {expected:,.0f} is the usual volume of both sides"


def away(origin: str) -> Words:
    """Return the phrase for a price away from another one, such as a mean."""
    return lambda actual, expected: f"a price {_away(actual)} {origin}, where {usual(expected)} is usual"


def vwap(actual: float, expected: float) -> str:
    """Return the phrase for a VWAP away from its own mean."""
    return f"a fading 10-minute VWAP {_away(actual)} its own mean, where {usual(expected)} is usual"


def snapback(actual: float, expected: float) -> str:
    """Return the phrase for a previous print that was away from the market."""
    return (
        f"the previous print was {_away(actual)} the market and the price came back, where {usual(expected)} is usual"
    )


def way(actual: float, expected: float) -> str:
    """Return the phrase for a price that went straight."""
    return f"a nearly straight price move over 32 prints, worth {_signed(actual)}, where {usual(expected)} is usual"


def rate(horizon: str) -> Words:
    """Return the phrase for a rate of prints."""
    return lambda actual, expected: (
        f"prints at {_count(actual)} separate moments in about {horizon}, where {_count(expected)} is usual"
    )


def scan(actual: float, expected: float) -> str:
    """Return the phrase for prints that come thick and fast."""
    return f"prints at {_count(actual)} separate moments in a time in which {_count(expected)} is usual"


def repeats(actual: float, expected: float) -> str:
    """Return the phrase for prints of one size and price.

    >>> repeats(1.0, 0.21)
    '1 of the previous 48 prints has this exact size and price within 2 minutes, where 0.2 is usual'
    """
    have = "has" if actual == 1.0 else "have"
    return (
        f"{actual:.0f} of the previous 48 prints {have} this exact size and price within 2 minutes, "
        f"where {expected:.1f} is usual"
    )


def stale(actual: float, expected: float) -> str:
    """Return the phrase for a print that came after later ones."""
    return f"an event time {duration(actual)} behind the latest one, where {duration(expected)} is usual"


def delay(actual: float, expected: float) -> str:
    """Return the phrase for a print that was received late."""
    return f"received {duration(actual)} after its event, where {duration(expected)} is usual"


def _count(value: float) -> str:
    return f"{value:,.0f}" if value >= 10.0 else f"{value:.1f}"


def _away(value: float) -> str:
    return f"{figure(abs(value))} {'above' if value >= 0.0 else 'below'}"


def _signed(value: float) -> str:
    return f"{'+' if value > 0.0 else ''}{figure(value)}"
