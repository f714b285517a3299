"""The appliance in this process and in virtual time: for what no command line can ask for.

Power cuts at a chosen message, and firmware caches that `kl30 bench` would put right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from appliance.bench.cache import bench_campaigns
from appliance.bench.direct import DirectTransport
from appliance.bench.plant import Plant
from appliance.bench.power_cut import PluggedClock, PowerCut
from appliance.bench.scenarios import LEVEL_TARGET, STEADY, Scenario
from appliance.bench.security import BENCH_PROVIDER, bench_key
from appliance.board.ina219 import Ina219
from appliance.board.watchdog import SystemdWatchdog
from appliance.bus.transport import Transport, TransportEvent
from appliance.campaign.load import parse_campaign
from appliance.campaign.model import Campaign
from appliance.car.integration_level import parse_level
from appliance.clock import VirtualClock
from appliance.config import Config, PowerConfig
from appliance.engine.ports import Command
from appliance.engine.report import Report
from appliance.wiring import Appliance, Parts, assemble, trusted_from
from tests.refereed import RefereedPlant, job_of


@dataclass(frozen=True, slots=True)
class Cut:
    """The plug is pulled at the n-th message, counted from 1.

    Attributes:
        heard: Whether the car still gets that message.
    """

    at: int
    heard: bool


class CountedTransport:
    """A transport that remembers what was sent, and loses its power where told."""

    def __init__(self, inner: Transport, cut: Cut | None) -> None:
        self._inner = inner
        self._cut = cut
        self._doomed = False
        self.sent: list[tuple[int, bytes]] = []

    def send(self, address: int, payload: bytes) -> None:
        """As the transport's."""
        self.sent.append((address, payload))
        if self._cut is not None and len(self.sent) == self._cut.at:
            if not self._cut.heard:
                raise PowerCut
            self._doomed = True
        self._inner.send(address, payload)

    def poll(self, until_s: float) -> list[TransportEvent]:
        """As the transport's."""
        events = self._inner.poll(until_s)
        if self._doomed:
            raise PowerCut
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


class Workplace:
    """A car on its charger, and an appliance that can be switched on beside it again and again.

    Args:
        folder: The appliance's data folder.
        cache: Its firmware cache.
    """

    def __init__(self, folder: Path, cache: Path, scenario: Scenario = STEADY) -> None:
        self.clock = PluggedClock(VirtualClock())
        self.config = replace(Config(), data=folder, cache=cache, power=PowerConfig(charger_test=False))
        self.plant = Plant(scenario, self.clock, None, fresh=True, on_wire=False)
        job, target = job_of(_bulletin()), parse_level(LEVEL_TARGET)
        self.watched = RefereedPlant(self.plant, self.clock, folder / "journal.sqlite", job, target)
        self.sent: list[tuple[int, bytes]] = []

    def life(self, cut: Cut | None = None) -> Report | None:
        """Switch the appliance on and press START where it waits for it.

        Returns:
            The report; None: the power was cut before there was one.
        """
        cable = self.watched.cable(DirectTransport(self.clock, self.plant.car))
        transport = CountedTransport(cable, cut)
        self.sent = transport.sent
        monitor = Ina219(self.plant.monitor, bus_name="the bench's I²C bus")
        monitor.configure()
        parts = Parts(
            clock=self.clock,
            transport=transport,
            monitor=monitor,
            panel=self.plant.panel,
            watchdog=SystemdWatchdog(self.clock, None),
            trusted=lambda: trusted_from(self.config, {BENCH_PROVIDER: bench_key}),
        )
        appliance = assemble(self.config, parts)
        try:
            report = self._pressed(appliance)
        except PowerCut:
            appliance.abandon()
            self.clock.power_on()
            return None
        appliance.close()
        self.watched.ended(report)
        return report

    def off_for(self, seconds: float) -> None:
        """The appliance has no power; the car and the charger stay."""
        self.clock.sleep_until(self.clock.now_s() + seconds)

    def _pressed(self, appliance: Appliance) -> Report | None:
        report = appliance.engine.boot()
        if report is None:
            self.plant.panel.press(Command.START.value)
            assert appliance.engine.ready() is Command.START
            report = appliance.engine.start()
        return report


def _bulletin() -> Campaign:
    """The bench's campaign as it should be, whatever a test does to the cache."""
    texts = dict(bench_campaigns())
    return parse_campaign(texts["service-action-dme.toml"], "service-action-dme.toml")
