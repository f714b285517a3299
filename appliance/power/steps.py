"""Where did the level step?

Two halves with one common slope and a jump between them are fitted to the newest seconds, once to 10 before and 3
after (a sharp step, found soon) and once to 20 and 20 (a small one).  It is a step when the jump is `SIGMAS` times its
own standard deviation.  The common slope keeps a steep fall from being taken for a row of steps.

Pure arithmetic on seconds that follow each other.  Sources: linear regression with one dummy variable, any textbook;
lengths and significance are our own, chosen with `benchmarks/power.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import mul
from statistics import median

SIGMAS = 5.0  # two tests a second for an hour: a false cut costs a little leverage, a missed step costs the slope
SMALLEST_V = 0.012  # three last digits of the monitor
USUAL_V_PER_S = 0.003  # 180 mV/min; a charger that has gone falls faster, and does so for longer than a window
_LEAST_BEFORE = 3
_SEARCHED = 3  # seconds on each side of the tested place in which the step's own edge is looked for
_QUIETEST_V = 0.002  # half the monitor's last digit: a supply that shows one number all the time is not without error
_FEW = 4
_SIGMA_OF_DIFFERENCE = 0.6745 * math.sqrt(2)  # median of |N(0, 1) − N(0, 1)|


@dataclass(frozen=True, slots=True)
class Scale:
    """How many seconds before and after a place are compared."""

    before: int
    after: int


SCALES = (Scale(10, 3), Scale(10, 6), Scale(20, 20))


@dataclass(frozen=True, slots=True)
class _Half:
    """Count, mean, and sums of squares about the mean; the second's number is the abscissa."""

    count: int
    mean_v: float
    xx: float
    xy: float


def noise_of(volts: Sequence[float]) -> float:
    """Standard deviation of one second, from the median difference of neighbours."""
    differences = [abs(later - earlier) for earlier, later in pairwise(volts)]
    if len(differences) < _FEW:
        return 0.01  # before anything is known: a poor charger's
    return max(_QUIETEST_V, median(differences) / _SIGMA_OF_DIFFERENCE)


def step_at(volts: Sequence[float], cuts: Sequence[bool], scale: Scale, noise_v: float) -> tuple[int, float] | None:
    """Index of the first second after a step, and the step in volts; None: no step `scale.after` seconds ago.

    Args:
        volts: All seconds.
        cuts: Of the newest of them, whether each is already known not to continue the one before.
        scale: What to compare.
        noise_v: Standard deviation of one second.
    """
    place = len(volts) - scale.after
    shift = len(volts) - len(cuts)
    if place < _LEAST_BEFORE or any(cuts[place - shift :]):
        return None
    start = place - 1
    while start > shift and not cuts[start - shift] and place - start < scale.before:
        start -= 1
    if place - start < _LEAST_BEFORE:
        return None
    before, after = _half(volts[start:place]), _half(volts[place:])
    # A slope is expected to be small: without that, a short window cannot tell it from a step.
    stiffness = before.xx + after.xx + (noise_v / USUAL_V_PER_S) ** 2
    slope = (before.xy + after.xy) / stiffness
    distance = (before.count + after.count) / 2
    jump_v = after.mean_v - before.mean_v - slope * distance
    variance = 1 / before.count + 1 / after.count + distance * distance / stiffness
    if abs(jump_v) < max(SMALLEST_V, SIGMAS * noise_v * math.sqrt(variance)):
        return None
    # A spike among the seconds after is no step: more than half of them must have gone along.
    if abs(median(volts[place:]) - after.mean_v) > abs(jump_v) / 2:
        return None
    places = range(max(start + 1, place - _SEARCHED), min(place + _SEARCHED + 1, len(volts)))
    level_v = [volts[at] - slope * at for at in range(start, len(volts))]
    return max(places, key=lambda at: _contrast(level_v, at - start, jump_v)), jump_v


def _contrast(volts: Sequence[float], at: int, jump_v: float) -> float:
    """How well a jump at this place explains the whole."""
    before, after = at, len(volts) - at
    apart_v = sum(volts[at:]) / after - sum(volts[:at]) / before
    return apart_v * abs(apart_v) * before * after * (1 if jump_v > 0 else -1)


def _half(volts: Sequence[float]) -> _Half:
    count = len(volts)
    mean_v = sum(volts) / count
    middle = (count - 1) / 2
    return _Half(
        count, mean_v, count * (count * count - 1) / 12, sum(map(mul, range(count), volts)) - middle * count * mean_v
    )
