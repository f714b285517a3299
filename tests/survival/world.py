"""A car and an appliance in virtual time, made for thousands of lives: small images, the real everything else.

Procedures, engine, journal (SQLite, on a file system), link and referee are the product's.  The car is the bench's; the
voltage is a number that moves a little, for this is not about the supply.
"""

from __future__ import annotations

import gc
import math
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from appliance.bench.cache import BULLETIN
from appliance.bench.car import Car, Reply
from appliance.bench.control_unit import DEFAULT
from appliance.bench.direct import DirectTransport
from appliance.bench.memory import CarMemory, MemoryFile
from appliance.bench.plant import Plant
from appliance.bench.power_cut import PowerCut
from appliance.bench.scenarios import STEADY
from appliance.bench.security import BENCH_PROVIDER, bench_key
from appliance.board.watchdog import SystemdWatchdog
from appliance.bus.transport import Transport, TransportEvent
from appliance.campaign.model import Campaign, CampaignUnit
from appliance.car.integration_level import decode_levels, parse_level
from appliance.clock import Clock, VirtualClock
from appliance.config import Config, PowerConfig
from appliance.engine.journal import Journal
from appliance.engine.report import Report
from appliance.engine.workshop import Trusted
from appliance.errors import BoardError, SensorError
from appliance.status import Status
from appliance.values import from_json
from appliance.wiring import Appliance, Parts, assemble
from tests.engine.three_units import three_units, with_third
from tests.engine.workshop import DME, LEVEL_TARGET, TWO, Shelf, SmallScenario, campaign, small
from tests.refereed import RefereedPlant, job_of
from tests.survival.faults_wire import Disturbed, Weather
from tests.survival.points import Points

JOURNAL = Path("journal.sqlite")
EVENTS = "write events"
# Transactions that leave a durable state as it is: the digest reads nothing they write.
FLEETING = (EVENTS, "keep an observation", "begin a life", "keep how this life goes", "close a life")
MEMORY = Path("/dev/shm")  # a run waits for its disk a hundred times; what is cut here is cut by copying files
STEADY_V = 13.8
SAMPLE_S, MEDIAN = 0.05, 3  # the slowest that is allowed
OBSERVE_S = 10.0  # the shortest that is allowed
HOLD_LIMIT_S = 120.0  # a short one: a supply that stays away is waited for in many copies
MAX_CUTS, MAX_ATTEMPTS = 2, 2  # none, some, and too many
LEAST_CUTS = 2
LOOK_S = 0.5  # of car and referee at the voltage, which is steady here but for what the faults do to it
TWO_LANES = 2
CAMPAIGNS = {1: BULLETIN, TWO_LANES: TWO}  # of the bench, by how many are prepared together
ALIVE: list[object] = []  # what a copied process must not close, for it belongs to the original


class PointedJournal(Journal):
    """The journal, with a point before and after each of its transactions."""

    def __init__(self, points: Points, clock: Clock, weather: Weather) -> None:
        self._points = points
        self._weather = weather
        super().__init__(JOURNAL, clock)

    @contextmanager
    def _transaction(self, what: str) -> Iterator[None]:
        self._points.passed(f"journal, before: {what}")
        before = log_bytes()
        with super()._transaction(what):
            self._weather.disk_writes()
            yield
        if what != EVENTS:
            self._points.kept += 1
        if not what.startswith(FLEETING):
            self._points.lasting += 1
        self._points.passed(f"journal, after: {what}", torn=before)

    def abandon(self) -> None:
        """Leave the file as it is: it may be another process that still writes it."""
        ALIVE.append(self._db)

    def moved(self) -> None:
        """Go on with the copy of the file that is where the process is now."""
        ALIVE.append(self._db)
        self._db = sqlite3.connect(JOURNAL, isolation_level=None)
        self._db.execute("PRAGMA synchronous=FULL")


class PointedTransport:
    """The cable, with a point before a message is sent and before what arrived is heard."""

    def __init__(self, inner: Transport, points: Points) -> None:
        self._inner = inner
        self._points = points

    def send(self, address: int, payload: bytes) -> None:
        self._points.passed(f"before {payload[:4].hex(' ')} to 0x{address:02X} is sent")
        self._inner.send(address, payload)

    def poll(self, until_s: float) -> list[TransportEvent]:
        events = self._inner.poll(until_s)
        if events:
            self._points.passed(f"before {type(events[0]).__name__} is heard")
        return events

    def abandon(self, address: int) -> None:
        self._inner.abandon(address)

    def receiving(self, address: int | None) -> bool:
        return self._inner.receiving(address)

    def close(self) -> None:
        self._inner.close()


class PointedCar:
    """The car at the end of the cable, with a point before and after it takes a request, and when it answers."""

    def __init__(self, car: Car, points: Points) -> None:
        self._car = car
        self._points = points

    @property
    def addresses(self) -> Collection[int]:
        return self._car.addresses

    def request(self, now_s: float, address: int, payload: bytes, *, functional: bool) -> None:
        words = f"{payload[:4].hex(' ')} arrives at 0x{address:02X}"
        self._points.passed(f"before {words}")
        self._car.request(now_s, address, payload, functional=functional)
        self._points.passed(f"after {words}")

    def due(self, now_s: float) -> list[Reply]:
        replies = self._car.due(now_s)
        if replies:
            self._points.passed(f"0x{replies[0].address:02X} answers {replies[0].payload[:4].hex(' ')}")
        return replies

    def next_s(self) -> float | None:
        return self._car.next_s()


class Monitor:
    """A voltage monitor that says what it should, and never twice the same."""

    def __init__(self, clock: Clock, weather: Weather, plant: Plant) -> None:
        self._clock = clock
        self._weather = weather
        self._plant = plant
        self._silent = False

    def read(self) -> float:
        now_s = self._clock.now_s()
        silent = now_s < self._weather.silent_until_s
        if silent is not self._silent:  # the plant's own monitor is what the referee looks at
            self._silent = silent
            (self._plant.monitor.unplug if silent else self._plant.monitor.plug_in)()
        if silent:
            raise SensorError("the voltage monitor does not answer")
        return self._plant.supply.volts() + 0.01 * math.sin(now_s * 7.0)


class WallJumps(VirtualClock):
    """A virtual clock whose date can be set."""

    def jump(self, by: timedelta) -> None:
        self._wall += by


class World:
    """One car, one appliance, and the points of all its lives.

    Must be the only one of its process: its files are where the process is.

    Args:
        lanes: How many control units are prepared together: the DME, or that and the cluster, or `three_units`.
        max_open: How many of them are at work at the same time, at most.
        least: With as little to do for each as there can be: one datablock, and coding data for one of them.

    Attributes:
        is_copy: Whether this process is a copy of another one.
        wire: Makes the wire to the car for each life.
    """

    def __init__(self, lanes: int = 1, max_open: int = 1, *, least: bool = False) -> None:
        self._campaign = replace(_least(lanes) if least else _campaign(lanes), max_open=max_open)
        self._move_in(Path(tempfile.mkdtemp(dir=MEMORY if os.access(MEMORY, os.W_OK) else None)))
        self.is_copy = False
        self._told: set[str] = set()  # runs whose report the referee has judged
        self.points = Points()
        self.clock = WallJumps()
        self.weather = Weather()
        self.wire: Callable[[PointedCar], Transport] = lambda car: DirectTransport(self.clock, car)
        scenario = least_to_do() if least else small(replace(STEADY, fleet=with_third if lanes > TWO_LANES else None))
        self.plant = Plant(scenario, self.clock, None, fresh=True, on_wire=False)
        self.car.look_s = LOOK_S
        self.fresh = self.car.memory.now
        job = job_of(self._campaign, verified=False)
        self.watched = RefereedPlant(self.plant, self.clock, JOURNAL, job, parse_level(LEVEL_TARGET), LOOK_S)
        self._config = replace(
            Config(),
            data=Path(),
            power=PowerConfig(
                charger_test=False,
                sample_s=SAMPLE_S,
                median=MEDIAN,
                observe_s=OBSERVE_S,
                hold_limit_s=HOLD_LIMIT_S,
            ),
        )
        self._journal: PointedJournal | None = None
        gc.freeze()  # copies of this process share what they do not change
        _pointed(self.car.memory, self.points)

    @property
    def car(self) -> Car:
        return self.plant.car

    @property
    def memory(self) -> CarMemory:
        """What the car keeps."""
        return self.car.memory.now

    @property
    def journal(self) -> Journal:
        """Of this life of the appliance."""
        assert self._journal is not None
        return self._journal

    def life(self) -> Report | None:
        """Switch the appliance on and press START where it waits for it; None: its power was cut."""
        self.points.begin()
        try:
            report = self._lived()
        except PowerCut:
            return None
        finally:
            self.points.end()
        if report is not None:
            self._ended(report.run, report)
        return report

    def _lived(self) -> Report | None:
        appliance = self._appliance()
        try:
            report = appliance.engine.boot() or appliance.engine.start()
        except (PowerCut, BoardError):
            appliance.abandon()
            raise
        appliance.close()
        return report

    def moved(self, torn: int | None = None) -> None:
        """Copy what is on the disk, as a power cut would leave it, and live there from now on.

        Args:
            torn: How many bytes the journal's log has; None: all of them.
        """
        folder = Path(tempfile.mkdtemp(dir=Path.cwd().parent))
        for name in (JOURNAL.name, _log().name):
            if Path(name).exists():
                shutil.copyfile(name, folder / name)
        if torn is not None:
            os.truncate(folder / _log().name, torn)
        self._move_in(folder)
        self.watched.moved()

    def goes_on(self) -> None:
        """The appliance lives on where `moved` has brought it."""
        assert self._journal is not None
        self._journal.moved()

    def reported(self) -> Report | None:
        """The report of a life that was cut after it was durable, and before anybody was told."""
        journal = Journal(JOURNAL, self.clock)
        try:
            run = next(iter(journal.runs()), None)
        finally:
            journal.close()
        if run is None or not run.report or run.id in self._told:
            return None
        report = from_json(run.report, Report)
        self._ended(run.id, report)
        return report

    def _ended(self, run: str, report: Report) -> None:
        self._told.add(run)
        self.watched.ended(report)

    def off(self, seconds: float) -> None:
        """The appliance has no power; the car and the charger stay."""
        self.clock.sleep_until(self.clock.now_s() + seconds)
        self.car.due(self.clock.now_s())

    def gone(self) -> None:
        """Clean up."""
        shutil.rmtree(self._folder)

    def untruths(self, report: Report) -> list[str]:
        """Where the last report and the car part; the car is asked for its memory, not by diagnosis."""
        claims = {
            "the verdict is programmed": report.verdict == "programmed",
            "the level is the target": str(decode_levels(b"\x62\x10\x0b" + self.memory.levels).current) == LEVEL_TARGET,
            "programming is claimed": report.claim is not None and report.claim.labour_operation == "00 64 979",
            "every session is the default one": all(one.session == DEFAULT for one in self.car.units.values()),
            "every unit sends again": all(one.normal_messages for one in self.car.units.values()),
            "every unit stores trouble codes again": all(one.dtc_setting for one in self.car.units.values()),
        }
        for unit in self._campaign.units:
            claims |= self._claims_of(unit, report)
        return [f"not true: {claim}" for claim, holds in claims.items() if not holds]

    def _claims_of(self, unit: CampaignUnit, report: Report) -> dict[str, bool]:
        now, fresh = self.memory.unit(unit.address), self.fresh.unit(unit.address)
        (told,) = (one for one in report.units if int(one.address, 16) == unit.address)
        target = tuple(one.psdz for one in unit.target_software)
        return {
            f"the {unit.name} is said to be programmed": told.verdict == "programmed",
            f"the {unit.name} holds the new software": tuple(slot.software for slot in now.slots) == target,
            f"all of the {unit.name} is checked": now.good and now.dependencies_good,
            f"the report names what the {unit.name} holds": set(target) <= set(told.software_after),
            f"the coding data of the {unit.name} is what it was": now.coding == fresh.coding,
            f"the energy mode of the {unit.name} is normal": now.energy_mode == 0,
        }

    @property
    def programmed(self) -> tuple[int, ...]:
        """Addresses of the control units that are programmed."""
        return tuple(unit.address for unit in self._campaign.units)

    def _appliance(self) -> Appliance:
        self._journal = PointedJournal(self.points, self.clock, self.weather)
        wire = self.wire(PointedCar(self.car, self.points))
        cable = self.watched.cable(Disturbed(wire, self.clock, self.weather))
        parts = Parts(
            clock=self.clock,
            transport=PointedTransport(cable, self.points),
            monitor=Monitor(self.clock, self.weather, self.plant),
            panel=self.plant.panel,
            watchdog=SystemdWatchdog(self.clock, None),
            trusted=lambda: Trusted(self._campaign, Shelf().image, {BENCH_PROVIDER: bench_key}),
            views=(self._stepped(),),
            journal=self._journal,
        )
        return assemble(self._config, parts)

    def _stepped(self) -> Callable[[Status], None]:
        told = ""

        def see(status: Status) -> None:
            nonlocal told
            words = f"{status.phase.value}: {status.what}"
            if words != told:
                told = words
                self.points.passed(f"step: {words}")

        return see

    def _move_in(self, folder: Path) -> None:
        self._folder = folder
        os.chdir(folder)


def _campaign(lanes: int) -> Campaign:
    """The small campaign, with fewer cuts and failures allowed: what comes after the last one is to be seen, too."""
    small_one = three_units(lanes) if lanes > TWO_LANES else campaign(CAMPAIGNS[lanes])
    units = (replace(unit, max_cuts=MAX_CUTS, max_attempts=MAX_ATTEMPTS) for unit in small_one.units)
    return replace(small_one, units=tuple(units))


def _least(lanes: int) -> Campaign:
    """A campaign that brings the DME one piece of software and leaves its coding data alone."""
    whole = _campaign(lanes)
    first, *others = whole.units
    first = replace(
        first,
        target_software=first.target_software[:1],
        datablocks=first.datablocks[:1],
        coding=(),
        max_cuts=LEAST_CUTS,
    )
    return replace(whole, units=(first, *(replace(unit, max_cuts=LEAST_CUTS) for unit in others)))


@dataclass(frozen=True, slots=True)
class LeastToDo(SmallScenario):
    """A scenario whose DME has one region of flash memory and no coding data."""

    def car(self) -> CarMemory:
        memory = SmallScenario.car(self)
        dme = memory.unit(DME)
        return memory.with_unit(replace(dme, slots=dme.slots[:1], coding=()))


def least_to_do() -> LeastToDo:
    whole = small()
    return LeastToDo(**{name: getattr(whole, name) for name in LeastToDo.__dataclass_fields__})


def _pointed(memory: MemoryFile, points: Points) -> None:
    """A point after each change of what the car keeps."""
    keep = memory.keep

    def kept(changed: CarMemory) -> None:
        keep(changed)
        points.passed("the car's memory has changed")

    memory.keep = kept  # type: ignore[method-assign, assignment]


def _log() -> Path:
    return Path(JOURNAL.name + "-wal")


def log_bytes() -> int:
    """How long the journal's log is."""
    return _log().stat().st_size if _log().exists() else 0
