"""The simulated car: its control units on one diagnostic bus, and what each notices of the others.

Transport-agnostic: `request` takes a message, `due` gives the answers whose time has come.  The same car is driven in
virtual time by `direct`, and over a CAN wire at its real speed by `car_thread`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from appliance.bench.control_unit import ControlUnit
from appliance.bench.memory import Cure, MemoryFile, UnitMemory
from appliance.bench.unit.agenda import Agenda
from appliance.bench.unit.own_voltage import IBS, MILLIVOLTS
from appliance.bench.unit.profile import NO_TIMING, SLOW_TIMING, Profile, World
from appliance.bench.unit.reaction import Change, Session

GATEWAY, DME, BODY, CLUSTER = 0x10, 0x12, 0x40, 0x60
MISSING_DME = 0xCD8486  # "message from the DME missing": a synthetic code of the bench, no BMW document names it
PRESENT, STORED = 0x2F, 0x28  # failing now, and failed once (facts.md §9)
SILENCE_NOTICED_S = 1.0  # of a missing message; assumed
NOD_OFF_S = 1.0  # from one control unit falling asleep to the next; assumed
LOOK_S = 0.05  # how often a car with an open session feels its voltage, when nothing else happens

PROFILES = {
    GATEWAY: Profile("gateway", timings=(60, 30, 1, 10, 5, 20)),
    DME: Profile("DME", timings=(6, 3, 1, 1, 2, 20), calibration=True, voltage_did=IBS),
    BODY: Profile(
        "body control unit", timings=(60, 30, 1, 10, 5, 20), session_timing=NO_TIMING, voltage_did=MILLIVOLTS
    ),
    CLUSTER: Profile("instrument cluster", timings=(90, 60, 1, 10, 5, 60), session_timing=SLOW_TIMING, answer_s=0.12),
}


# The real DME of facts.md §3.4 says 120 s and 60 s and is a little quicker than it says.
SLOW_DME = replace(PROFILES[DME], erase_s=100.0, check_s=45.0, reset_s=4.0, timings=(120, 60, 1, 10, 5, 20))

OTHER = Profile("control unit")  # whoever else a scenario puts into the car

SLOW_CLUSTER = replace(PROFILES[CLUSTER], erase_s=75.0, check_s=40.0, reset_s=4.0)  # as slow beside what it says


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer leaving a control unit."""

    address: int
    payload: bytes


class Car:
    """Control units and their memory.

    Attributes:
        transfers: TransferData sent to the DME since this object exists.
        on_transfer: Called with `transfers` at each of them.
        look_s: How often it feels its voltage while a session is open, when nothing else happens.
        on_programming: Called with how many control units are in their programming session, whenever that changes.

    Args:
        memory: What the car keeps.
        volts: The voltage its control units feel.
        real_times: DME and cluster are as slow as real ones.
        profiles: What kind each control unit is; None: the usual ones, and `real_times` counts.
    """

    def __init__(
        self,
        memory: MemoryFile,
        volts: Callable[[], float],
        *,
        real_times: bool = False,
        profiles: Mapping[int, Profile] | None = None,
    ) -> None:
        usual = {**PROFILES, DME: SLOW_DME, CLUSTER: SLOW_CLUSTER} if real_times else PROFILES
        self._profiles = usual if profiles is None else profiles
        self.memory = memory
        self.world = World(volts, memory.now.vin)
        self.transfers = 0
        self.on_transfer: Callable[[int], None] = _nothing
        self.on_programming: Callable[[int], None] = _nothing
        self._programming = 0
        self.units = {unit.address: self._unit(unit) for unit in memory.now.units}
        self._silent_since_s: float | None = None  # the DME's application; None: it is heard
        self._looked_s = 0.0
        self.look_s = LOOK_S
        self._agenda = Agenda()  # who falls asleep when, and when the ignition is switched on again

    @property
    def addresses(self) -> tuple[int, ...]:
        """Of the control units that are awake."""
        return tuple(address for address, unit in self.units.items() if unit.awake)

    def request(self, now_s: float, address: int, payload: bytes, *, functional: bool = False) -> None:
        """A request arrived at one control unit; `functional`: because it was sent to all of them."""
        if address in self.units:
            self.units[address].request(now_s, payload, functional=functional)
            self._count(address, payload)

    def due(self, now_s: float) -> list[Reply]:
        """What the control units have said until `now_s`, and not been asked for yet."""
        replies: list[Reply] = []
        while (entry := self._agenda.pop(now_s)) is not None:
            replies += self._said(entry.at_s)
            if entry.change is not None:
                entry.change(entry.at_s)
        self._looked_s = now_s
        replies += self._said(now_s)
        self._listen_to_the_dme(now_s)
        programming = sum(unit.session is Session.PROGRAMMING for unit in self.units.values())
        if programming != self._programming:
            self._programming = programming
            self.on_programming(programming)
        return replies

    def next_s(self) -> float | None:
        """When `due` is to be called next; None: nothing will happen by itself."""
        nexts = (self._agenda.next_s, *(unit.next_s() for unit in self.units.values()))
        times = [at_s for at_s in nexts if at_s is not None]
        if any(unit.session is not Session.DEFAULT for unit in self.units.values()):
            times.append(self._looked_s + self.look_s)
        return min(times, default=None)

    def lose_power(self) -> None:
        """The battery clamp slipped: every volatile state is gone."""
        self._silent_since_s = None
        for unit in self.units.values():
            unit.lose_power()

    def power_cycle(self, at_s: float) -> None:
        """Somebody takes the power from every control unit that is stuck, and gives it back."""
        self._agenda.put(at_s, None, lambda now_s: self._without_power(now_s, Cure.POWER_CYCLE))

    def disconnect_battery(self, at_s: float) -> None:
        """Somebody takes the power from the whole car for long enough, and gives it back."""
        self._agenda.put(at_s, None, lambda now_s: self._without_power(now_s, Cure.BATTERY))

    def _without_power(self, now_s: float, remedy: Cure) -> None:
        self._silent_since_s = None
        for unit in self.units.values():
            if remedy is Cure.BATTERY or not unit.memory.good:
                unit.without_power(now_s, remedy)

    def sleep(self, now_s: float) -> None:
        """The car goes to sleep: its control units fall silent one after the other, the one being programmed last.

        A door opened in the middle of a job did that to a real one (z4-forum.com, thread 88812); order and pace are
        assumed.
        """
        at_work_last = sorted(self.units.values(), key=lambda unit: (unit.address == DME, unit.session))
        for place, unit in enumerate(at_work_last):
            self._agenda.put(now_s + place * NOD_OFF_S, None, _falls_asleep(unit))

    def terminal_15(self, now_s: float, *, on: bool) -> None:
        """The ignition: off silences every control unit at once; on starts each that is asleep, and ends a `sleep`."""
        self._agenda.clear()
        self._silent_since_s = None
        self.world.ignition_on = on
        for unit in self.units.values():
            if on:
                unit.wake(now_s)
            else:
                unit.fall_asleep()

    def ignition_again(self, at_s: float) -> None:
        """Somebody will switch the ignition on then."""
        self._agenda.put(at_s, None, lambda now_s: self.terminal_15(now_s, on=True))

    def _said(self, now_s: float) -> list[Reply]:
        return [Reply(address, said) for address, unit in self.units.items() for said in unit.due(now_s)]

    def _unit(self, unit: UnitMemory) -> ControlUnit:
        vehicle = self.memory if unit.address == GATEWAY else None
        return ControlUnit(unit, self._profiles.get(unit.address, OTHER), self.world, self._keep, vehicle)

    def _keep(self, unit: UnitMemory) -> None:
        self.memory.keep(self.memory.now.with_unit(unit))

    def _count(self, address: int, payload: bytes) -> None:
        """Tell the scenario how far the download of the DME has come."""
        if address == DME and payload[:1] == b"\x36":
            self.transfers += 1
            self.on_transfer(self.transfers)

    def _listen_to_the_dme(self, now_s: float) -> None:
        """Body and cluster live on the DME's messages; its silence is a fault, present until it is heard again."""
        dme = self.units.get(DME)
        if dme is None:
            return
        others = (self.units.get(BODY), self.units.get(CLUSTER))
        listeners = [unit for unit in others if unit is not None and unit.runs(now_s)]
        if not listeners:
            self._silent_since_s = None  # nobody is there to miss it
            return
        if dme.normal_messages and not dme.in_bootloader and dme.runs(now_s):
            self._silent_since_s = None
            for unit in listeners:
                if unit.has_fault(MISSING_DME):
                    unit.note_fault(MISSING_DME, STORED)
            return
        if self._silent_since_s is None:
            self._silent_since_s = now_s
        if now_s - self._silent_since_s >= SILENCE_NOTICED_S:
            for unit in listeners:
                unit.note_fault(MISSING_DME, PRESENT)


def _falls_asleep(unit: ControlUnit) -> Change:
    return lambda _at_s: unit.fall_asleep()


def _nothing(_news: int) -> None:
    """No scenario listens."""
