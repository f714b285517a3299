"""Supplies in one line each, for the tests of the forecast."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable

from appliance.config import Battery, PowerConfig
from appliance.power.forecast import Decision, Outlook, may_begin, outlook
from appliance.power.history import History
from appliance.power.limits import limits_from

LIMITS = limits_from(PowerConfig(battery=Battery.LEAD))
LIMIT_V = LIMITS.hold_v
NOISE_V = 0.006
TENTHS = range(10)

Curve = Callable[[float], float]


def level(volts: float) -> Curve:
    """It never changes."""
    return lambda _: volts


def creeping(from_v: float, mv_per_min: float) -> Curve:
    """It falls steadily from the beginning."""
    return lambda at_s: from_v - mv_per_min / 60_000 * at_s


def stepping(volts: float, *steps: tuple[float, float]) -> Curve:
    """A level, and from each `at_s` on so many volts more."""
    return lambda now_s: volts + sum(step_v for at_s, step_v in steps if now_s >= at_s)


def approaching(from_v: float, to_v: float, tau_s: float, at_s: float = 0.0) -> Curve:
    """A level, and from `at_s` on exponentially to another."""
    return lambda now_s: to_v + (from_v - to_v) * math.exp(-max(0.0, now_s - at_s) / tau_s)


def seen(curve: Curve, for_s: int, noise_v: float = NOISE_V, working: Iterable[int] = ()) -> History:
    """The history after so many seconds of one noisy reading each."""
    chance, history, busy = random.Random(1), History(), frozenset(working)
    for at_s in range(for_s):
        history.add(float(at_s), curve(at_s) + chance.gauss(0, noise_v), at_s in busy)
    return history


def asked(curve: Curve, for_s: int, datablock_s: float = 120.0, plan_s: float = 900.0) -> Decision:
    """What the forecast answers after so many seconds."""
    return may_begin(seen(curve, for_s), for_s - 1.0, LIMITS, datablock_s, plan_s)


def looked(curve: Curve, for_s: int) -> Outlook:
    """What the supply is said to do after so many seconds."""
    return outlook(seen(curve, for_s), for_s - 1.0, LIMIT_V)
