"""What `explain` gives back: a title, and one row for each thing the bytes say."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.car.layout import hex_text

NOT_DECODED = "not decoded here"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing: what it is, the value as sent or converted, what that means (empty: the value says it)."""

    field: str
    value: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One request or response, for people."""

    title: str
    rows: tuple[Row, ...]


def rest(data: bytes, field: str = "data", meaning: str = NOT_DECODED) -> tuple[Row, ...]:
    """One row with bytes as they are; none when there are none."""
    return (Row(field, hex_text(data), meaning),) if data else ()
