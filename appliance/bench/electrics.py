"""Battery, charger, consumers and plug put together: the voltage at the OBD socket as a function of the clock.

Rules:

1. Asking changes nothing.  What is remembered advances in steps of `STEP_S`, begun at the last change from outside;
   an answer looks at most one step ahead of it and keeps nothing.  Who asks when, or how often, is not in the curve.
2. Two runs with the same changes at the same times see the same volts.
3. One lock: any thread may ask or change.

Between charger and battery everything is algebra (`Charger.current_a`); the battery alone has dynamics, seconds to
hours long (`bench.battery`).  Consumers draw constant current, and less when the battery is flat.

It can stand where `bench.supply.SimulatedSupply` does.  One difference is the point of it: a charger turned down, or
gone, leaves the voltage to the battery, which falls in minutes and not at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from threading import Lock

from appliance.bench.battery import Battery, BatteryState
from appliance.bench.charger import Charger, ChargerState
from appliance.bench.loads import Consumer, Restless, Use, switched
from appliance.bench.span import Span
from appliance.clock import Clock

STEP_S = 0.1
FLAT_V = 8.0  # control units are off below 9 V; what still draws behaves like a resistor (assumed)
NOISE_V = 0.005  # peak; of a car's busy 12 V, two tones that no mains frequency hides (assumed)
_TONES_HZ = (37.7, 113.3)


@dataclass(frozen=True, slots=True)
class Plug:
    """The way from the battery's posts to the OBD socket.

    Attributes:
        drop_ohm: Ground strap and fuse box, shared with the consumers; 1 to 3 mΩ (from memory).
        offset_v: A drop that is always there: a corroded pin, a sense wire.
    """

    drop_ohm: float = 0.002
    offset_v: float = 0.0


@dataclass(frozen=True, slots=True)
class Look:
    """The electrics at one moment, without noise and ripple; currents are positive into the battery, out of the rest.

    Attributes:
        terminal_v: At the battery's posts.
    """

    at_s: float
    terminal_v: float
    charger_a: float
    load_a: float
    battery_a: float
    battery: BatteryState
    charger: ChargerState


@dataclass(frozen=True, slots=True)
class _Dip:
    when: Span
    to_v: float


class Electrics:
    """The car's 12 V, from now on.

    Args:
        clock: The time of everything; the spans of `uses` and `charger.away` count from now.
        battery: The battery.
        charge: Its state, for example of `Battery.held_at`.
        charger: The charger at the jump-start terminals.
        uses: Consumers that are on, or will be.
        restless: Somebody in the car; None: nobody.
        plug: The way to the socket.
        warmth: Of the charger, 0 to 1.
        noise_v: Peak of the noise; 0 for none.
    """

    def __init__(
        self,
        clock: Clock,
        battery: Battery,
        charge: BatteryState,
        charger: Charger,
        uses: tuple[Use, ...] = (),
        *,
        restless: Restless | None = None,
        plug: Plug = Plug(),
        warmth: float = 0.0,
        noise_v: float = NOISE_V,
    ) -> None:
        self._clock = clock
        self._start_s = clock.now_s()
        self._lock = Lock()
        self._battery = battery
        self._charger = charger
        self._uses = uses
        self._restless = restless
        self._plug = plug
        self._noise_v = noise_v
        self._dips: tuple[_Dip, ...] = ()
        self._plugged = True
        self._last = self._flow(0.0, charge, ChargerState(warmth))

    # -- what there is to see

    def volts(self) -> float:
        """At the pin of the appliance's plug; 0 when it is out of its socket."""
        return self.socket_v() if self._plugged else 0.0

    def socket_v(self) -> float:
        """In the car, at the OBD socket: what its control units feel, plug or no plug."""
        with self._lock:
            look, dips = self._look(), self._dips
        dipped = [dip.to_v for dip in dips if dip.when.covers(look.at_s)]
        drop_v = self._plug.offset_v + self._plug.drop_ohm * look.load_a
        steady_v = dipped[-1] if dipped else look.terminal_v - drop_v
        return max(0.0, steady_v + self._ripple_v(look) + self._noise(look.at_s))

    def look(self) -> Look:
        """Everything at this moment."""
        with self._lock:
            return self._look()

    @property
    def state_of_charge(self) -> float:
        """Of the battery, 0 to 1."""
        return self.look().battery.charge

    @property
    def set_point_v(self) -> float:
        """What the charger is set to."""
        return self._charger.set_point_v

    # -- what people do to it

    def set_volts(self, volts: float) -> None:
        """Turn the charger to this; its charging programme begins anew."""
        with self._lock:
            now = self._look()
            self._charger = replace(self._charger, set_point_v=volts)
            self._last = self._flow(now.at_s, now.battery, now.charger.restarted())

    def connect_charger(self) -> None:
        """Clamp the charger on, as if it had just been switched on."""
        with self._lock:
            now = self._look()
            self._charger = self._charger.connected(now.at_s)
            self._last = self._flow(now.at_s, now.battery, now.charger.restarted())

    def disconnect_charger(self) -> None:
        """A clamp comes off."""
        with self._lock:
            now = self._look()
            self._charger = self._charger.disconnected(now.at_s)
            self._last = self._flow(now.at_s, now.battery, now.charger)

    def switch(self, consumer: Consumer, on: bool) -> None:
        """Switch a consumer, known by its name, on or off; twice is once."""
        with self._lock:
            now = self._look()
            self._uses = switched(self._uses, consumer, now.at_s, on=on)
            self._last = self._flow(now.at_s, now.battery, now.charger)

    def use(self, consumer: Consumer, for_s: float) -> None:
        """Switch a consumer on for so long."""
        with self._lock:
            now = self._look()
            self._uses = (*self._uses, Use(consumer, Span(now.at_s, now.at_s + for_s)))
            self._last = self._flow(now.at_s, now.battery, now.charger)

    def dip(self, to_v: float, for_s: float, after_s: float = 0.0) -> None:
        """The socket, not the battery, is at `to_v` for `for_s`, beginning `after_s` from now: a loose ground.

        For a dip that the battery pays for, switch on something large.
        """
        with self._lock:
            from_s = self._clock.now_s() - self._start_s + after_s
            self._dips = (*self._dips, _Dip(Span(from_s, from_s + for_s), to_v))

    def unplug(self) -> None:
        """The appliance's plug is pulled: nothing to measure; the car does not notice."""
        self._plugged = False

    def plug_in(self) -> None:
        """It is back."""
        self._plugged = True

    # -- time; the lock is held

    def _look(self) -> Look:
        """Now. Only whole steps are remembered: a change from outside remembers the present itself."""
        now_s = self._clock.now_s() - self._start_s
        while self._last.at_s + STEP_S <= now_s:
            self._last = self._after(self._last, STEP_S)
        return self._after(self._last, now_s - self._last.at_s)

    def _after(self, look: Look, for_s: float) -> Look:
        """A moment later."""
        if self._charger.gives(look.at_s):
            charger = self._charger.after(look.charger, look.charger_a, for_s)
        else:
            charger = self._charger.after_off(look.charger, for_s)
        return self._flow(look.at_s + for_s, self._battery.after(look.battery, look.battery_a, for_s), charger)

    def _flow(self, at_s: float, battery: BatteryState, charger: ChargerState) -> Look:
        """The currents at a moment."""
        battery_ohm, emf_v = self._battery.resistance_ohm, self._battery.emf_v(battery)
        load_a = self._load_a(at_s) * min(1.0, max(0.0, emf_v / FLAT_V))
        gives = self._charger.gives(at_s)
        charger_a = self._charger.current_a(charger, emf_v, battery_ohm, load_a) if gives else 0.0
        battery_a = charger_a - load_a
        return Look(at_s, emf_v + battery_a * battery_ohm, charger_a, load_a, battery_a, battery, charger)

    def _load_a(self, at_s: float) -> float:
        drawn_a = sum(use.draw_a(at_s) for use in self._uses)
        return drawn_a + self._restless.draw_a(at_s) if self._restless else drawn_a

    # -- what rides on top; functions of time alone

    def _ripple_v(self, look: Look) -> float:
        if not look.charger_a:
            return 0.0
        return self._charger.ripple_v / 2 * math.sin(2 * math.pi * self._charger.ripple_hz * look.at_s)

    def _noise(self, at_s: float) -> float:
        return self._noise_v * sum(math.sin(2 * math.pi * hz * at_s) for hz in _TONES_HZ) / len(_TONES_HZ)
