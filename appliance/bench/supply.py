"""A supply for the bench: a set point with dips, a little noise, and a plug that can come off.

Every value is a function of time alone, so two runs of a scenario see the same volts, whoever looks how often.
Set from any thread, read from another: every change is one assignment.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from appliance.bench.loads import Consumer
from appliance.clock import Clock

SOURCE_OHM = 0.005  # cables and battery in parallel: a low beam makes a step of 50 mV
NOISE_V = 0.006  # an idle charger on a good battery, peak; far below the ripple limit
_TONES_HZ = (37.7, 113.3)


@dataclass(frozen=True, slots=True)
class Dip:
    """From `at_s` on the clock, for `for_s`, the supply is at `to_v`."""

    at_s: float
    for_s: float
    to_v: float

    def covers(self, now_s: float) -> bool:
        """Whether it is dipping now."""
        return self.at_s <= now_s < self.at_s + self.for_s


class SimulatedSupply:
    """Volts at the plug.

    Args:
        clock: The time of dips and noise.
        set_point_v: Where it is when nothing happens.
        dips: What happens; where two overlap, the later in the tuple counts.
        noise_v: Peak of the noise; 0 for none.
        seed: Another seed, another noise.
    """

    def __init__(
        self,
        clock: Clock,
        set_point_v: float = 13.8,
        dips: tuple[Dip, ...] = (),
        noise_v: float = NOISE_V,
        seed: int = 0,
    ) -> None:
        self._clock = clock
        self._set_point_v = set_point_v
        self._dips = dips
        self._noise_v = noise_v
        self._phase = float(seed)
        self._plugged = True
        self._consumers: tuple[Consumer, ...] = ()

    @property
    def set_point_v(self) -> float:
        """Where it is when nothing happens."""
        return self._set_point_v

    def set_volts(self, volts: float) -> None:
        """A new set point, from now on."""
        self._set_point_v = volts

    def dip(self, to_v: float, for_s: float, after_s: float = 0.0) -> None:
        """Dip to `to_v` for `for_s`, beginning `after_s` from now."""
        self._dips = (*self._dips, Dip(self._clock.now_s() + after_s, for_s, to_v))

    def switch(self, consumer: Consumer, on: bool) -> None:
        """Switch a consumer, known by its name, on or off; twice is once."""
        others = tuple(one for one in self._consumers if one.name != consumer.name)
        self._consumers = (*others, consumer) if on else others

    def unplug(self) -> None:
        """The clamp slips off, or the plug is pulled: nothing to measure."""
        self._plugged = False

    def plug_in(self) -> None:
        """It is back."""
        self._plugged = True

    def volts(self) -> float:
        """The voltage now; 0 when unplugged."""
        if not self._plugged:
            return 0.0
        now_s = self._clock.now_s()
        dips_v = [dip.to_v for dip in self._dips if dip.covers(now_s)]
        sag_v = SOURCE_OHM * sum(one.amps for one in self._consumers)
        steady_v = dips_v[-1] if dips_v else self._set_point_v - sag_v
        return steady_v + self._noise(now_s)

    def _noise(self, now_s: float) -> float:
        angle = math.tau * now_s + self._phase
        return self._noise_v * sum([math.sin(angle * hz) for hz in _TONES_HZ]) / len(_TONES_HZ)
