"""The charger: constant voltage up to its current limit, and the habits of cheap ones.

It regulates at its own output, so the battery sees that less the drop in the cables.  It cannot sink current.  Its
habits, each of which has ended a flash in somebody's workshop (facts.md §6, confirmed): it steps down to a float
voltage when it thinks the battery is full; it gives less when it is warm; it trips; its rectifier lets ripple through.

Pure: state in, state out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from appliance.bench.span import Span


@dataclass(frozen=True, slots=True)
class ChargerState:
    """What a charger remembers.

    Attributes:
        warmth: 0 cold, 1 as warm as its warm limit makes it.
        low_s: How long its current has been low without a break.
        floating: Whether it has stepped down.
    """

    warmth: float = 0.0
    low_s: float = 0.0
    floating: bool = False

    def restarted(self) -> ChargerState:
        """At the beginning of its charging programme, as warm as it is."""
        return ChargerState(self.warmth)


@dataclass(frozen=True, slots=True)
class Charger:
    """One charger and its cables.

    Attributes:
        set_point_v: At its output.
        limit_a: What it gives cold: its rating.
        cable_ohm: Both cables and clamps; 16 mm², 2 × 2.5 m and clamps are 5 to 8 mΩ (computed, clamps from memory).
        ripple_v: Peak to peak, while it gives current; below 0.1 V is asked for (Clore's table, facts.md §6).
        ripple_hz: Twice the mains.
        warm_limit_a: What it gives once warm; None: as much as cold.
        warms_in_s: Time constant of getting warm, and cold again.
        float_v: Its float voltage; None: it never steps down.
        float_below_a / float_after_s: It steps down after so long below this current. It does not know that the
            current is the car's and not the battery's.
        away: When no current can reach the battery: not connected yet, slipped off.
        trips_every_s / trips_for_s: It cuts out for so long at the end of each such period; 0: never.
    """

    set_point_v: float = 14.2
    limit_a: float = 70.0
    cable_ohm: float = 0.006
    ripple_v: float = 0.02
    ripple_hz: float = 100.0
    warm_limit_a: float | None = None
    warms_in_s: float = 600.0
    float_v: float | None = None
    float_below_a: float = 20.0
    float_after_s: float = 600.0
    away: tuple[Span, ...] = ()
    trips_every_s: float = 0.0
    trips_for_s: float = 0.0

    def gives(self, at_s: float) -> bool:
        """Whether it is connected and works."""
        if any(span.covers(at_s) for span in self.away):
            return False
        return not self.trips_every_s or at_s % self.trips_every_s < self.trips_every_s - self.trips_for_s

    def output_v(self, state: ChargerState) -> float:
        """What it regulates to now."""
        return self.float_v if state.floating and self.float_v is not None else self.set_point_v

    def most_a(self, state: ChargerState) -> float:
        """What it can give now."""
        if self.warm_limit_a is None:
            return self.limit_a
        return self.limit_a - (self.limit_a - self.warm_limit_a) * state.warmth

    def current_a(self, state: ChargerState, emf_v: float, battery_ohm: float, load_a: float) -> float:
        """What it gives into a battery of this voltage and resistance beside consumers of `load_a`.

        At constant voltage, output = emf + (current − load) · battery_ohm + current · cable_ohm.
        """
        wanted_a = (self.output_v(state) - emf_v + load_a * battery_ohm) / (self.cable_ohm + battery_ohm)
        return min(max(wanted_a, 0.0), self.most_a(state))

    def after(self, state: ChargerState, current_a: float, for_s: float) -> ChargerState:
        """A moment later, having given `current_a`."""
        if self.warm_limit_a is None and self.float_v is None:
            return state
        low_s = state.low_s + for_s if current_a < self.float_below_a else 0.0
        floats = state.floating or (self.float_v is not None and low_s >= self.float_after_s)
        return ChargerState(self._warmth(state, current_a, for_s), low_s, floats)

    def after_off(self, state: ChargerState, for_s: float) -> ChargerState:
        """A moment later, having been off: it cools, and will begin its charging programme anew."""
        return ChargerState(self._warmth(state, 0.0, for_s))

    def disconnected(self, at_s: float) -> Charger:
        """The same, with its clamp off from now on."""
        return replace(self, away=(*self.connected(at_s).away, Span(at_s)))

    def connected(self, at_s: float) -> Charger:
        """The same, with its clamps on again; those still to slip will."""
        return replace(self, away=tuple(span.ended(at_s) for span in self.away))

    def _warmth(self, state: ChargerState, current_a: float, for_s: float) -> float:
        if self.warm_limit_a is None:
            return state.warmth
        heated_to = min(1.0, current_a / self.warm_limit_a)
        return state.warmth + (heated_to - state.warmth) * min(1.0, for_s / self.warms_in_s)
