"""Tells of variables whose names come close to that of a setting, but are none: nothing else would read them."""

import logging
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Final

logger = logging.getLogger(__name__)

_CLOSE: Final = 0.9
"""Least similarity by `difflib`; the names of two settings are less similar."""


def tell_misspelt(settings: Collection[str], given: Mapping[str, str]) -> None:
    """Warn, once each, of given names that look like one of these settings, unless that is given too.

    Parameters
    ----------
    settings : collection of str
        Names of settings.
    given : mapping
        Where each name is given, such as ``.env``.
    """
    absent = {name.lower(): name for name in settings if name not in given}
    for name, where in given.items():
        if name in settings or name.endswith("_FILE"):
            continue
        # Most names of an environment begin otherwise: comparing them all would take tenths of a second.
        alike = [each for each in absent if each[0] == name[:1].lower() and abs(len(each) - len(name)) <= 2]
        for meant in get_close_matches(name.lower(), alike, 1, _CLOSE):
            _tell(name, where, absent[meant])


@cache
def _tell(name: str, where: str, meant: str) -> None:
    logger.warning("A variable is no setting. variable=%s where=%s remedy=%r", name, where, f"did you mean {meant}?")
