"""The car's battery: what it holds, what it shows, and what clings to its plates.

Charge sits in two places.  The bulk is what people call state of charge; it sets the voltage at rest.  The surface is
what a charger has just put onto the plates, or a consumer just taken from them: it adds to the voltage at rest, and
soaks into the bulk or is refilled from it.  Current only ever meets the surface:

    terminals = rest_v(charge) + surface_v(surface_c) + resistance_ohm · current_a
    d surface_c/dt = current_a − soaking − gassing
    soaking  = surface_v · conductance, which falls to nothing as the bulk gets full (charging) or empty (discharging)
    gassing  = surface_v · gassing while charging: heat and gas, lost

Everything a workshop sees follows: the taper at constant voltage, the surface charge that makes a full battery read
13 V for an hour and that a consumer takes away in minutes, the slow creep when a charger gives a little less than the
car takes, the sag and its recovery.  Temperature and ageing are the caller's: a larger resistance, a smaller capacity.

Current is positive while charging.  Sources: the structure is that of the usual equivalent circuit with one RC
branch; every figure is from memory, of a battery of 70 to 90 Ah at 20 °C, and a parameter.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

NEARLY_EMPTY = 0.1  # of the capacity; below it the bulk delivers ever less (assumed)
CROWDING = 4.0  # plates with much on them gain voltage so much faster: the first volt of a fall is quick (from memory)
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Chemistry:
    """What batteries of one kind have in common; conductances and capacitance are for each Ah of capacity.

    Attributes:
        rest: Charge (0 to 1) and voltage after hours of rest, rising; straight lines in between.
        acceptance_s: Surface to bulk while charging, in A/V per Ah, far from full.
        nearly_full: What is missing to full when acceptance begins to fall, 0 to 1.
        delivery_s: Bulk to surface while discharging, in A/V per Ah.
        gassing_s: Lost while charging, in A/V per Ah.
        surface_f: Charge on the surface, in A·s/V per Ah.
        crowded_v: Surface voltage above which the same charge makes `CROWDING` times the voltage.
    """

    rest: tuple[tuple[float, float], ...]
    acceptance_s: float
    nearly_full: float
    delivery_s: float
    gassing_s: float
    surface_f: float
    crowded_v: float = math.inf


# Voltages at rest: battery makers' charts agree within 0.05 V (from memory).  The surface of a starter battery holds
# 0.5 to 1 Ah per volt: two to five minutes of headlights take it away (workshop rule, from memory).
LEAD = Chemistry(
    ((0.0, 11.7), (0.25, 12.0), (0.5, 12.25), (0.75, 12.48), (1.0, 12.72)),
    acceptance_s=0.75,
    nearly_full=1.0,
    delivery_s=1.5,
    gassing_s=0.005,
    surface_f=75.0,
    crowded_v=0.6,
)
AGM = Chemistry(
    ((0.0, 11.8), (0.25, 12.1), (0.5, 12.4), (0.75, 12.68), (1.0, 12.95)),
    acceptance_s=1.0,
    nearly_full=1.0,
    delivery_s=2.0,
    gassing_s=0.003,
    surface_f=75.0,
    crowded_v=0.6,
)
# Four cells in series; flat within 0.2 V from a third to nearly full, then steep (from memory).
LFP = Chemistry(
    ((0.0, 10.8), (0.05, 12.3), (0.1, 12.8), (0.2, 12.98), (0.35, 13.14), (0.7, 13.24), (0.97, 13.34), (1.0, 13.7)),
    acceptance_s=4.0,
    nearly_full=0.05,
    delivery_s=4.0,
    gassing_s=0.0005,
    surface_f=100.0,
)


@dataclass(frozen=True, slots=True)
class BatteryState:
    """Where a battery stands: bulk charge, 0 to 1, and charge on the surface in A·s, negative when it lacks."""

    charge: float
    surface_c: float = 0.0


@dataclass(frozen=True, slots=True)
class Battery:
    """One battery.

    Attributes:
        chemistry: What kind.
        capacity_ah: What it holds now; a tired one holds less than its label says.
        resistance_ohm: Of acid, plates, posts; 4 to 8 mΩ when good, over 12 mΩ when tired (from memory).
    """

    chemistry: Chemistry
    capacity_ah: float = 80.0
    resistance_ohm: float = 0.006

    def emf_v(self, state: BatteryState) -> float:
        """The voltage at its terminals while no current flows, right now."""
        return self.rest_v(state.charge) + self.surface_v(state)

    def rest_v(self, charge: float) -> float:
        """The voltage after hours of rest at this charge."""
        rest = self.chemistry.rest
        above = min(max(bisect_right(rest, (charge,)), 1), len(rest) - 1)
        (low, low_v), (high, high_v) = rest[above - 1], rest[above]
        return low_v + (charge - low) * (high_v - low_v) / (high - low)

    def surface_v(self, state: BatteryState) -> float:
        """What the surface adds to the voltage at rest."""
        crowded_v = self.chemistry.crowded_v
        plain_v = state.surface_c / (self.chemistry.surface_f * self.capacity_ah)
        return plain_v if plain_v <= crowded_v else crowded_v + (plain_v - crowded_v) * CROWDING

    def after(self, state: BatteryState, current_a: float, for_s: float) -> BatteryState:
        """A moment later: explicit Euler, good to a millivolt for `for_s` up to 0.1 s."""
        soaking_a, gassing_a = self._from_surface(state.charge, self.surface_v(state))
        charge = state.charge + soaking_a * for_s / (SECONDS_PER_HOUR * self.capacity_ah)
        return BatteryState(charge, state.surface_c + (current_a - soaking_a - gassing_a) * for_s)

    def coulombs(self, state: BatteryState) -> float:
        """All charge in it, in A·s."""
        return SECONDS_PER_HOUR * self.capacity_ah * state.charge + state.surface_c

    def held_at(self, volts: float, charge: float, behind_ohm: float = 0.0) -> BatteryState:
        """The state in which it takes just what soaks in, held at this voltage for long, through cables or at once."""
        over_v = volts - self.rest_v(charge)
        flows_a, lost_a = self._from_surface(charge, math.copysign(1.0, over_v))
        surface_v = over_v / (1 + (abs(flows_a) + lost_a) * (self.resistance_ohm + behind_ohm))
        crowded_v = self.chemistry.crowded_v
        plain_v = surface_v if surface_v <= crowded_v else crowded_v + (surface_v - crowded_v) / CROWDING
        return BatteryState(charge, plain_v * self.chemistry.surface_f * self.capacity_ah)

    def _from_surface(self, charge: float, surface_v: float) -> tuple[float, float]:
        """Current from surface into bulk (negative: out of it), and current lost."""
        kind = self.chemistry
        drive = surface_v * self.capacity_ah
        if drive < 0:
            return drive * kind.delivery_s * min(1.0, max(0.0, charge / NEARLY_EMPTY)), 0.0
        room = min(1.0, max(0.0, (1.0 - charge) / kind.nearly_full))
        return drive * kind.acceptance_s * room, drive * kind.gassing_s
