"""Trouble codes and what became of them.

`59 02 <availability mask>` and four bytes for each code: the code and its status (ISO 14229-1, 12.3.4 and annex D).
BMW asks with mask 0C, pending or confirmed, but control units also return codes whose status does not match
(20 on a real DME): those are filtered here (facts.md §9, confirmed).

Before and after programming, a code counts as the same while (code, failed now, confirmed) are the same; the two
"not tested" bits change with every clear and restart and say nothing about the car (facts.md §9).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.car.layout import behind, count_text, require_at_least
from appliance.errors import MalformedAnswer

ASKED_MASK = 0x0C  # pending or confirmed
_NAME = "trouble codes (59 02)"
_HEADER = bytes.fromhex("5902")
_RECORD = 4

# ISO 14229-1, D.2: the bits of a status, from bit 0.
_STATUS_BITS = (
    "failed now",
    "failed this operation cycle",
    "pending",
    "confirmed",
    "not tested since clear",
    "failed since clear",
    "not tested this operation cycle",
    "warning indicator requested",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One trouble code of one control unit, with its status byte."""

    code: int
    status: int

    @property
    def text(self) -> str:
        """Six hexadecimal digits."""
        return f"{self.code:06X}"

    @property
    def present(self) -> bool:
        """Whether the fault is there now (bit 0)."""
        return bool(self.status & 0x01)

    @property
    def stored(self) -> bool:
        """Whether it is confirmed and kept (bit 3)."""
        return bool(self.status & 0x08)

    @property
    def status_text(self) -> str:
        """The bits that are set, in the standard's words; `no status bit set` without any."""
        words = [word for bit, word in enumerate(_STATUS_BITS) if self.status & 1 << bit]
        return ", ".join(words) or "no status bit set"


@dataclass(frozen=True, slots=True)
class Change:
    """One code whose state is another now."""

    before: Fault
    after: Fault


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one control unit's trouble codes; each in ascending order of code."""

    new: tuple[Fault, ...]
    gone: tuple[Fault, ...]
    changed: tuple[Change, ...]


def decode_faults(payload: bytes) -> tuple[Fault, ...]:
    """The trouble codes that match the mask 0C, in the control unit's order; none is an empty tuple.

    Raises:
        MalformedAnswer: another answer, no mask byte, or a length that is not 3 + 4·n.
    """
    return tuple(fault for fault in decode_every_fault(payload) if fault.status & ASKED_MASK)


def decode_every_fault(payload: bytes) -> tuple[Fault, ...]:
    """As `decode_faults`, with the codes that were not asked for.

    Raises:
        MalformedAnswer: as `decode_faults`.
    """
    data = behind(payload, _HEADER, _NAME)
    require_at_least(data, 1, _NAME)
    records = data[1:]
    if len(records) % _RECORD:
        raise MalformedAnswer(_NAME, found=count_text(len(payload)), expected="3 bytes and 4 more for each code")
    return tuple(
        Fault(int.from_bytes(records[start : start + 3]), records[start + 3])
        for start in range(0, len(records), _RECORD)
    )


def compare_faults(before: Iterable[Fault], after: Iterable[Fault]) -> Difference:
    """What is new, gone and changed between two readings of one control unit.

    A code that one reading holds twice counts with all its status bits together.
    """
    old, now = _by_code(before), _by_code(after)
    return Difference(
        new=tuple(now[code] for code in sorted(now.keys() - old.keys())),
        gone=tuple(old[code] for code in sorted(old.keys() - now.keys())),
        changed=tuple(
            Change(old[code], now[code])
            for code in sorted(old.keys() & now.keys())
            if _state(old[code]) != _state(now[code])
        ),
    )


def _state(fault: Fault) -> tuple[bool, bool]:
    return (fault.present, fault.stored)


def _by_code(faults: Iterable[Fault]) -> dict[int, Fault]:
    merged: dict[int, Fault] = {}
    for fault in faults:
        known = merged.get(fault.code)
        merged[fault.code] = fault if known is None else Fault(fault.code, fault.status | known.status)
    return merged
