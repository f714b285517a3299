"""What a control unit kept beside a trouble code: extended data and snapshot (ISO 14229-1:2013, 11.3.5).

    59 06 <code> <status> {record, value}     01 condition, 02 frequency, 03 healing (facts.md §9, confirmed)
    59 04 <code> <status> …                   identifiers whose lengths only the maker's data tell: kept as read

Both are told as they are: they are evidence for who reads the report, and decide nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.car.layout import behind, count_text, require_at_least
from appliance.errors import MalformedAnswer

_EXTENDED, _SNAPSHOT = bytes.fromhex("5906"), bytes.fromhex("5904")
_CODE_AND_STATUS = 4
_RECORDS = {1: "condition", 2: "frequency", 3: "healing counter"}


@dataclass(frozen=True, slots=True)
class FaultDetail:
    """What is kept beside one code.

    Attributes:
        extended: Record numbers and values, as read.
        snapshot: Everything behind the status; empty: there is none.
    """

    extended: tuple[tuple[int, int], ...] = ()
    snapshot: bytes = b""

    @property
    def words(self) -> tuple[str, ...]:
        """Each in words; empty: nothing was kept, or told."""
        told = tuple(f"{_RECORDS.get(record, f'record {record:02X}')} {value}" for record, value in self.extended)
        return (*told, f"snapshot {self.snapshot.hex(' ').upper()}") if self.snapshot else told


def decode_extended(payload: bytes) -> tuple[tuple[int, int], ...]:
    """Record numbers and values; none is an empty tuple.

    Raises:
        MalformedAnswer: another answer, too short, or a record without a value.
    """
    name = "extended data of a trouble code (59 06)"
    data = behind(payload, _EXTENDED, name)
    require_at_least(data, _CODE_AND_STATUS, name)
    records = data[_CODE_AND_STATUS:]
    if len(records) % 2:
        raise MalformedAnswer(name, found=count_text(len(payload)), expected="6 bytes and 2 more for each record")
    return tuple(zip(records[::2], records[1::2], strict=True))


def decode_snapshot(payload: bytes) -> bytes:
    """The records, as read; empty: there is none.

    Raises:
        MalformedAnswer: another answer, or too short.
    """
    name = "snapshot of a trouble code (59 04)"
    data = behind(payload, _SNAPSHOT, name)
    require_at_least(data, _CODE_AND_STATUS, name)
    return data[_CODE_AND_STATUS:]
