"""The simulated car: its control units on one diagnostic bus, and what each notices of the others.

Transport-agnostic: `request` takes a message, `due` gives the answers whose time has come.  The same car is driven in
virtual time by `direct`, and over a CAN wire at its real speed by `car_thread`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from appliance.bench.control_unit import CODING, EXTENDED, ControlUnit, Profile, World
from appliance.bench.memory import MemoryFile, UnitMemory

GATEWAY, DME, BODY, CLUSTER = 0x10, 0x12, 0x40, 0x60
MISSING_DME = 0xCD8486  # "message from the DME missing": a synthetic code of the bench, no BMW document names it
STORED = 0x28  # confirmed and failed since clear, not present (facts.md §9)
SILENCE_NOTICED_S = 1.0

PROFILES = {
    GATEWAY: Profile("gateway", timings=(60, 30, 1, 10, 5, 20)),
    DME: Profile("DME", timings=(6, 3, 1, 1, 2, 20), calibration=True),
    BODY: Profile("body control unit", timings=(60, 30, 1, 10, 5, 20), bare_session=True),
    CLUSTER: Profile("instrument cluster", timings=(90, 60, 1, 10, 5, 60), answer_s=0.12),
}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer leaving a control unit."""

    address: int
    payload: bytes


class Gateway(ControlUnit):
    """The gateway also keeps what belongs to the vehicle: integration levels and vehicle order."""

    def __init__(
        self, memory: UnitMemory, world: World, keep: Callable[[UnitMemory], None], car: MemoryFile
    ) -> None:
        super().__init__(memory, PROFILES[GATEWAY], world, keep)
        self._car = car

    def identifier(self, did: int) -> bytes | None:
        """Levels (100B) and vehicle order (3F06) beside what every unit has."""
        if did == 0x100B:
            return self._car.now.levels
        if did == 0x3F06:
            return self._car.now.order
        return super().identifier(did)

    def _write(self, now_s: float, payload: bytes) -> bytes:
        if payload[1:3] != b"\x10\x0b":
            return super()._write(now_s, payload)
        if self.session not in (EXTENDED, CODING):
            return bytes((0x7F, 0x2E, 0x7F))
        if len(payload) - 3 != len(self._car.now.levels):
            return bytes((0x7F, 0x2E, 0x13))
        self._car.keep(replace(self._car.now, levels=payload[3:]))
        return b"\x6e\x10\x0b"


class Car:
    """Four control units and their memory.

    Args:
        memory: What the car keeps.
        volts: The voltage its control units feel.
    """

    def __init__(self, memory: MemoryFile, volts: Callable[[], float]) -> None:
        self.memory = memory
        self.world = World(volts, memory.now.vin)
        self.transfers = 0
        self.on_transfer: Callable[[int], None] = _nothing
        self._silent_since_s: float | None = None
        self.units: dict[int, ControlUnit] = {}
        for unit in memory.now.units:
            if unit.address == GATEWAY:
                self.units[unit.address] = Gateway(unit, self.world, self._keep, memory)
            else:
                self.units[unit.address] = ControlUnit(unit, PROFILES[unit.address], self.world, self._keep)

    def request(self, now_s: float, address: int, payload: bytes, *, functional: bool = False) -> None:
        """A request arrived at one control unit; `functional`: because it was sent to all of them."""
        if address in self.units:
            self.units[address].request(now_s, payload, functional=functional)
            self._watch(address, payload)

    def due(self, now_s: float) -> list[Reply]:
        """What the control units say until `now_s`."""
        replies = [Reply(a, payload) for a, unit in self.units.items() for payload in unit.due(now_s)]
        self._notice_silence(now_s)
        return replies

    def next_s(self) -> float | None:
        """When a control unit does something next; None: never."""
        times = [at_s for unit in self.units.values() if (at_s := unit.next_s()) is not None]
        return min(times, default=None)

    def lose_power(self) -> None:
        """The battery clamp slipped: every volatile state is gone."""
        self._silent_since_s = None
        for unit in self.units.values():
            unit.lose_power()

    def _watch(self, address: int, payload: bytes) -> None:
        """Tell the scenario how far the download of the DME has come."""
        if address == DME and payload[:1] == b"\x36":
            self.transfers += 1
            self.on_transfer(self.transfers)

    def _notice_silence(self, now_s: float) -> None:
        """While the DME's application is silent, units that store trouble codes store that."""
        dme = self.units.get(DME)
        if dme is None:
            return
        if not (dme.in_bootloader or now_s < dme.silent_until_s):
            self._silent_since_s = None
            return
        if self._silent_since_s is None:
            self._silent_since_s = now_s
        if now_s - self._silent_since_s < SILENCE_NOTICED_S:
            return
        for address, unit in self.units.items():
            if address in (BODY, CLUSTER) and unit.normal_messages:
                unit.store_fault(MISSING_DME, STORED)

    def _keep(self, unit: UnitMemory) -> None:
        self.memory.keep(self.memory.now.with_unit(unit))


def _nothing(_transfers: int) -> None:
    """No scenario listens."""
