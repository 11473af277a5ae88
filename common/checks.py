"""Checks of single fields of a message; each returns the value as it is, or says what is wrong with it."""

import math
import re
from typing import Any, Final

from common.errors import MessageError
from common.trade import LATEST_NS

_MOST_SHOWN: Final = 80
_INT64_MAX: Final = 2**63 - 1
_HEX: Final = re.compile(r"[0-9a-f]+")


def table(fields: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a field that is an object."""
    value = _present(fields, name)
    if type(value) is not dict:
        raise _wrong(name, "an object", value)
    return value


def items(fields: dict[str, Any], name: str, most: int = 100) -> list[Any]:
    """Return a field that is a list of something."""
    value = _present(fields, name)
    if type(value) is not list or not 0 < len(value) <= most:
        raise _wrong(name, f"a list of 1 to {most}", value)
    return value


def text(fields: dict[str, Any], name: str, most: int = 256) -> str:
    """Return a field that is a text, not empty.

    >>> text({"kind": "block"}, "kind")
    'block'
    """
    value = _present(fields, name)
    if type(value) is not str or not 0 < len(value) <= most:
        raise _wrong(name, f"a text of 1 to {most} characters", value)
    return value


def digits(fields: dict[str, Any], name: str, count: int) -> str:
    """Return a field that is a hexadecimal number of so many digits, as text."""
    value = _present(fields, name)
    if type(value) is not str or len(value) != count or not _HEX.fullmatch(value):
        raise _wrong(name, f"{count} hexadecimal digits", value)
    return value


def number(fields: dict[str, Any], name: str, least: float = -math.inf, most: float = math.inf) -> float:
    """Return a field that is a finite number within bounds."""
    value = _present(fields, name)
    if type(value) not in (float, int) or not math.isfinite(value) or not least <= value <= most:
        raise _wrong(name, "a number" if least == -math.inf else f"a number from {least:g} to {most:g}", value)
    result: float = value
    return result


def integer(fields: dict[str, Any], name: str, least: int = 0) -> int:
    """Return a field that is an integer."""
    value = _present(fields, name)
    if type(value) is not int or not least <= value <= _INT64_MAX:
        raise _wrong(name, f"an integer from {least} to 2^63-1", value)
    return value


def moment(fields: dict[str, Any], name: str) -> int:
    """Return a field that is a time in nanoseconds since the epoch."""
    value = _present(fields, name)
    if type(value) is not int or not 0 <= value < LATEST_NS:
        raise _wrong(name, "a time in ns between 1970 and 2100", value)
    return value


def _present(fields: dict[str, Any], name: str) -> Any:
    if name not in fields:
        raise MessageError(f"field {name} is missing")
    return fields[name]


def _wrong(name: str, wanted: str, value: object) -> MessageError:
    shown = repr(value)
    shown = shown if len(shown) <= _MOST_SHOWN else shown[: _MOST_SHOWN - 3] + "..."
    return MessageError(f"field {name} is not {wanted}: {shown}")
