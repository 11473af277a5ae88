"""Tells of variables whose names come close to that of a setting, but are none: nothing else would read them."""

import logging
from collections.abc import Collection, Iterable, Mapping
from difflib import SequenceMatcher
from functools import cache
from typing import Final

logger = logging.getLogger(__name__)

_CLOSE: Final = 0.9
"""Least similarity; the names of two settings are less similar."""


def tell_misspelt(settings: Collection[str], given: Mapping[str, str]) -> None:
    """Warn, once each, of given names that look like one of these settings, unless that is given too.

    Parameters
    ----------
    settings : collection of str
        Names of settings.
    given : mapping
        Where each name is given, such as ``.env``.
    """
    absent = [name for name in settings if name not in given]
    for name, where in given.items():
        if name not in settings and not name.endswith("_FILE") and (meant := _closest(name, absent)):
            _tell(name, where, meant)


def _closest(name: str, settings: Iterable[str]) -> str | None:
    alike = {each: _similarity(name, each) for each in settings}
    best = max(alike, key=alike.__getitem__, default=None)
    return best if best is not None and alike[best] >= _CLOSE else None


def _similarity(one: str, other: str) -> float:
    """Return how alike two names are in any case, from 0 to 1.

    >>> _similarity("input", "INPUT"), _similarity("KAFKA_PORT", "KIBANA_PORT") < _CLOSE
    (1.0, True)
    """
    return SequenceMatcher(None, one.lower(), other.lower(), autojunk=False).ratio()


@cache
def _tell(name: str, where: str, meant: str) -> None:
    logger.warning("A variable is no setting. variable=%s where=%s remedy=%r", name, where, f"did you mean {meant}?")
