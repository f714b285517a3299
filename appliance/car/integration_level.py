"""The integration level: which software state the *vehicle* has, as in `F056-17-03-502`.

Main series, year, month, version.  Levels compare only inside one main series; across series, and with a level that
cannot be read, the answer is NOT_COMPARABLE and nobody may call the car "already at target" (facts.md §4).  The
manufacturer's tester counts an empty level as met and falls back to the factory level; that is not imitated here.

On the wire (DID 100B of the gateway): three records of 4 ASCII characters, year, month and version u16, binary:
current, last, factory.  The bytes are confirmed on real cars; the order of the second and third record is likely.
Behind them real gateways put a 22-byte trailer (a length and a signature) that nothing here depends on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from appliance.car.layout import data_of, did_label, require_at_least
from appliance.errors import UsageError

DID_LEVELS = 0x100B
_NAME = "integration levels"
_RECORD = 8
_RECORDS = 3
_EMPTY = bytes([0xFF]) * _RECORD
_TEXT = re.compile(r"([A-Z0-9]{3,4})[-_](\d\d)[-_](\d\d)[-_](\d{3})", re.ASCII)
_SERIES = re.compile(rb"[A-Z0-9]{3}(?:[A-Z0-9]|[ \0])")
_MONTHS = range(1, 13)


@dataclass(frozen=True, slots=True)
class Level:
    """One integration level.

    Attributes:
        series: Main series, three or four characters, upper case; `F056` is also the series of many BMW.
        year: Two digits, 17 for 2017.
        month: 1 to 12; the release train (03, 07, 11), not a date of anything.
        version: 0 to 999.
    """

    series: str
    year: int
    month: int
    version: int

    def __str__(self) -> str:
        return f"{self.series}-{self.year:02}-{self.month:02}-{self.version:03}"


class Comparison(Enum):
    """How a vehicle's level stands to a target."""

    MET = "met"
    BELOW = "below"
    NOT_COMPARABLE = "not comparable"  # unreadable, or of another main series: decide nothing from it


@dataclass(frozen=True, slots=True)
class Levels:
    """The three levels a gateway keeps; None: that record is empty or cannot be read."""

    current: Level | None
    last: Level | None
    factory: Level | None


def parse_level(text: str) -> Level:
    """A level as a person writes it: `F056-17-03-502`, also with `_`, in any case.

    Raises:
        UsageError: the text is no integration level.
    """
    match = _TEXT.fullmatch(text.strip().upper())
    if match is None or int(match[3]) not in _MONTHS:
        raise UsageError(
            f"{text!r} is no integration level",
            do="write series, year, month and version as in F056-17-03-502",
        )
    return Level(match[1], int(match[2]), int(match[3]), int(match[4]))


def compare(level: Level | None, target: Level) -> Comparison:
    """How `level` (None: unreadable) stands to `target`; only inside one main series."""
    if level is None or level.series.upper() != target.series.upper():
        return Comparison.NOT_COMPARABLE
    return Comparison.MET if _age(level) >= _age(target) else Comparison.BELOW


def in_range(level: Level | None, minimum: Level, below: Level) -> bool | None:
    """Whether `minimum` ≤ `level` < `below`; None when the level is not comparable with both."""
    from_minimum, from_below = compare(level, minimum), compare(level, below)
    if Comparison.NOT_COMPARABLE in (from_minimum, from_below):
        return None
    return from_minimum is Comparison.MET and from_below is Comparison.BELOW


def decode_levels(payload: bytes) -> Levels:
    """The levels in `62 10 0B` and at least three records; whatever follows them is ignored.

    Raises:
        MalformedAnswer: another answer, or too short for three records.
    """
    data = data_of(payload, DID_LEVELS, _NAME)
    require_at_least(data, _RECORDS * _RECORD, did_label(DID_LEVELS, _NAME))
    return Levels(*(_decode_record(data[start : start + _RECORD]) for start in range(0, _RECORDS * _RECORD, _RECORD)))


def encode_levels(levels: Levels, trailer: bytes) -> bytes:
    """The positive response that says `levels`, with `trailer` (length and signature; may be empty) behind them."""
    records = (levels.current, levels.last, levels.factory)
    return bytes([0x62]) + DID_LEVELS.to_bytes(2) + b"".join(_encode_record(level) for level in records) + trailer


def _age(level: Level) -> tuple[int, int, int]:
    return (level.year, level.month, level.version)


def _decode_record(record: bytes) -> Level | None:
    """None for all 00, all FF, the text `UNBEK`, and whatever else is no level."""
    series, year, month, version = record[:4], record[4], record[5], int.from_bytes(record[6:])
    if not _SERIES.fullmatch(series) or year > 99 or month not in _MONTHS or version > 999:
        return None
    return Level(series.decode("ascii").rstrip(" \0"), year, month, version)


def _encode_record(level: Level | None) -> bytes:
    if level is None:
        return _EMPTY
    series = level.series.encode("ascii").ljust(4)
    return series + bytes([level.year, level.month]) + level.version.to_bytes(2)
