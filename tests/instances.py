"""An instance of any frozen dataclass, made from its annotations: for tests that must not forget a class."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

_PLAIN: dict[object, Any] = {
    int: 7,
    float: 1.25,
    str: "wörds <&> \"'",
    bool: True,
    bytes: b"\x00\xff\x7f",
    date: date(2017, 6, 1),
}


def members(union: object) -> tuple[type, ...]:
    """The classes of a union alias such as `Event` or `Fact`."""
    return get_args(union)


def full(kind: type) -> Any:
    """An instance in which every field differs from its default where the type allows."""
    hints = get_type_hints(kind)
    return kind(**{field.name: _value(hints[field.name]) for field in fields(kind)})


def bare(kind: type) -> Any:
    """An instance with defaults wherever there are any, and None wherever it is allowed."""
    hints = get_type_hints(kind)
    needed = [f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING]
    return kind(**{name: None if type(None) in get_args(hints[name]) else _value(hints[name]) for name in needed})


def _value(hint: Any) -> Any:
    if hint in _PLAIN:
        return _PLAIN[hint]
    if get_origin(hint) is tuple:
        kinds = get_args(hint)
        return tuple(_value(kind) for kind in (kinds[:1] if kinds[-1:] == (...,) else kinds))
    if get_origin(hint) is Mapping:
        key, value = get_args(hint)
        return {_value(key): _value(value)}
    if get_origin(hint) in (Union, types.UnionType):
        return _value(next(kind for kind in get_args(hint) if kind is not type(None)))
    if hint is datetime:
        raise TypeError("no event carries a datetime")
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[-1]
    if is_dataclass(hint) and isinstance(hint, type):
        return full(hint)
    raise TypeError(f"no example for {hint}")
