"""Where did the level step?

Two halves with one common slope and a jump between them are fitted to the newest seconds: to 10 before and 3 after (a
sharp step, found soon), to 10 and 6 (among much noise) and to 20 and 20 (a small one).  It is a step when the jump is
`SIGMAS` times its own standard deviation.  The common slope keeps a steep fall from being taken for a row of steps.

Pure arithmetic on seconds that follow each other.  Sources: linear regression with one dummy variable, any textbook;
lengths and significance are our own, chosen with `benchmarks/power.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul, sub
from statistics import median

SIGMAS = 5.0  # three tests a second for an hour: a false cut costs a little leverage, a missed step costs the slope
SMALLEST_V = 0.012  # three last digits of the monitor
USUAL_V_PER_S = 0.003  # 180 mV/min; a charger that has gone falls faster, and does so for longer than a window
_LEAST_BEFORE = 3
_LONGEST = 20  # of the halves of `SCALES`
_SEARCHED = 3  # seconds on each side of the tested place in which the step's own edge is looked for
_QUIETEST_V = 0.002  # half the monitor's last digit: a supply that shows one number all the time is not without error
_FEW = 4
_SIGMA_OF_DIFFERENCE = 0.6745 * math.sqrt(2)  # median of |N(0, 1) − N(0, 1)|


@dataclass(frozen=True, slots=True)
class Scale:
    """How many seconds before and after a place are compared, and how many newest ones are left out.

    A sharp step that has only just come is for the quick scale; at the edge of a long window it looks like a small one.
    """

    before: int
    after: int
    lag: int = 0


SCALES = (Scale(10, 3), Scale(10, 6), Scale(20, 20, 3))
# Numbers of so many seconds, counted from their middle: what a slope is fitted with, three times a second.
_CENTRED = tuple(tuple(at - (count - 1) / 2 for at in range(count)) for count in range(_LONGEST + 1))


def noise_of(volts: Sequence[float]) -> float:
    """Standard deviation of one second, from the median difference of neighbours."""
    if len(volts) <= _FEW:
        return 0.01  # before anything is known: a poor charger's
    middle_v: float = median(map(abs, map(sub, volts[1:], volts)))
    return max(_QUIETEST_V, middle_v / _SIGMA_OF_DIFFERENCE)


def step_at(volts: Sequence[float], cuts: Sequence[bool], scale: Scale, noise_v: float) -> tuple[int, float] | None:
    """Index of the first second after a step, and the step in volts; None: no step there.

    Args:
        volts: All seconds.
        cuts: Of the newest of them, whether each is already known not to continue the one before.
        scale: What to compare.
        noise_v: Standard deviation of one second.
    """
    end = len(volts) - scale.lag
    place = end - scale.after
    shift = len(volts) - len(cuts)
    if place < _LEAST_BEFORE or any(cuts[place - shift : end - shift]):
        return None
    start = place - 1
    while start > shift and not cuts[start - shift] and place - start < scale.before:
        start -= 1
    if place - start < _LEAST_BEFORE:
        return None
    before_v, before_xx, before_xy = _half(volts[start:place])
    after_v, after_xx, after_xy = _half(volts[place:end])
    # A slope is expected to be small: without that, a short window cannot tell it from a step.
    stiffness = before_xx + after_xx + (noise_v / USUAL_V_PER_S) ** 2
    slope = (before_xy + after_xy) / stiffness
    distance = (end - start) / 2
    jump_v = after_v - before_v - slope * distance
    variance = 1 / (place - start) + 1 / (end - place) + distance * distance / stiffness
    if abs(jump_v) < max(SMALLEST_V, SIGMAS * noise_v * math.sqrt(variance)):
        return None
    # A spike among the seconds after is no step: more than half of them must have gone along.
    if abs(median(volts[place:end]) - after_v) > abs(jump_v) / 2:
        return None
    places = range(max(start + 1, place - _SEARCHED), min(place + _SEARCHED + 1, end))
    level_v = [volts[at] - slope * at for at in range(start, end)]
    return max(places, key=lambda at: _contrast(level_v, at - start, jump_v)), jump_v


def _contrast(volts: Sequence[float], at: int, jump_v: float) -> float:
    """How well a jump at this place explains the whole."""
    before, after = at, len(volts) - at
    apart_v = sum(volts[at:]) / after - sum(volts[:at]) / before
    return apart_v * abs(apart_v) * before * after * (1 if jump_v > 0 else -1)


def _half(volts: Sequence[float]) -> tuple[float, float, float]:
    """Mean, and sums of squares and products about it; the abscissa is the second's number."""
    count = len(volts)
    return sum(volts) / count, count * (count * count - 1) / 12, sum(map(mul, _CENTRED[count], volts))
