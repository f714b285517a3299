"""How steep is the supply now, and how sure is that?

Windows of growing length reach back from now.  In each, one common slope is fitted to all stretches between cuts, each
with a level of its own: a step inside the window costs leverage and adds no slope.  The error of a slope counts what
is not white noise: where the residuals are wider than the differences of neighbours promise, it grows accordingly.

Which window?  As long as the supply does the same thing, the longest is the most exact.  `steadiest` therefore
lengthens the window until a longer one contradicts a shorter one (Lepski's rule).  It does not weigh both
contradictions alike: a past that was steeper must be refuted at three standard deviations before it is left behind,
a past that was flatter at two.  A rise counts as no slope at all, for a rise repairs no charger.

Pure.  Sources: analysis of covariance, any textbook; the variance ratio is von Neumann's (1941), read as a first-order
autoregression; O. V. Lepski, "On a problem of adaptive estimation in Gaussian white noise" (1990).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import mul, sub

from appliance.power.history import Stretch

# Each half as long again.
WINDOWS_S = (8.0, 10.0, 15.0, 22.0, 32.0, 45.0, 65.0, 95.0, 140.0, 210.0, 310.0, 460.0, 690.0)
WANDER_V = 0.005  # a charger's regulation wanders by millivolts within minutes; no residual of a short window shows it
REFUTED_STEEPER = 3.0  # standard deviations
REFUTED_FLATTER = 2.0


@dataclass(frozen=True, slots=True)
class Slope:
    """A fitted slope.

    Attributes:
        window_s: How far back it reaches.
        v_per_s: Volts per second; negative: falling.
        error_v_per_s: Its standard deviation.
    """

    window_s: float
    v_per_s: float
    error_v_per_s: float

    def low_v_per_s(self, sigmas: float, drift_v_per_s: float) -> float:
        """Lower bound, with an error of its own for what drifts in any supply.

        A rise does not count against the error: a consumer that went off unseen looks like one, and hides a creep.
        """
        return min(0.0, self.v_per_s) - sigmas * math.hypot(self.error_v_per_s, drift_v_per_s)

    def falls(self, sigmas: float, drift_v_per_s: float) -> bool:
        """Whether it is significantly below zero."""
        return self.v_per_s + sigmas * math.hypot(self.error_v_per_s, drift_v_per_s) < 0

    def rises(self, sigmas: float, drift_v_per_s: float) -> bool:
        """Whether it is significantly above zero."""
        return self.v_per_s - sigmas * math.hypot(self.error_v_per_s, drift_v_per_s) > 0


@dataclass(slots=True)
class _Sums:
    """Sums of ages and volts, both off a mark close by, so that their squares lose no digits."""

    count: int = 0
    age: float = 0.0
    volt: float = 0.0
    age_age: float = 0.0
    age_volt: float = 0.0
    volt_volt: float = 0.0

    def take(self, ages: list[float], volts: list[float]) -> None:
        self.count += len(ages)
        self.age += sum(ages)
        self.volt += sum(volts)
        self.age_age += sum(map(mul, ages, ages))
        self.age_volt += sum(map(mul, ages, volts))
        self.volt_volt += sum(map(mul, volts, volts))

    def about_mean(self) -> tuple[float, float, float]:
        """Sums of squares and products about the mean: age and age, time and volts, volts and volts."""
        if not self.count:
            return 0.0, 0.0, 0.0
        mean_age, mean_volt = self.age / self.count, self.volt / self.count
        return (
            self.age_age - mean_age * self.age,
            mean_age * self.volt - self.age_volt,  # time runs against age
            self.volt_volt - mean_volt * self.volt,
        )


@dataclass(slots=True)
class _Pool:
    """The sums of several stretches, each about its own mean, and the differences of neighbours."""

    count: int = 0
    stretches: int = 0
    xx: float = 0.0
    xy: float = 0.0
    yy: float = 0.0
    differences: int = 0
    differences_vv: float = 0.0
    current: _Sums = field(default_factory=_Sums)

    def take(self, ages: list[float], volts: list[float], later_v: list[float]) -> None:
        """More of the current stretch; `later_v`: the neighbour of each but, in the newest second, of the first."""
        self.count += len(ages)
        self.current.take(ages, volts)
        steps = list(map(sub, reversed(later_v), reversed(volts)))
        self.differences += len(steps)
        self.differences_vv += sum(map(mul, steps, steps))

    def end_stretch(self) -> None:
        xx, xy, yy = self.current.about_mean()
        self.xx, self.xy, self.yy = self.xx + xx, self.xy + xy, self.yy + yy
        self.stretches += self.current.count > 0
        self.current = _Sums()

    def slope(self, window_s: float, noise_v: float) -> Slope | None:
        """None: too little for a slope and its error."""
        xx, xy, yy = self.current.about_mean()
        xx, xy, yy = self.xx + xx, self.xy + xy, self.yy + yy
        free = self.count - self.stretches - (self.current.count > 0) - 1
        if xx <= 0 or free < 2:
            return None
        v_per_s = xy / xx
        white_vv = max(self.differences_vv / (2 * self.differences) if self.differences else 0.0, noise_v * noise_v)
        excess = max(1.0, max(0.0, yy - xy * v_per_s) / free / white_vv)
        # For a first-order autoregression `excess` is 1 / (1 − ρ); a slope's variance grows by (1 + ρ) / (1 − ρ).
        return Slope(window_s, v_per_s, math.hypot(math.sqrt(white_vv * (2 * excess - 1) / xx), WANDER_V / window_s))


def slopes(stretches: Sequence[Stretch], noise_v: float, shortest_s: float) -> Iterator[Slope]:
    """The slope of each window from `shortest_s` up, shortest first, and of all there is.

    Args:
        stretches: Newest first; windows count from the newest second in them.
        noise_v: Standard deviation of one second, at least.
        shortest_s: No shorter window is tried.
    """
    windows = [window_s for window_s in WINDOWS_S if window_s >= shortest_s]
    pool = _Pool()
    age_s = 0.0
    for stretch in stretches:
        ages = [stretches[0].at_s[-1] - at_s for at_s in reversed(stretch.at_s)]
        volts = [volts - stretch.volts[-1] for volts in reversed(stretch.volts)]
        start, age_s = 0, ages[-1]
        while start < len(ages):
            end = bisect_left(ages, windows[0]) if windows else len(ages)
            pool.take(ages[start:end], volts[start:end], volts[max(0, start - 1) : max(0, end - 1)])
            start = end
            if end < len(ages):
                found = pool.slope(windows.pop(0), noise_v)
                if found:
                    yield found
        pool.end_stretch()
    found = pool.slope(age_s + 1, noise_v)
    if found:
        yield found


def whole(stretches: Sequence[Stretch], noise_v: float) -> Slope | None:
    """The one slope of all there is; None: too little."""
    return next(slopes(stretches, noise_v, math.inf), None)


def oldest(stretches: Sequence[Stretch], for_s: float) -> list[Stretch]:
    """The first `for_s` of these stretches; newest first, as given."""
    until_s = stretches[-1].at_s[0] + for_s
    found = []
    for one in stretches:
        count = sum(at_s <= until_s for at_s in one.at_s)
        if count:
            found.append(Stretch(one.at_s[:count], one.volts[:count], one.working))
    return found


def steadiest(candidates: Iterator[Slope]) -> Slope | None:
    """The most exact of the slopes that do not contradict a shorter one; None when there is none."""
    best: Slope | None = None
    low, high = -math.inf, math.inf
    for one in candidates:
        slope, error = min(one.v_per_s, 0.0), one.error_v_per_s
        if slope + REFUTED_STEEPER * error < low or slope - REFUTED_FLATTER * error > high:
            break
        low = max(low, slope - REFUTED_STEEPER * error)
        high = min(high, slope + REFUTED_FLATTER * error)
        if best is None or error < best.error_v_per_s:
            best = one
    return best
