"""The wording of reasons: what was seen and what is usual, with figures as a person would write them."""

from collections.abc import Callable
from typing import Final

Words = Callable[[float, float], str]
"""Takes ``actual`` and ``expected`` in the feature's own unit."""
_UNITS: Final = (("h", 3600.0), ("s", 1.0), ("ms", 1e-3))


def figure(value: float) -> str:
    """Return a number with four significant digits, or with all digits before the point.

    >>> [figure(value) for value in (48_127.3, 300.0, 34.271, 0.43, 0.0399736, 0.0)]
    ['48,127', '300', '34.27', '0.43', '0.03997', '0']
    """
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.4g}"


def duration(seconds: float) -> str:
    """Return a duration in a suitable unit.

    >>> [duration(seconds) for seconds in (5.16e-05, 0.0213, 28.4, 5400.0, 1.7e9, 0.0)]
    ['51.6 µs', '21.3 ms', '28.4 s', '1.5 h', '472,222 h', '0 s']
    """
    for unit, length in _UNITS:
        if seconds >= 0.9995 * length:
            return f"{seconds / length:,.0f} {unit}" if seconds >= 1000.0 * length else f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} s" if seconds == 0.0 else f"{seconds * 1e6:.3g} µs"


def size(actual: float, expected: float) -> str:
    """Return the words for a print's size."""
    return f"a size of {actual:,.0f}" + (f" where {expected:,.0f} is usual" if expected > 0.0 else "")


def volume(horizon: str) -> Words:
    """Return the words for a volume that fades over a horizon."""
    return lambda actual, expected: f"a volume of {actual:,.0f}, fading over {horizon}, where {expected:,.0f} is usual"


def run(horizon: str) -> Words:
    """Return the words for a run of large prints."""
    return lambda actual, expected: (
        f"large prints in a row, fading over {horizon}: they weigh {actual:.1f} where {expected:.1f} is usual"
    )


def imbalance(actual: float, expected: float) -> str:
    """Return the words for one-sided volume."""
    sides = "bought than sold" if actual >= 0.0 else "sold than bought"
    return f"{abs(actual):,.0f} more {sides}, fading over 30 s, where {expected:,.0f} is usual for both sides together"


def away(origin: str) -> Words:
    """Return the words for a price away from another one."""
    return lambda actual, expected: f"a price {_away(actual)} {origin} where {figure(expected)} is usual"


def vwap(actual: float, expected: float) -> str:
    """Return the words for a VWAP that has drifted."""
    return f"a VWAP {_away(actual)} its mean of 10 minutes where {figure(expected)} is usual"


def snapback(actual: float, expected: float) -> str:
    """Return the words for a previous print that was away from the market."""
    return f"the print before was {_away(actual)} the market and came back, where {figure(expected)} is usual"


def move(horizon: str) -> Words:
    """Return the words for a price move."""
    return lambda actual, expected: (
        f"a price move of {_signed(actual)} over {horizon} where {figure(expected)} is usual"
    )


def way(actual: float, expected: float) -> str:
    """Return the words for a straight price move."""
    return f"a straight price move over 32 prints, worth {_signed(actual)} where {figure(expected)} is usual"


def rate(horizon: str) -> Words:
    """Return the words for a rate of prints."""
    return lambda actual, expected: (
        f"prints at {_count(actual)} moments, fading over {horizon}, where {_count(expected)} are usual"
    )


def scan(actual: float, expected: float) -> str:
    """Return the words for a burst of single prints."""
    return f"the latest prints came at {_count(actual)} moments, in a time in which {_count(expected)} are usual"


def repeats(actual: float, expected: float) -> str:
    """Return the words for prints of one size and price."""
    return (
        "earlier prints of this very size and price, of the latest 48 within 2 minutes: "
        f"{actual:.0f} where {expected:.1f} are usual"
    )


def stale(actual: float, expected: float) -> str:
    """Return the words for a print that came after later ones."""
    return f"a print {duration(actual)} behind the latest one where {duration(expected)} is usual"


def delay(actual: float, expected: float) -> str:
    """Return the words for a print that was received late."""
    return f"received {duration(actual)} after its event where {duration(expected)} is usual"


def _count(value: float) -> str:
    return f"{value:,.0f}" if value >= 10.0 else f"{value:.1f}"


def _away(value: float) -> str:
    return f"{figure(abs(value))} {'above' if value >= 0.0 else 'below'}"


def _signed(value: float) -> str:
    return f"{'+' if value > 0.0 else ''}{figure(value)}"
