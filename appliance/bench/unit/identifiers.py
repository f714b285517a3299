"""Data by identifier: what a simulated control unit tells of itself and what may be written (facts.md §3.4, §4)."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from appliance.bench.memory import MemoryFile
from appliance.bench.unit.core import Core
from appliance.bench.unit.own_voltage import own_voltage
from appliance.bench.unit.reaction import Reaction, Session, echo, refuse
from appliance.bench.unit.software import svk

SVK, ACTIVE_SESSION, FINGERPRINT, VIN = 0xF101, 0xF186, 0xF15A, 0xF190
COUNTER, COUNTER_MAX, FLASH_TIMINGS = 0x2502, 0x2503, 0x2504
ENERGY_MODE, CODING_STAMP = 0x100A, 0x37FE
LEVELS, VEHICLE_ORDER, UNIT_LIST = 0x100B, 0x3F06, 0x3F07
FINGERPRINT_LENGTH = 13  # facts.md §3.3, confirmed

Records: TypeAlias = tuple[tuple[int, bytes], ...]  # identifier and data


class Identifiers:
    """ReadDataByIdentifier and WriteDataByIdentifier of one control unit."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def read(self, request: bytes) -> Reaction:
        """`22`, one identifier at a time."""
        if len(request) != 3:
            return refuse(0x22, 0x13)
        data = self.data(int.from_bytes(request[1:3], "big"))
        return refuse(0x22, 0x31) if data is None else Reaction(echo(request, 2, data))

    def write(self, request: bytes) -> Reaction:
        """`2E`."""
        did, data = int.from_bytes(request[1:3], "big"), request[3:]
        if did == FINGERPRINT:
            return self._write_fingerprint(request, data)
        if did == CODING_STAMP and self._core.session is Session.CODING:
            self._core.store(replace(self._core.memory, coding_stamp=data))
            return Reaction(echo(request, 2))
        if did in dict(self._core.memory.coding):
            return self._write_coding(request, did, data)
        if did in dict(self._core.memory.individual) and not self._core.in_bootloader:
            return self._write_individual(request, did, data)
        return refuse(0x2E, 0x31)

    def data(self, did: int) -> bytes | None:
        """The data of an identifier; None: it has none of that number now."""
        boot = self._of_bootloader(did)
        return self._of_application(did) if boot is None and not self._core.in_bootloader else boot

    def _of_bootloader(self, did: int) -> bytes | None:
        """What also the bootloader knows."""
        memory, profile = self._core.memory, self._core.profile
        match did:
            case 0xF101:
                return svk(memory)
            case 0xF186:
                # A bootloader that does not start its application says the programming session (facts.md §5.5, likely).
                return bytes((Session.PROGRAMMING if self._core.in_bootloader else self._core.session,))
            case 0x2502:
                return memory.programmed.to_bytes(4, "big")
            case 0x2503:
                return profile.counter_max.to_bytes(2, "big")
            case 0x2504 if profile.timings:
                return profile.told_timings
            case _:
                return None

    def _of_application(self, did: int) -> bytes | None:
        memory, world = self._core.memory, self._core.world
        if did == self._core.profile.voltage_did:
            return own_voltage(did, world.volts() + world.reads_v_off)
        known = {
            VIN: world.vin.encode("ascii"),
            ENERGY_MODE: bytes((memory.energy_mode,)),
            FINGERPRINT: memory.fingerprint,
            **dict(memory.coding),
            **dict(memory.individual),
        }
        if memory.coding_stamp:
            known[CODING_STAMP] = memory.coding_stamp
        return known.get(did)

    def _write_fingerprint(self, request: bytes, data: bytes) -> Reaction:
        if not self._core.may_flash():
            return refuse(0x2E, 0x33)
        if len(data) != FINGERPRINT_LENGTH:
            return refuse(0x2E, 0x13)
        self._core.store(replace(self._core.memory, fingerprint=data))
        return Reaction(echo(request, 2))

    def _write_coding(self, request: bytes, did: int, data: bytes) -> Reaction:
        core = self._core
        if core.session is not Session.CODING or core.during.unlocked != 0x01:
            return refuse(0x2E, 0x33)
        coding = _with(core.memory.coding, did, data)
        if coding is None:
            return refuse(0x2E, 0x13)
        core.store(replace(core.memory, coding=coding))
        return Reaction(echo(request, 2))

    def _write_individual(self, request: bytes, did: int, data: bytes) -> Reaction:
        """In the extended session only, and without a key: assumed, no source tells how real ones want it."""
        core = self._core
        if core.session is not Session.EXTENDED:
            return refuse(0x2E, 0x7F)
        learned = _with(core.memory.individual, did, data)
        if learned is None:
            return refuse(0x2E, 0x13)
        core.store(replace(core.memory, individual=learned))
        return Reaction(echo(request, 2))


def _with(records: Records, did: int, data: bytes) -> Records | None:
    """Records with this one written; None: it has another length."""
    if len(data) != len(dict(records)[did]):
        return None
    return tuple((key, data if key == did else kept) for key, kept in records)


class GatewayIdentifiers(Identifiers):
    """The gateway also keeps what belongs to the vehicle: integration levels, vehicle order, list of control units."""

    def __init__(self, core: Core, vehicle: MemoryFile) -> None:
        super().__init__(core)
        self._vehicle = vehicle

    def write(self, request: bytes) -> Reaction:
        """`2E`; integration levels in the extended session only."""
        if request[1:3] != LEVELS.to_bytes(2, "big"):
            return super().write(request)
        if self._core.session is not Session.EXTENDED:
            return refuse(0x2E, 0x7F)
        if len(request) - 3 != len(self._vehicle.now.levels):
            return refuse(0x2E, 0x13)
        self._vehicle.keep(replace(self._vehicle.now, levels=request[3:]))
        return Reaction(echo(request, 2))

    def _of_application(self, did: int) -> bytes | None:
        car = self._vehicle.now
        match did:
            case 0x100B:
                return car.levels
            case 0x3F06:
                return car.order
            case 0x3F07:
                return len(car.units).to_bytes(2, "big") + bytes(unit.address for unit in car.units)
            case _:
                return super()._of_application(did)
