"""Cars with a stuck control unit, in virtual time, with images small enough to program many times over."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from appliance.bench.cache import bench_campaigns
from appliance.bench.direct import DirectTransport
from appliance.bench.memory import CarMemory, UnitMemory
from appliance.bench.plant import CarsPower, Plant
from appliance.bench.power_cut import CuttableTransport, PluggedClock, PowerCut
from appliance.bench.scenarios import LEVEL_TARGET, SCENARIOS, Scenario
from appliance.bench.security import BENCH_PROVIDER, bench_key
from appliance.bench.technician import Technician
from appliance.board.ina219 import Ina219
from appliance.board.watchdog import SystemdWatchdog
from appliance.bus.transport import Transport, TransportEvent
from appliance.campaign.load import parse_campaign
from appliance.campaign.model import Campaign, Datablock
from appliance.car.integration_level import parse_level
from appliance.clock import VirtualClock
from appliance.config import Config, PowerConfig
from appliance.engine.engine import Engine
from appliance.engine.ports import Command
from appliance.engine.report import Report
from appliance.engine.workshop import Trusted
from appliance.firmware.synthetic import synthetic_image
from appliance.status import Status
from appliance.wiring import Parts, assemble
from tests.refereed import RefereedPlant, job_of

DME, BODY = 0x12, 0x40
SMALLER = 64
OFF_S = 3.0
LIVES = 9
BODY_TARGET = "swfl_00001c35-004_006_020"


@cache
def campaign(name: str) -> Campaign:
    """One of the bench's, with shorter images."""
    parsed = parse_campaign(dict(bench_campaigns())[f"{name}.toml"], name)
    units = tuple(replace(unit, datablocks=tuple(map(_shorter, unit.datablocks))) for unit in parsed.units)
    return replace(parsed, units=units)


def _shorter(block: Datablock) -> Datablock:
    length = block.length // SMALLER
    image = synthetic_image(block.software, length)
    return replace(block, length=length, sha256=hashlib.sha256(image).hexdigest())


@cache
def _image(block: Datablock) -> bytes:
    return synthetic_image(block.software, block.length)


def small_car(scenario: Scenario) -> CarMemory:
    """The scenario's car with as much less flash memory."""
    car = scenario.car()
    for address in (DME, BODY):
        unit = car.unit(address)
        slots = tuple(replace(slot, length=slot.length // SMALLER) for slot in unit.slots)
        car = car.with_unit(replace(unit, slots=slots))
    return car


class Listener:
    """A cable somebody listens to, and cuts at a chosen message."""

    def __init__(self, inner: Transport, heard: Callable[[int, bytes], None]) -> None:
        self._inner = inner
        self._heard = heard

    def send(self, address: int, payload: bytes) -> None:
        self._heard(address, payload)
        self._inner.send(address, payload)

    def poll(self, until_s: float) -> list[TransportEvent]:
        return self._inner.poll(until_s)

    def abandon(self, address: int) -> None:
        self._inner.abandon(address)

    def receiving(self, address: int | None) -> bool:
        return self._inner.receiving(address)

    def close(self) -> None:
        self._inner.close()


class StuckBench:
    """One car with a stuck control unit and one appliance; lives begin with `recovered` or `started`.

    Attributes:
        cut_at: Numbers, from 1, of messages at which the power goes.
    """

    def __init__(self, folder: Path, scenario: Scenario, recovers: int | None, car: CarMemory | None = None) -> None:
        self.clock = PluggedClock(VirtualClock())
        self.folder = folder
        self.plant = Plant(scenario, self.clock, None, fresh=True, on_wire=False)
        self.plant.car.memory.keep(car or small_car(scenario))
        self.plant.car.units.update({u.address: self.plant.car._unit(u) for u in self.plant.car.memory.now.units})
        self.recoveries = (campaign("body-control-unit"),)
        self.recovers = recovers
        job = job_of(campaign("body-control-unit" if recovers == BODY else "service-action-dme"), verified=False)
        job = replace(job, raises_level=recovers is None)
        target = parse_level(LEVEL_TARGET)
        self.watched = RefereedPlant(self.plant, self.clock, folder / "journal.sqlite", job, target)
        for _ in self.watched._facts.new():
            pass
        self.sent: list[tuple[int, bytes]] = []
        self.statuses: list[Status] = []
        self.cut_at: set[int] = set()
        self.cuts = 0

    def recovered(self) -> Report:
        """As `kl30 recover`, over as many lives as it takes."""
        return self._lives()

    def recovered_by_a_willing_technician(self) -> Report:
        """As `recovered`, with somebody there now."""
        hands = CarsPower(self.clock, self.plant.car, self.plant.plug)
        self.plant.panel.on_show = Technician(self.clock, self.plant.supply, self.plant.panel, hands=hands).sees
        return self._lives()

    def once(self, work: Callable[[Engine], Report | None]) -> Report | None:
        """One life; None: it was cut, or it has no report."""
        parts = Parts(
            clock=self.clock,
            transport=self._cable(),
            monitor=self._monitor(),
            panel=self.plant.panel,
            watchdog=SystemdWatchdog(self.clock, None),
            trusted=lambda: Trusted(
                campaign("service-action-dme"), _image, {BENCH_PROVIDER: bench_key}, recoveries=self.recoveries
            ),
            views=(self.statuses.append,),
        )
        config = replace(Config(), data=self.folder, power=PowerConfig(charger_test=False))
        appliance = assemble(config, parts)
        try:
            report = work(appliance.engine)
        except PowerCut:
            appliance.abandon()
            self._back()
            return None
        appliance.close()
        self.watched.ended(report)
        return report

    def _back(self) -> None:
        self.cuts += 1
        self.clock.sleep_until(self.clock.now_s() + OFF_S)
        self.plant.plug.push()
        self.clock.power_on()

    def _lives(self) -> Report:
        for _ in range(LIVES):
            report = self.once(self._work)
            if report is not None:
                return report
        raise AssertionError("it was cut off again and again")

    def _work(self, engine: Engine) -> Report | None:
        report = engine.boot()
        if report is not None:
            return report
        return engine.start() if self.recovers is None else engine.recover(self.recovers)

    def _monitor(self) -> Ina219:
        monitor = Ina219(self.plant.monitor, bus_name="the bench's I²C bus")
        monitor.configure()
        return monitor

    def _cable(self) -> Transport:
        direct = DirectTransport(self.clock, self.plant.car)
        return Listener(CuttableTransport(self.watched.cable(direct), self.plant.plug), self._heard)

    def _heard(self, address: int, payload: bytes) -> None:
        if payload[:2] == b"\x3e\x80":
            return
        self.sent.append((address, payload))
        if len(self.sent) in self.cut_at:
            raise PowerCut

    def press(self, command: Command) -> None:
        """A finger on a button."""
        self.plant.panel.press(command.value)

    def unit(self, address: int) -> UnitMemory:
        """What it remembers."""
        return self.plant.car.memory.now.unit(address)


def stuck_body(**changes: object) -> Scenario:
    """The bench's day with the dead body control unit, changed."""
    return replace(SCENARIOS["body-in-bootloader"], **changes)  # type: ignore[arg-type]


def stuck_dme(**changes: object) -> Scenario:
    """The bench's day with the dead DME, changed."""
    return replace(SCENARIOS["ecu-in-bootloader"], **changes)  # type: ignore[arg-type]
