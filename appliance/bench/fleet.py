"""Cars whose control units are others than the usual four: what the scenarios of the whole vehicle drive in with.

Each function takes the usual control units and gives those of its car.  Versions and hardware are invented, and fit the
bench's level catalogue (`levels/f056-17-03-502.toml`) or, by intent, do not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from appliance.bench.car import BODY, CLUSTER, DME, GATEWAY
from appliance.bench.memory import Slot, UnitMemory

Units: TypeAlias = tuple[UnitMemory, ...]

TRAILER_MODULE = 0x71  # an address the bench's catalogue does not know
_OLDER = {GATEWAY: "swfl_00001c34-004_006_010", BODY: "swfl_00001c35-004_006_010"}
_LEARNED = ((0x6110, bytes.fromhex("00A7 3C51 0000 12F4")), (0x6120, bytes.fromhex("5A")))  # identifiers invented, too
_CODING = ((0x3000, bytes.fromhex("0102 0304 0506 0708")),)


def all_behind(units: Units) -> Units:
    """Gateway and body control unit are behind as well."""
    return tuple(_older(unit) if unit.address in _OLDER else unit for unit in units)


def without_cluster(units: Units) -> Units:
    """The instrument cluster does not answer."""
    return tuple(unit for unit in all_behind(units) if unit.address != CLUSTER)


def with_stranger(units: Units) -> Units:
    """A control unit nobody has written down is in the car."""
    slot = Slot(0x80020000, 0x10000, "swfl_00007104-001_002_003")
    return (*all_behind(units), UnitMemory(TRAILER_MODULE, ("hwel_00007101-001_000_000",), (slot,)))


def other_cluster(units: Units) -> Units:
    """An instrument cluster of other hardware."""
    return tuple(
        replace(unit, fixed=("hwel_00002b20-001_000_000", *unit.fixed[1:])) if unit.address == CLUSTER else unit
        for unit in all_behind(units)
    )


def with_learned_values(units: Units) -> Units:
    """The DME has learned something that an erase takes, and that nobody could compute."""
    return tuple(replace(unit, individual=_LEARNED) if unit.address == DME else unit for unit in units)


def _older(unit: UnitMemory) -> UnitMemory:
    (slot,) = unit.slots
    return replace(unit, slots=(replace(slot, software=_OLDER[unit.address]),), coding=unit.coding or _CODING)
