"""A consumer that somebody switches on, as the supply shows it: the charger test's eyes.

The step is found by comparing the medians of `_BEFORE` and `_AFTER` seconds, not by the history's own search: that one
must not be wrong once an hour, this one expects a step within a minute or two and can be surer of it.  A step that is
taken back before long was somebody else's.

Pure: reads a history, remembers nothing.  The lengths are our own, chosen with `benchmarks/charger_test.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from appliance.power.charger_rules import RULES, ChargerTestRules
from appliance.power.history import History, Second, Stretch
from appliance.power.slope import whole

_BEFORE, _AFTER = 12, 4  # seconds that are compared to find a step
_GONE = 0.3  # a level that has come back but for this share of the step is back; other consumers come and go
_EARLIER_S = 15.0  # so long before the request the level before is looked at


@dataclass(frozen=True, slots=True)
class Load:
    """The consumer, as the supply shows it.

    Attributes:
        on_s: When it was switched on.
        for_s: For how long it has been seen on.
        before_v: The level before it.
        sag_v: Its step.
        last_v: The level in the newest seconds.
        slope_v_per_s: With it on, by the slope between steps; negative: falling.  None: too short.
        ends_v_per_s: The same by the levels at its ends.  None: too short.
    """

    on_s: float
    for_s: float
    before_v: float
    sag_v: float
    last_v: float
    slope_v_per_s: float | None
    ends_v_per_s: float | None

    @property
    def drop_v(self) -> float:
        """The step and what followed."""
        return self.before_v - self.last_v


def load_since(history: History, since_s: float, rules: ChargerTestRules = RULES) -> Load | None:
    """The consumer that was switched on since `since_s` and is still on; None: none is seen."""
    seconds = [one for one in history.seconds if one.at_s >= since_s - _EARLIER_S]
    first = next((i for i, one in enumerate(seconds) if one.at_s >= since_s - 1), len(seconds))
    while first < len(seconds):
        on = _step(seconds, first, history.noise_v, -1, rules)
        if on is None:
            return None
        load = _load(seconds, on, history.noise_v, rules)
        gone = _gone(seconds, on, load, rules)
        if gone is None:
            return load if load.drop_v >= max(rules.smallest_v, load.sag_v / 2) else None
        first = gone  # it was somebody else's
    return None


def off_since(history: History, since_s: float, rules: ChargerTestRules = RULES) -> float | None:
    """When the consumer was switched off, since `since_s`; None: it is on."""
    seconds = [one for one in history.seconds if one.at_s >= since_s - _EARLIER_S]
    first = next((i for i, one in enumerate(seconds) if one.at_s >= since_s - 1), len(seconds))
    off = _step(seconds, first, history.noise_v, +1, rules)
    return None if off is None else seconds[off].at_s


def back_after_s(history: History, off_s: float, before_v: float, rules: ChargerTestRules = RULES) -> float | None:
    """How long after `off_s` the level was near `before_v` again; None: it is not."""
    back = (one.at_s for one in history.seconds if one.at_s >= off_s and one.volts >= before_v - rules.near_v)
    first_s = next(back, None)
    return None if first_s is None else first_s - off_s


def _step(seconds: Sequence[Second], first: int, noise_v: float, sign: int, rules: ChargerTestRules) -> int | None:
    """Index of the first second after the first step down (`sign` −1) or up (+1) from `first` on; None: none is."""
    jumps_v = [sign * _jump_v(seconds, at) for at in range(first, len(seconds) - _AFTER + 1)]
    least_v = max(rules.smallest_v, rules.sigmas * noise_v * math.sqrt(1 / _BEFORE + 1 / _AFTER))
    found = next((at for at, jump_v in enumerate(jumps_v) if jump_v >= least_v), None)
    if found is None:
        return None
    # While the window slides over a step, the jump grows; it is where the jump is largest.
    near = range(found, min(found + _AFTER + 1, len(jumps_v)))
    return first + max(near, key=lambda at: jumps_v[at])


def _gone(seconds: Sequence[Second], on: int, load: Load, rules: ChargerTestRules) -> int | None:
    """Index from which the level is back where it was before the step; None: it never was."""
    back_v = load.before_v - max(rules.smallest_v, load.sag_v) * _GONE
    for at in range(on + _AFTER, len(seconds) - rules.level_s + 1):
        if _median(seconds[at : at + rules.level_s]) > back_v:
            return at
    return None


def _jump_v(seconds: Sequence[Second], at: int) -> float:
    """From the level before this second to the one from it on; a fall before it is expected to go on."""
    before, after = seconds[max(0, at - _BEFORE) : at], seconds[at : at + _AFTER]
    if len(before) < _AFTER:
        return 0.0
    half = len(before) // 2
    fall_v_per_s = min(0.0, (_median(before[-half:]) - _median(before[:half])) / (len(before) - half))
    return _median(after) - _median(before) - fall_v_per_s * (len(before) + len(after)) / 2


def _load(seconds: Sequence[Second], on: int, noise_v: float, rules: ChargerTestRules) -> Load:
    during = seconds[on:]
    for_s = during[-1].at_s - during[0].at_s + 1
    before_v = _median(seconds[max(0, on - rules.level_s) : on])
    settled_s = during[0].at_s + max(rules.settles_s, for_s / 3)
    settled = [one for one in during if one.at_s >= settled_s]
    slope = whole(_stretches(settled), noise_v)
    ends = None
    if len(settled) >= 2 * rules.level_s:
        apart_s = settled[-1].at_s - settled[0].at_s - (rules.level_s - 1)
        ends = (_median(settled[-rules.level_s :]) - _median(settled[: rules.level_s])) / apart_s
    return Load(
        on_s=during[0].at_s,
        for_s=for_s,
        before_v=before_v,
        sag_v=before_v - _median(during[: rules.level_s]),
        last_v=_median(during[-rules.level_s :]),
        slope_v_per_s=slope.v_per_s if slope else None,
        ends_v_per_s=ends,
    )


def _stretches(seconds: Sequence[Second]) -> list[Stretch]:
    """What lies between the cuts, newest first, without the second at a step's edge."""
    parts: list[list[Second]] = [[]]
    for one in seconds:
        if one.cut:
            parts[-1] = parts[-1][:-1]
            parts.append([])
        else:
            parts[-1].append(one)
    return [_stretch(part) for part in reversed(parts) if part]


def _stretch(seconds: Sequence[Second]) -> Stretch:
    return Stretch(tuple(one.at_s for one in seconds), tuple(one.volts for one in seconds), working=False)


def _median(seconds: Sequence[Second]) -> float:
    return median(second.volts for second in seconds)
