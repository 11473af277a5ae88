"""Checks for single fields of a message: each returns the value unchanged or raises a `MessageError`."""

import math
import re
from typing import Any, Final

import orjson

from common.errors import MessageError
from common.trade import LATEST_NS, shown

_INT64_MAX: Final = 2**63 - 1
_HEX: Final = re.compile(r"[0-9a-f]+")


def parsed(message: bytes | str) -> dict[str, Any]:
    """Return the fields of a message, which must be a JSON object."""
    try:
        fields = orjson.loads(message)
    except orjson.JSONDecodeError as error:
        raise MessageError(f"not JSON: {error}", reason="not_json") from None
    if type(fields) is not dict:
        raise MessageError(f"not a JSON object but {type(fields).__name__}")
    return fields


def table(fields: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a field that must be an object."""
    value = _present(fields, name)
    if type(value) is not dict:
        raise _wrong(name, "an object", value)
    return value


def items(fields: dict[str, Any], name: str, most: int = 100) -> list[Any]:
    """Return a field that must be a list of 1 to `most` items."""
    value = _present(fields, name)
    if type(value) is not list or not 0 < len(value) <= most:
        raise _wrong(name, f"a list of 1 to {most}", value)
    return value


def text(fields: dict[str, Any], name: str, most: int = 256, least: int = 1) -> str:
    """Return a field that must be a text of `least` to `most` characters.

    >>> text({"kind": "block"}, "kind")
    'block'
    """
    value = _present(fields, name)
    if type(value) is not str or not least <= len(value) <= most:
        raise _wrong(name, f"a text of {least} to {most} characters", value)
    return value


def digits(fields: dict[str, Any], name: str, count: int) -> str:
    """Return a field that must be a text of `count` lower-case hexadecimal digits."""
    value = _present(fields, name)
    if type(value) is not str or len(value) != count or not _HEX.fullmatch(value):
        raise _wrong(name, f"{count} hexadecimal digits", value)
    return value


def number(fields: dict[str, Any], name: str, least: float = -math.inf, most: float = math.inf) -> float:
    """Return a field that must be a finite number from `least` to `most`."""
    value = _present(fields, name)
    if type(value) not in (float, int) or not math.isfinite(value) or not least <= value <= most:
        raise _wrong(name, "a number" if least == -math.inf else f"a number from {least:g} to {most:g}", value)
    result: float = value
    return result


def integer(fields: dict[str, Any], name: str, least: int = 0) -> int:
    """Return a field that must be an integer from `least` to 2^63-1."""
    value = _present(fields, name)
    if type(value) is not int or not least <= value <= _INT64_MAX:
        raise _wrong(name, f"an integer from {least} to 2^63-1", value)
    return value


def flag(fields: dict[str, Any], name: str) -> bool:
    """Return a field that must be true or false."""
    value = _present(fields, name)
    if type(value) is not bool:
        raise _wrong(name, "true or false", value)
    return value


def moment(fields: dict[str, Any], name: str) -> int:
    """Return a field that must be a time in nanoseconds since the epoch, before 2100."""
    value = _present(fields, name)
    if type(value) is not int or not 0 <= value < LATEST_NS:
        raise _wrong(name, "a time in ns between 1970 and 2100", value)
    return value


def _present(fields: dict[str, Any], name: str) -> Any:
    if name not in fields:
        raise MessageError(f"field {name} is missing")
    return fields[name]


def _wrong(name: str, wanted: str, value: object) -> MessageError:
    return MessageError(f"field {name} is not {wanted}: {shown(value)}")
