"""A car, a charger and an appliance in virtual time, with images small enough to flash hundreds of times."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from appliance.bench.cache import BULLETIN, bench_campaigns, bench_levels
from appliance.bench.direct import DirectTransport
from appliance.bench.memory import CarMemory, UnitMemory
from appliance.bench.plant import Plant
from appliance.bench.power_cut import PluggedClock, PowerCut
from appliance.bench.process_fault import FaultyTransport
from appliance.bench.scenarios import BIG, STEADY, WHOLE, Scenario
from appliance.bench.security import BENCH_PROVIDER, bench_key
from appliance.board.ina219 import Ina219
from appliance.board.watchdog import SystemdWatchdog
from appliance.bus.transport import Transport, TransportEvent
from appliance.campaign.catalogue import Catalogue, CatalogueUnit
from appliance.campaign.catalogue_load import parse_catalogue
from appliance.campaign.load import parse_campaign
from appliance.campaign.model import Campaign, Datablock
from appliance.campaign.selection import Offer
from appliance.car.integration_level import parse_level
from appliance.car.sgbm import parse_sgbm
from appliance.clock import Ticker, VirtualClock
from appliance.config import Config, PowerConfig
from appliance.engine.engine import Engine
from appliance.engine.journal import Journal, Run
from appliance.engine.ports import Command, Host, Watchdog
from appliance.engine.report import Report, UnitReport
from appliance.engine.workshop import TrustAge, Trusted
from appliance.errors import ImageError
from appliance.firmware.synthetic import synthetic_image
from appliance.procedure.job import SecurityProvider
from appliance.status import Status
from appliance.wiring import Appliance, Parts, assemble
from tests.refereed import RefereedPlant, job_of

DME, CLUSTER = 0x12, 0x60
TWO = "two-units"
SMALLER = 16  # images are this much shorter than the bulletin's
TARGET = ("swfl_00002cce-021_020_002", "swfl_000046db-021_020_003", "swfl_000046da-021_020_052")
LEVEL_TARGET = "F056-17-03-502"


@dataclass(frozen=True, slots=True)
class SmallScenario(Scenario):
    """A scenario whose DME and cluster have as much less flash memory as the images are shorter."""

    def car(self) -> CarMemory:
        memory = Scenario.car(self)
        whole = self.campaign in (WHOLE, BIG)
        for unit in (one for one in memory.units if whole or one.address in (DME, CLUSTER)):
            slots = tuple(replace(slot, length=slot.length // SMALLER) for slot in unit.slots)
            memory = memory.with_unit(replace(unit, slots=slots))
        return memory


def small(scenario: Scenario = STEADY) -> SmallScenario:
    names = Scenario.__dataclass_fields__
    return SmallScenario(**{name: getattr(scenario, name) for name in names})


@cache
def campaign(name: str = BULLETIN) -> Campaign:
    """The bulletin, or another campaign of the bench, with its shorter images."""
    bulletin = parse_campaign(dict(bench_campaigns(name))[f"{name}.toml"], f"{name}.toml")
    units = tuple(replace(unit, datablocks=tuple(map(_shorter, unit.datablocks))) for unit in bulletin.units)
    return replace(bulletin, units=units)


@cache
def catalogue(name: str) -> Catalogue | None:
    """The level catalogue a campaign of the bench goes by, with shorter images; None: it goes by none."""
    for file, text in bench_levels(name):
        level = parse_catalogue(text, file)
        return replace(level, units=tuple(map(_shorter_unit, level.units)))
    return None


def _shorter_unit(unit: CatalogueUnit) -> CatalogueUnit:
    variants = (replace(one, datablocks=tuple(map(_shorter, one.datablocks))) for one in unit.variants)
    return replace(unit, variants=tuple(variants))


def _shorter(block: Datablock) -> Datablock:
    length = block.length // SMALLER
    return replace(block, length=length, sha256=hashlib.sha256(_image(block.software.psdz, length)).hexdigest())


@cache
def _image(psdz: str, length: int) -> bytes:
    return synthetic_image(parse_sgbm(psdz), length)


class Shelf:
    """Where the images come from; `missing` and `spoiled` are for tests."""

    def __init__(self) -> None:
        self.missing = False
        self.spoiled = False

    def image(self, block: Datablock) -> bytes:
        if self.missing:
            raise ImageError("the image is missing", where=block.file, do="copy it again")
        image = _image(block.software.psdz, block.length)
        return image[:-1] + bytes((image[-1] ^ 0xFF,)) if self.spoiled else image


class TappedTransport:
    """The cable, with somebody listening to what is sent."""

    def __init__(self, inner: Transport, listener: Callable[[int, bytes], None]) -> None:
        self._inner = inner
        self._listener = listener

    def send(self, address: int, payload: bytes) -> None:
        self._listener(address, payload)
        self._inner.send(address, payload)

    def poll(self, until_s: float) -> list[TransportEvent]:
        return self._inner.poll(until_s)

    def abandon(self, address: int) -> None:
        self._inner.abandon(address)

    def receiving(self, address: int | None) -> bool:
        return self._inner.receiving(address)

    def close(self) -> None:
        self._inner.close()


class WorkshopBench:
    """One car and one appliance; `switched_on` is a life of the appliance, the car and the journal stay."""

    def __init__(self, folder: Path, scenario: Scenario = STEADY, alone: int | None = None, pays: str = "") -> None:
        self.clock = PluggedClock(VirtualClock())
        self.folder = folder
        self.power = PowerConfig(charger_test=False)  # it has tests of its own
        self.plant = Plant(small(scenario), self.clock, None, fresh=True, on_wire=False)
        self.shelf = Shelf()
        self.providers: dict[str, SecurityProvider] = {BENCH_PROVIDER: bench_key}
        self.campaign = campaign(scenario.campaign)
        self.catalogue = catalogue(scenario.campaign)
        self.others = tuple(Offer(campaign(name), catalogue(name)) for name in scenario.beside)
        car = self.plant.car.memory.now
        # The shelf is not the store: a test may spoil its images.
        beside = [one.campaign for one in self.others]
        job = job_of(
            self.campaign, verified=False, catalogue=self.catalogue, car=car, alone=alone, beside=beside, pays=pays
        )
        self.watched = RefereedPlant(self.plant, self.clock, folder / "journal.sqlite", job, parse_level(LEVEL_TARGET))
        self.sent: list[tuple[int, bytes]] = []
        self.timed: list[tuple[float, bytes]] = []
        self.fingers: list[Ticker] = []
        self.statuses: list[Status] = []
        self.host: Host | None = None
        self.age: TrustAge | None = None
        self.opens: Callable[[], Trusted] = self._opened
        self.watchdog: Watchdog = SystemdWatchdog(self.clock, self.plant.manager)
        self._at_message: dict[int, Callable[[], None]] = {}
        self._next_time: dict[bytes, Callable[[], None]] = {}

    def monitor(self) -> Ina219:
        """The real driver over the simulated chip."""
        monitor = Ina219(self.plant.monitor, bus_name="the bench's I²C bus")
        monitor.configure()
        return monitor

    def line(self) -> Transport:
        """What leads to the car, new for each life of the appliance."""
        return DirectTransport(self.clock, self.plant.car)

    def assembled(self) -> Appliance:
        """An appliance, for who ends its life in a way of their own."""
        monitor = self.monitor()
        cable = self.watched.cable(FaultyTransport(self.line(), self.plant.faults))
        parts = Parts(
            clock=self.clock,
            transport=TappedTransport(cable, self._heard),
            monitor=monitor,
            panel=self.plant.panel,
            watchdog=self.watchdog,
            trusted=self.opens,
            views=(self.statuses.append,),
            host=self.host,
        )
        return assemble(replace(Config(), data=self.folder, power=self.power), parts)

    def _opened(self) -> Trusted:
        age = self.age
        trusted = Trusted(self.campaign, self.shelf.image, self.providers, age=(lambda: age) if age else None)
        return replace(trusted, catalogue=self.catalogue, others=self.others)

    @contextmanager
    def switched_on(self) -> Iterator[Engine]:
        """A life of the appliance; a power cut ends it as one does."""
        appliance = self.assembled()
        try:
            yield appliance.engine
        except BaseException as end:
            appliance.abandon()
            if isinstance(end, PowerCut):
                self.clock.power_on()
            raise
        appliance.close()
        self.watched.referee.require_clean()

    def started(self, campaign: str = "", *, asks: bool = False) -> Report:
        """One life in which START is pressed; its report.

        Args:
            campaign, asks: As for the engine's `start`.
        """
        with self.switched_on() as engine:
            report = engine.boot() or engine.start(campaign, asks=asks)
        self.watched.ended(report)
        assert report is not None
        return report

    def programmed_alone(self, address: int) -> Report:
        """One life in which one control unit is programmed alone; its report."""
        with self.switched_on() as engine:
            report = engine.boot() or engine.program(address)
        self.watched.ended(report)
        assert report is not None
        return report

    def cut_off(self, at: int) -> None:
        """One life in which START is pressed and the power is cut at the n-th message."""
        self.at_message(at, _cut)
        try:
            self.started()
        except PowerCut:
            return
        raise AssertionError("it was not cut")

    def cut_at_next(self, prefix: str) -> None:
        """One life in which START is pressed and the power is cut when a message that begins so is sent."""
        self.next_time(prefix, _cut)
        try:
            self.started()
        except PowerCut:
            return
        raise AssertionError("it was not cut")

    def booted(self) -> Report | None:
        """One life in which nobody presses anything; its report."""
        with self.switched_on() as engine:
            report = engine.boot()
        self.watched.ended(report)
        return report

    def at_message(self, number: int, action: Callable[[], None]) -> None:
        """Do this when so many messages have been sent in all lives, TesterPresent not counted."""
        self._at_message[number] = action

    def next_time(self, prefix: str, action: Callable[[], None]) -> None:
        """Do this when a message that begins so is sent next."""
        self._next_time[bytes.fromhex(prefix)] = action

    def at_transfer(self, number: int, action: Callable[[], None]) -> None:
        """Do this when the DME gets its n-th TransferData."""
        earlier = self.plant.car.on_transfer

        def passed(transfers: int) -> None:
            earlier(transfers)
            if transfers == number:
                action()

        self.plant.car.on_transfer = passed

    def press(self, command: Command) -> Callable[[], None]:
        """What presses a button, for `at_message` and `at_transfer`."""
        return lambda: self.plant.panel.press(command.value)

    @contextmanager
    def pressed_after(self, seconds: float, command: Command) -> Iterator[None]:
        """A finger that presses a button once, so many seconds from now."""
        moments = iter((_nothing, self.press(command)))

        def move() -> None:
            action = next(moments, _nothing)
            action()

        finger = self.clock.every(seconds, move, "a finger")
        yield
        finger.stop()

    def requests_to(self, address: int) -> list[bytes]:
        return [payload for to, payload in self.sent if to == address]

    @property
    def car(self) -> CarMemory:
        """What the car remembers."""
        return self.plant.car.memory.now

    @property
    def dme(self) -> UnitMemory:
        return self.car.unit(DME)

    def runs(self) -> tuple[Run, ...]:
        """The journal's runs, newest first."""
        journal = Journal(self.folder / "journal.sqlite", self.clock)
        try:
            return journal.runs()
        finally:
            journal.close()

    def _heard(self, address: int, payload: bytes) -> None:
        if payload[:2] == b"\x3e\x80":
            return
        self.sent.append((address, payload))
        self.timed.append((self.clock.now_s(), payload))
        due = [self._at_message.pop(len(self.sent), None)]
        due += [self._next_time.pop(prefix) for prefix in list(self._next_time) if payload.startswith(prefix)]
        for action in due:
            if action is not None:
                action()


def dme_of(report: Report) -> UnitReport:
    (unit,) = report.units
    return unit


@cache
def undisturbed() -> tuple[tuple[int, bytes], ...]:
    """Every message of a run that nothing happens to, TesterPresent left out."""
    with TemporaryDirectory() as folder:
        bench = WorkshopBench(Path(folder))
        bench.started()
    return tuple(bench.sent)


def number_of(sent: Sequence[tuple[int, bytes]], prefix: str, nth: int = 1) -> int:
    """The number, from 1, of the n-th message that begins so."""
    start = bytes.fromhex(prefix)
    return [number for number, (_, payload) in enumerate(sent, 1) if payload.startswith(start)][nth - 1]


def _nothing() -> None:
    """Not yet, or not again."""


def _cut() -> None:
    raise PowerCut
