"""The supplies the bench can play: a battery, a charger and what people do, one function for each story.

Times count from the call.  All volts are at the socket, consumers as of `bench.loads`.  None switches the flash's own
draw: whoever drives the car does (`loads.PROGRAMMING`).  Settings behind the stories are from memory unless a comment
says more; a story that a source tells names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from appliance.bench.battery import AGM, LEAD, Battery
from appliance.bench.charger import Charger
from appliance.bench.electrics import Electrics, Plug
from appliance.bench.loads import (
    ASLEEP,
    AWAKE,
    BLOWER,
    DOOR,
    LOW_BEAM,
    POWER_STEERING,
    STARTER,
    Consumer,
    Restless,
    Use,
)
from appliance.bench.span import Span
from appliance.clock import Clock

GOOD_BATTERY = Battery(AGM, 80.0, 0.005)
GOOD_CHARGER = Charger(14.2, 70.0)  # 14.2 V and 60 A or more: Clore's table and facts.md §6, confirmed


def steady(clock: Clock) -> Electrics:
    """An approved 70 A supply at 14.2 V on a good battery: 14.05 V, whatever the flash draws."""
    return _on_charge(clock, GOOD_BATTERY, 0.9, GOOD_CHARGER, (Use(AWAKE),))


def good_with_steps(clock: Clock, seed: int = 0) -> Electrics:
    """The same, and somebody in the car plays with windows and fans: steps of up to 0.1 V, no trend.

    A forecast must not refuse it.
    """
    return _on_charge(clock, GOOD_BATTERY, 0.9, GOOD_CHARGER, (Use(AWAKE),), Restless(seed=seed))


def creeping_charger(clock: Clock, from_v: float = 13.4) -> Electrics:
    """The maintainer that ended a car access system: rated 55 A, warm, giving a little less than the car takes.

    It is set to 13.6 V, its lights say it charges, and every reading looks plausible: 13.4 V at the start.  Warm it
    gives 21.5 A, the car takes 22 A and the flash 3 A more.  What the battery had on its surface pays: 20 mV a minute
    before the flash, 40 during it; under 13.0 V after some ten minutes, and no lower than 12.8 V in half an hour.

    Sources: the maker, 55 A and the slow creep seen at the socket: facts.md §6, confirmed.  That heat folded it back,
    and every other figure: our inference.
    """
    battery = Battery(AGM, 90.0, 0.005)
    charger = Charger(13.6, 55.0, warm_limit_a=21.5)
    uses = (Use(AWAKE), Use(LOW_BEAM))
    plug = Plug()
    load_a = sum(use.draw_a(0.0) for use in uses)
    charge = battery.held_at(from_v + plug.drop_ohm * load_a, 0.97)
    return Electrics(clock, battery, charge, charger, uses, plug=plug, warmth=1.0)


def folding_charger(clock: Clock, warms_in_s: float = 300.0, from_v: float = 13.4, worn_ah: float = 20.0) -> Electrics:
    """The same kind of maintainer on a worn battery: cold it just carries the car, then it gets warm and folds back.

    25 A when cold, next to nothing when warm, and 20 Ah that are left of the battery: a steady 13.4 V for half a
    minute, then a fall that grows; with the flash on it under 13.0 V after a minute and a half, 12.0 V after four
    minutes, 11.8 V after five.

    Sources: a voltage that crept down over the course of the work: facts.md §6, confirmed; every figure is ours.
    """
    battery = Battery(LEAD, worn_ah, 0.03)
    charger = Charger(13.6, 25.0, warm_limit_a=2.0, warms_in_s=warms_in_s)
    uses = (Use(AWAKE), Use(LOW_BEAM))
    plug = Plug()
    load_a = sum(use.draw_a(0.0) for use in uses)
    return Electrics(clock, battery, battery.held_at(from_v + plug.drop_ohm * load_a, 0.95), charger, uses, plug=plug)


def weak_charger(clock: Clock) -> Electrics:
    """A 6 A maintainer that kept a tired battery at 13.9 V overnight; the car has just been woken.

    12 A against 6: 13.6 V at first, under 13.2 V within half a minute, 12.3 V after ten minutes.  A consumer of 15 A
    sags it by a quarter of a volt, and it does not come back.  A 5 A charger and a tired battery ended a flash
    (1addicts.com, post 24951995).
    """
    battery = Battery(LEAD, 50.0, 0.014)
    return Electrics(clock, battery, battery.held_at(13.9, 0.75), Charger(14.4, 6.0, cable_ohm=0.02), (Use(AWAKE),))


def float_stepdown(clock: Clock, after_s: float = 360.0, float_v: float = 12.9) -> Electrics:
    """A "smart" 40 A charger takes the car's 12 A for the end of charging, and steps down from 14.2 V to its float.

    At the step it stops giving: the battery carries the car from 14.1 V, falling half a volt in the first minute and
    the next half in four more, until the charger takes over again at its float voltage.  The risk is confirmed
    (facts.md §6).
    """
    charger = Charger(14.2, 40.0, float_v=float_v, float_below_a=20.0, float_after_s=after_s)
    return _on_charge(clock, GOOD_BATTERY, 0.97, charger, (Use(AWAKE),))


def heavy_dip(clock: Clock, at_s: float = 60.0, for_s: float = 5.0) -> Electrics:
    """A 30 A charger on an old battery is enough, until somebody switches the blower on and turns the wheel.

    95 A more for some seconds: from 13.7 V down to 12.4 V and on to 12.1 V, and back by itself.
    """
    battery = Battery(LEAD, 80.0, 0.013)
    span = Span(at_s, at_s + for_s)
    uses = (Use(AWAKE), Use(BLOWER, span), Use(POWER_STEERING, span))
    return _on_charge(clock, battery, 0.9, Charger(13.8, 30.0), uses)


def clamp_slips(clock: Clock, at_s: float = 120.0) -> Electrics:
    """The clamp slips off the jump-start terminal, unheard.

    A step of 0.13 V, then the battery alone: 13.25 V after one minute, under 13.0 V after less than three.  It left
    a dead battery in the middle of a flash (facts.md §6, forum).
    """
    charger = Charger(14.2, 70.0, away=(Span(at_s),))
    return _on_charge(clock, GOOD_BATTERY, 0.85, charger, (Use(AWAKE),))


def loose_clamp(clock: Clock, every_s: float = 45.0, for_s: float = 4.0) -> Electrics:
    """A charger that cuts out for some seconds, again and again: small steps of the same size at the same distance."""
    charger = Charger(14.2, 70.0, trips_every_s=every_s, trips_for_s=for_s)
    return _on_charge(clock, GOOD_BATTERY, 0.85, charger, (Use(AWAKE),))


def overcharge(clock: Clock) -> Electrics:
    """Somebody left the charger on "recondition": 15.8 V at its output, 15.7 V at the socket."""
    return _on_charge(clock, Battery(LEAD, 80.0), 0.97, Charger(15.8, 60.0), (Use(AWAKE),))


def rippling(clock: Clock, ripple_v: float = 0.3) -> Electrics:
    """An old transformer charger without smoothing: a good 14 V on average, 0.3 V peak to peak at 100 Hz."""
    return _on_charge(clock, GOOD_BATTERY, 0.9, Charger(14.2, 50.0, ripple_v=ripple_v), (Use(AWAKE),))


def cranking(clock: Clock, at_s: float = 60.0) -> Electrics:
    """Somebody presses start with the charger on: 220 A for a second, down to 12.2 V, and back."""
    uses = (Use(AWAKE), Use(STARTER, Span(at_s, at_s + 1.0)))
    return _on_charge(clock, Battery(LEAD, 80.0, 0.008), 0.9, GOOD_CHARGER, uses)


def door_sleep(clock: Clock, sleeps_at_s: float = 480.0, door_at_s: float = 600.0) -> Electrics:
    """Nobody touches the car: after some minutes it goes to sleep, and a door opened later wakes it.

    On a good charger that is 0.1 V up, and down again; what it does to the control units is the car's affair.
    """
    awake = Consumer(f"{AWAKE.name} again", AWAKE.amps)
    uses = (
        Use(ASLEEP),
        Use(AWAKE, Span(0.0, sleeps_at_s)),
        Use(DOOR, Span(door_at_s, door_at_s + 60.0)),
        Use(awake, Span(door_at_s)),
    )
    return _on_charge(clock, GOOD_BATTERY, 0.9, GOOD_CHARGER, uses)


SUPPLIES: Mapping[str, Callable[[Clock], Electrics]] = {
    "steady": steady,
    "good-with-steps": good_with_steps,
    "creeping-charger": creeping_charger,
    "folding-charger": folding_charger,
    "weak-charger": weak_charger,
    "float-stepdown": float_stepdown,
    "dip": heavy_dip,
    "clamp-slips": clamp_slips,
    "loose-clamp": loose_clamp,
    "overcharge": overcharge,
    "rippling": rippling,
    "cranking": cranking,
    "door-sleep": door_sleep,
}


def _on_charge(
    clock: Clock,
    battery: Battery,
    charge: float,
    charger: Charger,
    uses: tuple[Use, ...],
    restless: Restless | None = None,
) -> Electrics:
    """With the charger on for long enough that the voltage has settled."""
    load_a = sum(use.draw_a(0.0) for use in uses)
    settled = battery.held_at(charger.set_point_v - charger.cable_ohm * load_a, charge, charger.cable_ohm)
    return Electrics(clock, battery, settled, charger, uses, restless=restless)
