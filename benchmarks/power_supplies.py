"""A supply that is a formula of time, and a plan to be programmed on it.

A formula, so that "what would have become of it had nothing more happened" can be asked of any moment.  Readings have
noise, a slow wander of the charger's regulation and ripple on top.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

SPARE_S = 900  # of curve behind the plan, for those who wait


@dataclass(frozen=True, slots=True)
class Happening:
    """From `at_s` on: a step, a tail that approaches its end exponentially, and a ramp that may bend and end."""

    at_s: float
    step_v: float = 0.0
    tail_v: float = 0.0
    tail_s: float = 1.0
    ramp_v_per_s: float = 0.0
    bend_per_s: float = 0.0
    ramp_ends_s: float = math.inf

    def volts(self, now_s: float) -> float:
        """What it adds now."""
        age_s = now_s - self.at_s
        if age_s < 0:
            return 0.0
        ramp_s = min(age_s, self.ramp_ends_s)
        ramp_v = self.ramp_v_per_s * ramp_s * (1 + self.bend_per_s * ramp_s) if self.ramp_v_per_s else 0.0
        tail_v = -self.tail_v * math.expm1(-age_s / self.tail_s) if self.tail_v else 0.0
        return self.step_v + tail_v + ramp_v


@dataclass(frozen=True, slots=True)
class Datablock:
    """Erase, transfer and check: what the plan says and what it takes."""

    estimated_s: float
    actual_s: float


@dataclass(frozen=True, slots=True)
class Supply:
    """One supply, one job.

    Attributes:
        kind: What it does.
        good: It carries any plan.
        start_v: When the plug goes in, at 0 s.
        happenings: What moves it.
        noise_v: Standard deviation of one reading.
        wander_v: Standard deviation of the wander.
        wander_s: Its correlation time.
        ripple_v: Peak to peak; a median filter leaves about half of it.
        load_v: Sag while a datablock is programmed.
        overload_v_per_s: Falls so while a datablock is programmed, and rises so at rest; 0: the charger carries it.
        identified_s: The car is identified; the first erase could begin.
        plan: What is to be programmed.
        seed: Of the noise.
    """

    kind: str
    good: bool
    start_v: float
    happenings: tuple[Happening, ...]
    noise_v: float
    wander_v: float
    wander_s: float
    ripple_v: float
    load_v: float
    overload_v_per_s: float
    identified_s: float
    plan: tuple[Datablock, ...]
    seed: int

    @property
    def lasts_s(self) -> int:
        """Seconds of curve."""
        return round(self.identified_s + sum(block.actual_s + 10 for block in self.plan)) + SPARE_S

    def volts(self, now_s: float, known_until_s: float = math.inf) -> float:
        """Without noise and our own load; only with what has happened until `known_until_s`."""
        return self.start_v + sum(one.volts(now_s) for one in self.happenings if one.at_s <= known_until_s)

    def curve(self) -> list[float]:
        """Volts at each second, without noise and our own load."""
        shaped = [one for one in self.happenings if one.tail_v or one.ramp_v_per_s]
        steps = [one for one in self.happenings if not (one.tail_v or one.ramp_v_per_s)]
        steps.sort(key=lambda one: one.at_s, reverse=True)
        level_v, found = self.start_v, []
        for now_s in range(self.lasts_s):
            while steps and steps[-1].at_s <= now_s:
                level_v += steps.pop().step_v
            found.append(level_v + sum(one.volts(now_s) for one in shaped))
        return found

    def disturbance(self) -> list[float]:
        """What a reading is off the curve, at each second."""
        chance = random.Random(self.seed)
        keeps = math.exp(-1 / self.wander_s)
        kick_v = self.wander_v * math.sqrt(1 - keeps * keeps)
        wander_v, found = chance.gauss(0, self.wander_v), []
        for _ in range(self.lasts_s):
            wander_v = keeps * wander_v + chance.gauss(0, kick_v)
            ripple_v = self.ripple_v / 4 * math.sin(chance.uniform(0, 2 * math.pi))
            found.append(wander_v + chance.gauss(0, self.noise_v) + ripple_v)
        return found
