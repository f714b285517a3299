"""The vehicle test as a table: what became of every trouble code between the first look and the last.

    prior           it was there before, and still is
    consequential   it has come since
    healed          it was there before, and is gone

The same two looks, and the same comparison, as the claim's (decision 0009): a code counts by its number, and nothing is
called new in a control unit whose codes could not be read before.  Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from appliance.car.faults import Fault, compare_faults
from appliance.car.vehicle import UnitSeen, Vehicle


class Became(StrEnum):
    """What became of a trouble code."""

    PRIOR = "prior"
    CONSEQUENTIAL = "consequential"
    HEALED = "healed"


@dataclass(frozen=True, slots=True)
class FaultRow:
    """One trouble code of one control unit.

    Attributes:
        before / after: Its status in words; empty: it was not there.
        kept: What the control unit kept beside it, in words; empty: nothing, or nobody asked.
    """

    address: int
    code: str
    became: Became
    before: str
    after: str
    kept: tuple[str, ...] = ()


def vehicle_test(
    before: Vehicle, after: Vehicle, kept: Mapping[tuple[int, int], tuple[str, ...]]
) -> tuple[FaultRow, ...]:
    """Every code of both looks, by control unit and code.

    Args:
        kept: What was kept beside codes, by address and code.
    """
    rows: list[FaultRow] = []
    for address in sorted({unit.address for unit in (*before.units, *after.units)}):
        was, now = before.unit(address), after.unit(address)
        rows += [_row(address, code, was, now, kept.get((address, code), ())) for code in _codes(was, now)]
    return tuple(rows)


def new_codes(before: Vehicle, after: Vehicle) -> tuple[tuple[int, int], ...]:
    """Address and code of everything that has come since; a control unit that was not read before has nothing new."""
    found: list[tuple[int, int]] = []
    for was in before.units:
        now = after.unit(was.address)
        if now is not None and was.faults is not None:
            found += [(was.address, fault.code) for fault in compare_faults(was.faults, now.faults or ()).new]
    return tuple(found)


def _codes(was: UnitSeen | None, now: UnitSeen | None) -> list[int]:
    return sorted({fault.code for unit in (was, now) if unit is not None for fault in unit.faults or ()})


def _row(address: int, code: int, was: UnitSeen | None, now: UnitSeen | None, kept: tuple[str, ...]) -> FaultRow:
    before, after = _status(was, code), _status(now, code)
    unread = was is None or was.faults is None
    if before and not after and now is not None and now.faults is not None:
        became = Became.HEALED
    elif before or unread:
        became = Became.PRIOR
    else:
        became = Became.CONSEQUENTIAL
    return FaultRow(address, f"{code:06X}", became, before, after, kept)


def _status(unit: UnitSeen | None, code: int) -> str:
    found = [fault for fault in (unit.faults if unit else None) or () if fault.code == code]
    merged = 0
    for fault in found:
        merged |= fault.status
    return Fault(code, merged).status_text if found else ""
