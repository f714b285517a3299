"""Runs of the real appliance in which the supply leaves its limits again and again, and one in real time.

In virtual time every message takes as long as its frames would on a 500 kbit/s wire (`bench.direct`), and the sampler
ticks at its own period; the INA219 behind the real driver is `bench.smbus`.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from appliance import uds
from appliance.bench.cache import fill_bench_cache
from appliance.bench.plant import Plant
from appliance.bench.scenarios import STEADY
from appliance.bench.security import BENCH_PROVIDER, bench_key
from appliance.bench.smbus import Ina219Model
from appliance.bench.supply import SimulatedSupply
from appliance.board.ina219 import Ina219
from appliance.board.watchdog import SystemdWatchdog
from appliance.bus.transport import Sent, Transport, TransportEvent
from appliance.clock import Clock, RealClock, VirtualClock
from appliance.config import Config
from appliance.engine.ports import Command
from appliance.wiring import Parts, assemble, trusted_from

DEEP_V, SOFT_V = 12.3, 12.8  # under the limit that holds at once; under the debounced one only
STAYS_S = 2.0
SETTLED_S = 5.0  # after a crossing; a hold lasts ten
SWITCH_INTERVAL_S = 0.001  # car and appliance share the interpreter here, as in `kl30 bench`


@dataclass(frozen=True, slots=True)
class Write:
    """One TransferData."""

    asked_s: float
    last_frame_s: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """The supply left its limits at the plug, and came back `STAYS_S` later."""

    at_s: float
    to_v: float


class WriteLog:
    """A transport that notes when each TransferData was asked for and when its last frame had passed."""

    def __init__(self, inner: Transport, clock: Clock) -> None:
        self._inner = inner
        self._clock = clock
        self._asked_s: float | None = None
        self.writes: list[Write] = []

    def send(self, address: int, payload: bytes) -> None:
        """As the transport's."""
        if payload[0] == uds.Sid.TRANSFER_DATA:
            self._asked_s = self._clock.now_s()
        self._inner.send(address, payload)

    def poll(self, until_s: float) -> list[TransportEvent]:
        """As the transport's."""
        events = self._inner.poll(until_s)
        if self._asked_s is not None and any(isinstance(event, Sent) for event in events):
            self.writes.append(Write(self._asked_s, self._clock.now_s()))
            self._asked_s = None
        return events

    def abandon(self, address: int) -> None:
        """As the transport's."""
        self._inner.abandon(address)

    def receiving(self, address: int | None) -> bool:
        """As the transport's."""
        return self._inner.receiving(address)

    def close(self) -> None:
        """As the transport's."""
        self._inner.close()


class Disturber:
    """Lets the supply leave its limits at a random moment of each stretch of transfer, deep and soft in turn."""

    def __init__(self, clock: Clock, supply: SimulatedSupply, seed: int) -> None:
        self._clock = clock
        self._supply = supply
        self._chance = random.Random(f"crossings {seed}")
        self.crossings: list[Crossing] = []

    def transferred(self, _transfers: int) -> None:
        """The car has been sent a block."""
        now_s = self._clock.now_s()
        if self.crossings and now_s < self.crossings[-1].at_s + SETTLED_S:
            return
        after_s = self._chance.uniform(0.0, 0.5)
        to_v = SOFT_V if len(self.crossings) % 2 else DEEP_V
        self._supply.dip(to_v, STAYS_S, after_s)
        self.crossings.append(Crossing(now_s + after_s, to_v))


class TimedMonitor(Ina219):
    """The driver, and when it had something new to say."""

    def __init__(self, model: Ina219Model, clock: Clock) -> None:
        super().__init__(model, bus_name="the bench's I²C bus")
        self._clock = clock
        self.samples_s: list[float] = []

    def read(self) -> float | None:
        """As the driver's."""
        at_s = self._clock.now_s()
        volts = super().read()
        if volts is not None:
            self.samples_s.append(at_s)
        return volts


def crossings(seed: int) -> tuple[list[Crossing], list[Write]]:
    """One job in virtual time, disturbed all the way."""
    clock = VirtualClock()
    plant = Plant(STEADY, clock, None, fresh=True, on_wire=False)
    assert isinstance(plant.supply, SimulatedSupply)
    disturber = Disturber(clock, plant.supply, seed)
    plant.car.on_transfer = disturber.transferred
    log = WriteLog(plant.transport(None), clock)
    _play(plant, log, Ina219(plant.monitor, bus_name="the bench's I²C bus"))
    return disturber.crossings, log.writes


def steady_on_the_wire() -> tuple[list[float], list[Write]]:
    """One undisturbed job in real time on the wire; when the supply was sampled, and the writes."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    clock = RealClock()
    plant = Plant(STEADY, clock, None, fresh=True, on_wire=True)
    monitor = TimedMonitor(plant.monitor, clock)
    log = WriteLog(plant.transport(None), clock)
    try:
        _play(plant, log, monitor)
    finally:
        plant.stop()
    return monitor.samples_s, log.writes


def _play(plant: Plant, transport: Transport, monitor: Ina219) -> None:
    """START to the report.

    Raises:
        RuntimeError: the job did not end as programmed.
    """
    for folder in _folders():
        config = replace(Config(), data=folder / "data", cache=folder / "cache")
        parts = Parts(
            clock=plant.clock,
            transport=transport,
            monitor=monitor,
            panel=plant.panel,
            watchdog=SystemdWatchdog(plant.clock, None),
            trusted=partial(trusted_from, config, {BENCH_PROVIDER: bench_key}),
        )
        appliance = assemble(config, parts)
        appliance.engine.boot()
        plant.panel.press(Command.START.value)
        appliance.engine.ready()
        report = appliance.engine.start()
        appliance.close()
        if report is None or report.verdict != "programmed":
            raise RuntimeError(f"the job ended as {report.verdict if report else 'nothing'}")


def _folders() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "cache").mkdir()
        fill_bench_cache(folder / "cache")
        yield folder
