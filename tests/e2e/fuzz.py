"""Invalid messages made from valid ones; seeded, so that a failure can be reproduced."""

import json
import random
from collections.abc import Callable
from typing import Any, Final

Fields = dict[str, Any]
Message = tuple[bytes | None, bytes | None]
"""Key and value."""

STRANGE_SYMBOLS: Final = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "**AAA** | `x` |",
    '" OR 1=1 --', "AAA) OR (*:*", '{"match_all":{}}', "$HOME %s {0} {{x}}", "\u202eAAA", "Ä\n\r\t\x00B", "../../_all",
)  # fmt: skip
"""Symbols with HTML, Markdown, queries and control characters: strange, but texts, and so symbols."""
_WRONG: Final[tuple[Any, ...]] = (
    None, True, "", "one", "1.5", -1, 1.5, 2**63, 2**64, 10**40, -(10**40), 1e300, -1e308, [], {}, [1], {"a": 1},
    "x" * 300, "\ud800",
)  # fmt: skip
_LONGEST: Final = 256
_RAW: Final = (
    b"", b"null", b"[]", b"0", b"true", b'""', b"{", b"{}", b"not json", b"\xff\xfe\x00", b"\x00" * 64,
    b'{"a":1}{"a":1}',
    b"[" * 5_000, b'{"a":' * 3_000, b"<html></html>", b"\xef\xbb\xbf{}", b"NaN", b"-Infinity", b"9" * 5_000,
)  # fmt: skip


def bad(dice: random.Random, good: Fields, count: int, required: tuple[str, ...]) -> list[Message]:
    """Return messages, none of which is valid.

    Parameters
    ----------
    dice : Random
        Source of the random choices.
    good : dict
        A valid message.
    count : int
        How many.
    required : tuple of str
        Fields that a valid message must have and that are not texts.
    """
    ways: tuple[Callable[[random.Random, Fields, tuple[str, ...]], bytes], ...] = (
        _raw, _without, _wrong_type, _not_finite, _cut, _nested, _broken_text,
    )  # fmt: skip
    key = str(good["symbol"]).encode()
    messages: list[Message] = [(key, None), (key, b"x" * 800_000), (b"\xff" * 100_000, b"x" * 700_000)]
    while len(messages) < count:
        value = dice.choice(ways)(dice, good, required)
        messages.append((dice.choice((key, key, key, None, b"", b"\xff\xfe", b"other")), value))
    return messages


def _raw(dice: random.Random, _good: Fields, _required: tuple[str, ...]) -> bytes:
    return dice.choice((*_RAW, dice.randbytes(dice.randint(1, 200))))


def _without(dice: random.Random, good: Fields, required: tuple[str, ...]) -> bytes:
    missing = dice.choice(required)
    return _json({name: value for name, value in good.items() if name != missing})


def _wrong_type(dice: random.Random, good: Fields, required: tuple[str, ...]) -> bytes:
    name = dice.choice(required)
    # A number of another size or sign may be as good as the one it stands for.
    wrong = [value for value in _WRONG if type(value) not in (int, float) or abs(value) >= 2**63]
    wrong += [-1, 1.5] if type(good[name]) is int else []
    if type(good[name]) is str:
        wrong = [value for value in wrong if type(value) is not str or not value or len(value) > _LONGEST]
    return _json(good | {name: dice.choice(wrong)})


def _not_finite(dice: random.Random, good: Fields, required: tuple[str, ...]) -> bytes:
    return _json(good | {dice.choice(required): dice.choice((float("nan"), float("inf"), float("-inf")))})


def _cut(dice: random.Random, good: Fields, _required: tuple[str, ...]) -> bytes:
    whole = _json(good)
    return whole[: dice.randrange(len(whole))]


def _nested(dice: random.Random, good: Fields, required: tuple[str, ...]) -> bytes:
    depth = dice.choice((2, 100, 300, 900, 20_000))
    opened, closed = dice.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return _json(good | {dice.choice(required): "HERE"}).replace(b'"HERE"', opened * depth + b"1" + closed * depth)


def _broken_text(dice: random.Random, good: Fields, _required: tuple[str, ...]) -> bytes:
    whole = _json(good | {"symbol": "HERE"})
    return whole.replace(
        b"HERE", dice.choice((b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\\ud800", b'"', b"\\", b"\x01"))
    )


def _json(fields: Fields) -> bytes:
    return json.dumps(fields).encode("utf-8", "surrogatepass")
