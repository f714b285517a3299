"""What the bench can play: a car, and what happens to it.

Each scenario is a day in a workshop; `docs/bench.md` tells them for people.  Vehicle data is invented, but shaped like
the real bytes of facts.md; the VIN's check digit is right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import partial

from appliance.bench.big_car import FAULTS, OPTIONS, big_car, profiles
from appliance.bench.cache import BULLETIN
from appliance.bench.car import BODY, CLUSTER, DME, GATEWAY
from appliance.bench.electrics import Electrics
from appliance.bench.fleet import (
    Units,
    all_behind,
    other_cluster,
    with_learned_values,
    with_stranger,
    without_cluster,
)
from appliance.bench.memory import CarMemory, Cure, Slot, SlotState, StoredFault, UnitMemory
from appliance.bench.supply import SimulatedSupply
from appliance.bench.technician import Manner
from appliance.bench.unit.profile import Profile
from appliance.bench.workshop import (
    clamp_slips,
    cranking,
    creeping_charger,
    float_stepdown,
    folding_charger,
    good_with_steps,
    overcharge,
    weak_charger,
)
from appliance.car.integration_level import Levels, encode_levels, parse_level
from appliance.car.vehicle_order import VehicleOrder, encode_vehicle_order
from appliance.clock import Clock
from appliance.errors import UsageError

VIN = "WMWXM5C54G3A12345"
ORDER = VehicleOrder(
    month=3,
    year=2016,
    series="F056",
    type_key="XM51",
    paint="0B32",
    upholstery="FRC8",
    options=("1CA", "205", "2TB", "493", "534", "5A2", "6AC", "7EA", "8TF"),
    e_words=("A090",),
)
TRAILER = bytes.fromhex("0014") + bytes(range(20))  # length and a stand-in for the gateway's signature
LEVEL_BEFORE, LEVEL_TARGET, LEVEL_FACTORY = "F056-16-07-502", "F056-17-03-502", "F056-16-03-502"
BEFORE, TARGET = "010", "020"

PRESENT_FAULT = StoredFault(0x10_5A_20, 0x2F)  # synthetic codes
STORED_FAULT = StoredFault(0xE1_24_02, 0x28)


WHOLE = "whole-vehicle"  # the campaign that goes by the bench's level catalogue
BIG = "big-car"  # the same for a car of 24 control units
PROGRAMMED = "00 64 979"  # labour operations of the bench's campaign
AT_TARGET = "00 64 978"


class Kind(StrEnum):
    """What may happen in the middle of a job."""

    DIP = "dip"  # the supply is at `to_v` for `for_s`
    POWER_CUT = "power-cut"  # the appliance's plug is pulled
    HANG = "hang"  # the appliance's engine hangs; only the watchdog ends that
    CRASH = "crash"  # the appliance's engine dies of an exception nobody expects
    DOOR_SLEEP = "door-sleep"  # the control units fall asleep in turn; the ignition is on again `for_s` after the first
    TERMINAL_15 = "terminal-15"  # the ignition is off for `for_s`
    STUCK_SENSOR = "stuck-sensor"  # the voltage monitor says one number from now on
    BUS_OFF = "bus-off"  # the CAN wires touch, and the appliance's controller goes off the bus
    SECOND_TESTER = "second-tester"  # another tester talks on the bus for `for_s`
    CRANK = "crank"  # the starter turns for `for_s`; needs a supply of `workshop`


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens, once, when the DME has been sent so many TransferData."""

    kind: Kind
    after_transfers: int
    to_v: float = 0.0
    for_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One day in a workshop.

    Attributes:
        verdict: How it ends, as in the report.
        labour: Labour operation that is claimed; empty: none.
        built: Month and year.
        level: The vehicle's integration level as it drives in.
        programmed: The DME has the target software already.
        bootloader: The DME has lost its first software unit.
        body_lost: The body control unit has lost its software and its coding.
        cure: What the control unit that has lost its software needs beside being programmed.
        faults: Control unit address and what it has stored.
        supply: A story of `workshop`; None: a plain set point of 13.8 V that the bench's page can turn.
        real_times: DME and cluster erase and check as slowly as real ones: minutes, where the others take seconds.
        technician: What becomes of the charger test.
        monitor: `dead`: the voltage monitor does not answer; empty: it works.
        campaign: The bench's campaign that is carried out.
        beside: Others that the firmware cache holds beside it.
        other_tester_s: How long another tester talks on the bus from the beginning; 0: there is none.
        fleet: What becomes of the usual control units (`fleet`); None: they are as they are.
        profiles: What kind of control units they are, with real ones' times or without; None: the usual ones.
        options: Of the vehicle order, beside the usual ones.
        guard: Off: the appliance works with `unguarded`'s limits.
    """

    name: str
    title: str
    verdict: str = "programmed"
    labour: str = PROGRAMMED
    built: tuple[int, int] = (3, 2016)
    level: str = LEVEL_BEFORE
    programmed: bool = False
    bootloader: bool = False
    body_lost: bool = False
    cure: Cure = Cure.NONE
    faults: tuple[tuple[int, StoredFault], ...] = ()
    happenings: tuple[Happening, ...] = ()
    supply: Callable[[Clock], Electrics | SimulatedSupply] | None = None
    real_times: bool = False
    monitor: str = ""
    technician: Manner = Manner.WILLING
    guard: bool = True
    campaign: str = BULLETIN
    beside: tuple[str, ...] = ()
    other_tester_s: float = 0.0
    fleet: Callable[[Units], Units] | None = None
    profiles: Callable[..., Mapping[int, Profile]] | None = None
    options: tuple[str, ...] = ()

    @property
    def campaigns(self) -> tuple[str, ...]:
        """What the firmware cache holds."""
        return (self.campaign, *self.beside)

    def car(self) -> CarMemory:
        """The car as it drives in."""
        month, year = self.built
        levels = Levels(parse_level(self.level), parse_level(LEVEL_FACTORY), parse_level(LEVEL_FACTORY))
        usual = (_gateway(), self._dme(), self._body(), _cluster())
        units = tuple(
            replace(unit, faults=tuple(fault for at, fault in self.faults if at == unit.address))
            for unit in (self.fleet(usual) if self.fleet else usual)
        )
        order = replace(ORDER, month=month, year=year, options=(*ORDER.options, *self.options))
        return CarMemory(
            scenario=self.name,
            vin=VIN,
            order=encode_vehicle_order(order, TRAILER)[3:],
            levels=encode_levels(levels, TRAILER)[3:],
            units=units,
        )

    def _dme(self) -> UnitMemory:
        version = TARGET if self.programmed else BEFORE
        slots = (
            Slot(0x80020000, 0x40000, f"swfl_00002cce-021_{version}_002"),
            Slot(0x80080000, 0x30000, f"swfl_000046db-021_{version}_003"),
            Slot(0x80180000, 0x18000, f"swfl_000046da-021_{version}_052"),
        )
        if self.bootloader:  # another tool's flash ended in the first datablock
            lost = replace(slots[0], software="", state=SlotState.ERASED, clean=False)
            slots = (lost, *slots[1:])
        return UnitMemory(
            DME,
            (
                "hwel_00002ccb-001_003_004",
                "hwap_00004147-255_255_255",
                "btld_00002ccd-021_010_001",
                "cafd_000029b7-000_020_010",
            ),
            slots,
            dependencies_good=not self.bootloader,
            coding=((0x3000, bytes.fromhex("0104 22A0 5C17 0001 3E80")), (0x3010, bytes.fromhex("1234 5678 9ABC"))),
            cure=self.cure if self.bootloader else Cure.NONE,
        )

    def _body(self) -> UnitMemory:
        body = _body()
        if not self.body_lost:
            return body
        # As in the report of the failed car access system: it answers, has no trouble codes, and does nothing else.
        (slot,) = body.slots
        return replace(
            body,
            fixed=(*body.fixed, "cafd_00001c36-001_004_002"),
            slots=(replace(slot, software="", state=SlotState.ERASED, clean=False),),
            dependencies_good=False,
            coding=((0x3000, b"\xff" * 12),),
            cure=self.cure,
        )


def _gateway() -> UnitMemory:
    return _unit(GATEWAY, ("hwel_00001c31-003_001_007", "btld_00001c33-004_002_000"), "swfl_00001c34-004_006_011")


def _body() -> UnitMemory:
    return _unit(BODY, ("hwel_00001c30-003_001_007", "btld_00001c32-004_002_000"), "swfl_00001c35-004_006_020")


def _cluster() -> UnitMemory:
    cluster = _unit(CLUSTER, ("hwel_00002b10-001_000_002", "btld_00002b12-003_001_000"), "swfl_00002b14-010_004_001")
    return replace(cluster, coding=((0x3000, bytes.fromhex("0060 10C0 FFEE 0001")),))


def _unit(address: int, fixed: tuple[str, ...], software: str) -> UnitMemory:
    return UnitMemory(address, fixed, (Slot(0x80020000, 0x40000, software),))


_ALL = (
    Scenario("steady", "an affected car on a good charger"),
    Scenario(
        "already-current",
        "the level is the target already",
        "already-at-target",
        AT_TARGET,
        level=LEVEL_TARGET,
        programmed=True,
    ),
    Scenario("not-affected", "built after the window", "not-affected", "", built=(3, 2018)),
    Scenario("month-ambiguous", "built in an edge month of the window", "cannot-decide", "", built=(2, 2017)),
    Scenario(
        "dip",
        "the supply dips in the middle of a transfer",
        happenings=(Happening(Kind.DIP, 40, 12.3, 4.0),),
    ),
    Scenario(
        "power-cut",
        "the plug is pulled in the middle of a transfer",
        happenings=(Happening(Kind.POWER_CUT, 70),),
    ),
    Scenario(
        "hung-process",
        "the appliance hangs in the middle of a transfer, and the watchdog ends and restarts it",
        happenings=(Happening(Kind.HANG, 20),),
    ),
    Scenario(
        "prior-faults",
        "control units with faults of their own",
        faults=((DME, PRESENT_FAULT), (CLUSTER, STORED_FAULT)),
    ),
    Scenario(
        "body-in-bootloader",
        "programming with a failing charger left the body control unit in its bootloader; it is recovered alone",
        labour="",
        body_lost=True,
    ),
    Scenario("ecu-in-bootloader", "another tool's flash left the DME in its bootloader", bootloader=True),
    Scenario(
        "creeping-charger",
        "a maintainer whose voltage creeps down, every reading plausible; the charger test is skipped",
        "interrupted",
        "",
        supply=creeping_charger,
        real_times=True,
        technician=Manner.HURRIED,  # a willing one would end it here: the test refuses this charger
    ),
    Scenario("weak-charger", "a 6 A maintainer on a tired battery", "refused", "", supply=weak_charger),
    Scenario("overcharge", "a charger left on recondition, 15.7 V", "refused", "", supply=overcharge),
    Scenario(
        "clamp-slips",
        "the charger's clamp comes off in the middle of the job",
        "interrupted",
        "",
        supply=clamp_slips,
        real_times=True,
    ),
    Scenario(
        "float-stepdown",
        "a charger that steps down to its float voltage in the middle of the job",
        "interrupted",
        "",
        supply=partial(float_stepdown, after_s=100.0),
        real_times=True,
    ),
    Scenario("good-with-steps", "a good charger, and somebody plays with fans and windows", supply=good_with_steps),
    Scenario("dead-sensor", "the voltage monitor does not answer", "refused", "", monitor="dead"),
    Scenario(
        "door-sleep",
        "the driver's door is opened in the middle of a transfer, and the control units fall asleep",
        happenings=(Happening(Kind.DOOR_SLEEP, 80, for_s=20.0),),
    ),
    Scenario(
        "frozen-sensor",
        "the voltage monitor says the same number for ever, from the middle of a transfer on",
        "interrupted",
        "",
        happenings=(Happening(Kind.STUCK_SENSOR, 40),),
        real_times=True,
    ),
    Scenario("second-tester", "another tester talks on the bus", "refused", "", other_tester_s=math.inf),
    Scenario(
        "tester-joins",
        "another tester is plugged in, in the middle of a transfer, and stays for half a minute",
        happenings=(Happening(Kind.SECOND_TESTER, 40, for_s=30.0),),
    ),
    Scenario(
        "bus-off",
        "the CAN wires touch in the middle of a transfer, and the appliance's controller goes off the bus",
        happenings=(Happening(Kind.BUS_OFF, 50),),
    ),
    Scenario(
        "cranking",
        "somebody presses the engine's start button in the middle of a transfer",
        happenings=(Happening(Kind.CRANK, 40, for_s=1.0),),
        supply=partial(cranking, at_s=math.inf),
    ),
    Scenario(
        "two-units",
        "another campaign: the DME and the instrument cluster are programmed side by side",
        campaign="two-units",
    ),
    Scenario(
        "two-campaigns",
        "two campaigns are open: one programming carries out both, and is invoiced once",
        beside=("service-action-instrument-cluster",),
    ),
    Scenario(
        "contradicting-campaigns",
        "two campaigns are open, and the later level would be written over the other one's DME",
        "refused",
        "",
        beside=("service-action-next-level",),
    ),
    Scenario(
        "whole-vehicle",
        "another campaign: whatever is behind the level catalogue is programmed, body first and gateway last",
        campaign=WHOLE,
        fleet=all_behind,
    ),
    Scenario(
        "unknown-unit",
        "the same, with a control unit that the catalogue does not know: the level is not raised",
        labour="",
        campaign=WHOLE,
        fleet=with_stranger,
    ),
    Scenario(
        "unit-missing",
        "the same, and the instrument cluster does not answer",
        "refused",
        "",
        campaign=WHOLE,
        fleet=without_cluster,
    ),
    Scenario(
        "unknown-variant",
        "the same, and the instrument cluster is of hardware that the catalogue does not know",
        "refused",
        "",
        campaign=WHOLE,
        fleet=other_cluster,
    ),
    Scenario(
        BIG,
        "a car of 24 control units, six of them behind; two of the others refuse everything or answer nonsense",
        campaign=BIG,
        fleet=partial(big_car, order=(*ORDER.options, *OPTIONS)),
        profiles=profiles,
        options=OPTIONS,
        faults=FAULTS,
    ),
    Scenario(
        "recoded",
        "another campaign: the DME is programmed, coded anew by its vehicle order, and gets back what it had learned",
        campaign="recoded",
        fleet=with_learned_values,
    ),
    Scenario(
        "unguarded",
        "the guard is switched off, which only the bench can, and a maintainer folds back while it programs",
        "failed",
        "",
        supply=folding_charger,
        real_times=True,
        technician=Manner.HURRIED,
        guard=False,
    ),
)
SCENARIOS = {scenario.name: scenario for scenario in _ALL}
STEADY = _ALL[0]
TODAY = date(2017, 6, 1)  # the bench's fingerprint date in virtual time


def scenario_named(name: str) -> Scenario:
    """A scenario by name.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in SCENARIOS:
        raise UsageError(f"there is no scenario {name!r}", do=f"choose one of: {', '.join(SCENARIOS)}")
    return SCENARIOS[name]
