"""Electrics watched over virtual time."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.bench.battery import AGM, Battery
from appliance.bench.charger import Charger
from appliance.bench.electrics import Electrics, Look
from appliance.bench.loads import AWAKE, Use
from appliance.clock import VirtualClock

BATTERY = Battery(AGM, 80.0, 0.005)
CHARGER = Charger(14.2, 70.0, cable_ohm=0.006, ripple_v=0.0)
NO_CHARGER = Charger(limit_a=0.0)


def quiet(clock: VirtualClock, charger: Charger = CHARGER, *uses: Use, volts: float = 13.8) -> Electrics:
    """A good battery at 80 % that was held at these volts; no noise."""
    return Electrics(clock, BATTERY, BATTERY.held_at(volts, 0.8), charger, uses or (Use(AWAKE),), noise_v=0.0)


def looks(clock: VirtualClock, electrics: Electrics, times_s: Iterable[float]) -> list[Look]:
    """What there is to see at these times of the clock, rising."""
    seen = []
    for at_s in times_s:
        clock.sleep_until(at_s)
        seen.append(electrics.look())
    return seen


def volts(clock: VirtualClock, electrics: Electrics, times_s: Iterable[float]) -> list[float]:
    """The voltage at the plug at these times of the clock, rising."""
    seen = []
    for at_s in times_s:
        clock.sleep_until(at_s)
        seen.append(electrics.volts())
    return seen
