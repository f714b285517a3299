"""A DME of the workshop that does something a good one does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TypeVar

from appliance.bench.control_unit import ControlUnit
from appliance.bench.memory import UnitMemory
from appliance.bench.unit.reaction import Reaction, refuse
from tests.engine.workshop import DME, WorkshopBench

FOR_EVER_S = 20_000.0
Odd = TypeVar("Odd", bound=ControlUnit)


@dataclass(frozen=True)
class Stuck:
    """The first request that begins so is never done; after `for_s` the unit's own watchdog starts it anew."""

    prefix: bytes
    for_s: float = inf


class StuckUnit(ControlUnit):
    """Gets stuck once, and asks for more time (NRC 0x78) all the while."""

    stuck: Stuck | None = None  # None: it has been
    _starts_anew_s = inf

    def due(self, now_s: float) -> list[bytes]:
        if now_s >= self._starts_anew_s:
            self._starts_anew_s = inf
            self.fall_asleep()
            self.wake(now_s)
        return super().due(now_s)

    def _reaction(self, payload: bytes) -> Reaction:
        reaction, stuck = super()._reaction(payload), self.stuck
        if stuck is None or not payload.startswith(stuck.prefix) or reaction.nrc is not None:
            return reaction
        self.stuck = None
        self._starts_anew_s = self._core.now_s + stuck.for_s
        return replace(reaction, takes_s=FOR_EVER_S, change=None)


class RefusingUnit(ControlUnit):
    """Refuses requests that begin so, once its first erase has been and gone badly.

    Attributes:
        times: How often it does.
    """

    refused = b"\x10\x02"
    nrc = 0x22
    times = 0
    _erased = False

    def _reaction(self, payload: bytes) -> Reaction:
        if not self._erased and payload.startswith(b"\x37"):
            self._erased = True
            return refuse(0x37, 0x72)
        if self._erased and self.times and payload.startswith(self.refused):
            self.times -= 1
            return refuse(payload[0], self.nrc)
        return super()._reaction(payload)


def with_dme(bench: WorkshopBench, kind: type[Odd], address: int = DME, memory: UnitMemory | None = None) -> Odd:
    """Put another DME in, or another one of those at `address`; memory None: that of the one that was there."""
    car = bench.plant.car
    was = car.units[address]
    unit = kind(
        memory or was.memory, was.profile, car.world, lambda kept: car.memory.keep(car.memory.now.with_unit(kept))
    )
    car.units[address] = unit
    return unit
