"""Creates frozen dataclasses in a quarter of the time: normally, each field of a frozen one costs an extra call."""

from collections.abc import Callable
from dataclasses import MISSING, Field, field, fields, make_dataclass
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def maker(frozen: Callable[P, T]) -> Callable[P, T]:
    """Return a fast constructor for a frozen dataclass with slots.

    >>> from common.anomaly import ModelTag
    >>> tag = maker(ModelTag)("cafe", version="1.0.0")
    >>> tag
    ModelTag(hash='cafe', version='1.0.0')
    >>> tag == ModelTag("cafe", "1.0.0")
    True
    >>> tag.hash = "other"
    Traceback (most recent call last):
    dataclasses.FrozenInstanceError: cannot assign to field 'hash'
    """
    twin = thawed(frozen)

    def make(*args: P.args, **kwargs: P.kwargs) -> T:
        made = twin(*args, **kwargs)
        made.__class__ = frozen
        return made  # type: ignore[no-any-return]

    return make


def thawed(frozen: Any) -> Any:
    """Return an unfrozen class with the same fields and slots; assigning `__class__` freezes its instances."""
    return make_dataclass(
        f"Thawed{frozen.__name__}", [(each.name, Any, _default(each)) for each in fields(frozen)], slots=True
    )


def _default(each: Field[Any]) -> Any:
    return field() if each.default is MISSING else field(default=each.default)
