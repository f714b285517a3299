"""A car of 24 control units, six of them behind their integration level.

Who they are and how they answer is a table (`big_car_units`); here it becomes a car.  Versions and hardware are
invented and fit the bench's catalogue `levels/f056-17-03-502-big.toml`.  Two are outside of it: one that refuses
everything it may refuse, and one that answers wrongly.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace

from appliance.bench.big_car_units import TABLE, BigUnit
from appliance.bench.fleet import Units, all_behind
from appliance.bench.memory import Slot, UnitMemory
from appliance.bench.unit.profile import Profile

OPTIONS = ("316", "459", "508", "403", "5AS", "6UN", "2VH")  # beside those of the bench's usual vehicle order
FAULTS = tuple((row.address, fault) for row in TABLE for fault in row.faults)
QUICKER = 10.0  # so many times as quick, and so labelled, is the car that people watch
AT_LEVEL, OLDER = "020_001_000", "010_004_000"
_FIRST_REGION, _APART = 0x8002_0000, 0x10_0000
_CODING = ((0x3000, bytes.fromhex("0018 A5C3 77 10")),)


def big_car(units: Units, order: Collection[str]) -> Units:
    """The control units of such a car, in order of address.

    Args:
        units: The bench's usual ones; gateway, engine, body and cluster are these.
        order: Options of the vehicle order.
    """
    usual = {unit.address: unit for unit in all_behind(units)}
    fitted = (row for row in TABLE if not row.options or set(row.options) & set(order))
    return tuple(usual.get(row.address) or _made(row) for row in fitted)


def profiles(*, real_times: bool) -> Mapping[int, Profile]:
    """What kind each of them is; else than real ones, they are `QUICKER`."""
    return {row.address: row.profile if real_times else quicker(row.profile, QUICKER) for row in TABLE}


def quicker(profile: Profile, times: float) -> Profile:
    """The same control unit so many times as quick with its flash memory; what it says of itself is true of that."""
    return replace(
        profile,
        erase_s=profile.erase_s / times,
        check_s=profile.check_s / times,
        reset_s=profile.reset_s / times,
        timings=tuple(math.ceil(word / times) for word in profile.timings),
    )


def software_of(row: BigUnit, version: str) -> tuple[str, ...]:
    """PSdZ texts of what its regions hold, in this version."""
    return tuple(f"swfl_{_number(row.address, 4 + index):08x}-{version}" for index in range(len(row.regions)))


def hardware_of(row: BigUnit) -> tuple[str, ...]:
    """PSdZ texts of its hardware and bootloader."""
    return (f"hwel_{_number(row.address, 1):08x}-002_000_001", f"btld_{_number(row.address, 3):08x}-003_000_002")


def places_of(row: BigUnit) -> tuple[int, ...]:
    """Where its flash regions begin."""
    return tuple(_FIRST_REGION + index * _APART for index in range(len(row.regions)))


def _made(row: BigUnit) -> UnitMemory:
    held = zip(places_of(row), row.regions, software_of(row, OLDER if row.behind else AT_LEVEL), strict=True)
    slots = tuple(Slot(place, length, software) for place, length, software in held)
    return UnitMemory(row.address, hardware_of(row), slots, coding=_CODING if row.behind else ())


def _number(address: int, part: int) -> int:
    return 0x4000 | address << 4 | part
