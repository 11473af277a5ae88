"""The kinds of anomaly to filter the page by, and how they are displayed."""

from typing import Final

KINDS: Final = (
    *("block", "sliced_block", "off_market", "price_burst"),
    *("close_ramp", "rate_burst", "repeated_prints", "stale_print"),
)


def kind_text(kind: str) -> str:
    """Return a kind as words.

    >>> kind_text("off_market")
    'off market'
    """
    return kind.replace("_", " ")
