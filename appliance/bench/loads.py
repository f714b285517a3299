"""What draws current in the car, and when.

Figures are those of a MINI or a small BMW at 13 V.  No public source gives them for one car; each comment says how
sure it is.  facts.md §6 has one measurement: a whole car drew about 20 A during a flash.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

from appliance.bench.span import ALWAYS, Span


@dataclass(frozen=True, slots=True)
class Consumer:
    """Something that draws current."""

    name: str
    amps: float


ASLEEP = Consumer("car asleep", 0.03)  # 20 to 50 mA; likely
AWAKE = Consumer("car awake", 12.0)  # 8 to 15 A, ignition on and engine off; from memory
PROGRAMMING = Consumer("programming", 3.0)  # the DME's flash, its relays and the gateway; from memory
LOW_BEAM = Consumer("low beam", 10.0)  # 2 × 55 W of halogen; likely
BLOWER = Consumer("blower", 15.0)  # interior, high; from memory
RADIATOR_FAN = Consumer("radiator fan", 20.0)  # half speed, which is what it does when the DME is silent; from memory
POWER_STEERING = Consumer("power steering", 80.0)  # wheel turned at standstill; 60 to 100 A, from memory
DOOR = Consumer("door opened", 5.0)  # lights, seats, locks, controls that wake; from memory
STARTER = Consumer("starter", 220.0)  # 150 to 300 A after the first tenth of a second; from memory


def programming_draw(units: int) -> Consumer:
    """What so many control units draw that are programmed at the same time."""
    return replace(PROGRAMMING, amps=units * PROGRAMMING.amps)


@dataclass(frozen=True, slots=True)
class Use:
    """A consumer switched on for a while."""

    consumer: Consumer
    when: Span = ALWAYS

    def draw_a(self, at_s: float) -> float:
        """What it draws."""
        return self.consumer.amps if self.when.covers(at_s) else 0.0

    def ended(self, at_s: float) -> Use:
        """The same, switched off now if it is on."""
        return replace(self, when=self.when.ended(at_s))


@dataclass(frozen=True, slots=True)
class Restless:
    """Somebody in the car: a window here, a fan there.  At random, but the same for the same seed.

    Attributes:
        most_a: The largest draw.
        every_s: How often it changes, if it does.
        share: How much of the time something is on, 0 to 1.
        seed: Another seed, other steps.
    """

    most_a: float = 12.0
    every_s: float = 7.0
    share: float = 0.4
    seed: int = 0

    def draw_a(self, at_s: float) -> float:
        """What it draws."""
        chance = zlib.crc32(f"{self.seed}/{int(at_s / self.every_s)}".encode()) / 2**32
        return self.most_a * chance / self.share if chance < self.share else 0.0


def switched(uses: tuple[Use, ...], consumer: Consumer, at_s: float, *, on: bool) -> tuple[Use, ...]:
    """The uses after a consumer of this name was switched by hand; those over are forgotten, those to come stay."""
    kept = (use.ended(at_s) if use.consumer.name == consumer.name else use for use in uses)
    left = tuple(use for use in kept if use.when.until_s > at_s)
    return (*left, Use(consumer, Span(at_s))) if on else left
