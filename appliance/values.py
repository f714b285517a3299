"""Values to JSON and back: the one place that knows how the journal, the status and the report spell a dataclass.

Bytes are hex, enums their value, tuples lists, dates ISO 8601.  A class is written together with its name, so that
what is read back is the same class or an error.
"""

from __future__ import annotations

import json
from dataclasses import is_dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import cattrs
from cattrs.preconf.json import make_converter

T = TypeVar("T")
_LONGEST_INTEGER = 20  # digits and sign of 64 bits


def _converter() -> cattrs.Converter:
    converter = make_converter()
    converter.register_unstructure_hook(bytes, lambda value: value.hex())
    converter.register_structure_hook(bytes, lambda value, _: bytes.fromhex(value))
    # Every StrEnum comes here as well; a hook for exactly `str` (a predicate) would be asked too late and never used.
    converter.register_structure_hook(str, lambda value, kind: _whole(str(value)) if kind is str else kind(value))
    converter.register_unstructure_hook(date, lambda value: value.isoformat())
    converter.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
    converter.register_unstructure_hook(datetime, lambda value: value.isoformat())
    converter.register_structure_hook(datetime, lambda value, _: datetime.fromisoformat(value))
    return converter


def _whole(text: str) -> str:
    """JSON can spell half a character (a lone surrogate), which nothing can store, print or send."""
    text.encode()
    return text


_CONVERTER = _converter()


def to_plain(value: object) -> Any:
    """A dataclass as JSON-ready dicts, lists, strings and numbers."""
    return _CONVERTER.unstructure(value)


def to_json(value: object) -> str:
    """A dataclass as canonical JSON: sorted keys, no spaces; equal values give equal text."""
    return json.dumps(to_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_plain(plain: object, kind: type[T]) -> T:
    """Rebuild a dataclass of class `kind`.

    Raises:
        ValueError: `plain` does not have that class's shape.
    """
    if is_dataclass(kind) and not isinstance(plain, dict):
        raise ValueError(f"{kind.__name__}: {type(plain).__name__} is no object")
    try:
        return _CONVERTER.structure(plain, kind)
    except (cattrs.BaseValidationError, TypeError, KeyError) as error:
        reasons = cattrs.transform_error(error) if isinstance(error, cattrs.BaseValidationError) else [str(error)]
        raise ValueError(f"{kind.__name__}: {'; '.join(reasons)}") from error


def from_json(text: str, kind: type[T]) -> T:
    """Rebuild a dataclass from its JSON.

    Raises:
        ValueError: the text is no JSON, or not of that class's shape.
    """
    return from_plain(parse_json(text), kind)


def parse_json(text: str) -> Any:
    """Somebody's JSON as dicts, lists, text and numbers that everybody downstream can take.

    Raises:
        ValueError: it is no JSON, nested too deeply, or holds a whole number no computer counts with.
    """
    try:
        return json.loads(text, parse_int=_integer)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _integer(digits: str) -> int:
    """Python takes four thousand digits, and fails where such a number becomes a float."""
    if len(digits) > _LONGEST_INTEGER:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)
