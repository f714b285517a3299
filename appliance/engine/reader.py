"""Reading a car without an appliance around it: the runner over a link alone, nothing guarded, nothing kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from appliance.car.vehicle import Vehicle
from appliance.clock import Clock
from appliance.config import PowerConfig
from appliance.engine.identification import observe
from appliance.engine.journal import IN_MEMORY, Journal
from appliance.engine.narrator import Narrator
from appliance.engine.ports import Command, Link
from appliance.engine.runner import Ports, Runner
from appliance.power.limits import limits_from
from appliance.power.reading import Reading
from appliance.status import Status


class _NoSupply:
    """Reading needs no guarded supply."""

    def newest(self) -> Reading | None:
        """There is none."""
        return None

    @property
    def trouble(self) -> str:
        """Nobody asks."""
        return ""


class _NoPanel:
    """Nobody presses anything."""

    def commands(self) -> Sequence[Command]:
        """None."""
        return ()

    def show(self, status: Status) -> None:
        """Nowhere to show it."""


class _NoWatchdog:
    """A command that ends by itself."""

    def ready(self) -> None:
        """Nobody waits for it."""

    def pulse(self, words: str) -> None:
        """Nobody listens."""


def read_vehicle(link: Link, clock: Clock, closely: Sequence[int]) -> Vehicle:
    """Identify the car at the other end of a link."""
    journal = Journal(Path(IN_MEMORY), clock)
    try:
        ports = Ports(clock, link, _NoSupply(), _NoPanel(), _NoWatchdog())
        runner = Runner(ports, limits_from(PowerConfig()), journal, Narrator(clock, journal))
        return observe(runner, closely)
    finally:
        journal.close()
