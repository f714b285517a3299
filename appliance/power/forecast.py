"""Will the supply hold until the job is done?

`outlook` says what the supply is doing and when it would reach the limit; `may_begin` decides about the next erase.
It asks, in this order, and the first no counts:

    OBSERVED   long enough, and just now?
    SETTLED    not stepped down within the last seconds, and enough seen at this level or below?
    DATABLOCK  hard: does the lower bound of the slope, `sigmas` below the estimate, stay above the limit and a margin
               until the next datablock is done?  Asked of the whole history and again of what was seen at the present
               level or below: a charger that stopped regulating when a consumer came on creeps only below that step.
    WORKING    hard: did it fall while we programmed and recover when we rested?  Then it will fall again.
    PLAN       soft: is it *significantly* falling, and does the estimate reach the limit before the plan is done?

Only the hard questions guard the car; the soft one keeps a job that cannot be finished from being started.  A slope
never counts upwards.  Nothing is remembered here: asked again with a longer history, the answer may change.

Pure: the caller brings history, time, limits.  How often it is right, and what lost against it: docs/power.md.
Sources: facts.md §6 (limits: confirmed); a slope's error: `slope`; the rest is our own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from statistics import median

from appliance.power.history import History, Stretch
from appliance.power.limits import Limits
from appliance.power.slope import Slope, oldest, slopes, steadiest, whole

_PER_MIN = 60.0


@dataclass(frozen=True, slots=True)
class ForecastRules:
    """How cautious the forecast is; every number was chosen with `benchmarks/power.py`.

    Attributes:
        observe_s: Watched before the first erase. Identification takes about 10 s and the plug is in before it.
        fresh_s: An older newest reading is no observation.
        sigmas: Between the slope and its lower bound, and for a slope to count as significant.
        drift_v_per_s: What any supply drifts by itself (temperature, battery); 2 mV/min, added to the slope's error.
        stretch: The next datablock may take so much longer than estimated.
        steepens_per_s: A fall may steepen by this share of itself each second; 3 % a minute, as a battery's end does.
        margin_v: Our own load: a unit that erases draws amperes more (facts.md §6: 20 A seen) at some mΩ.
        level_s: Seconds in the present level; the median of them.
        near_v: A stretch this much higher still counts as the present level.
        evidence_s: Needed at the present level or below.
        moved_sigmas: The newest second is this far below the level: something has just happened.
        moved_v: But at least this far.
        shortest_s: No slope is taken from a shorter window.
        shortest_here_s: Nor, at the present level, from a shorter one than this.
        rested_s: A charger recovers within this time, or does not.
        recovers: A share of the fall under load; a faster rise at rest says that the load made it fall.
        falling_v_per_s: A faster fall is a charger that has gone, not one that is weak; 150 mV/min.
        recent_s: A step this young is worth a word.
        step_v: And this big.
    """

    observe_s: float = 30.0
    fresh_s: float = 2.0
    sigmas: float = 3.0
    drift_v_per_s: float = 0.002 / _PER_MIN
    stretch: float = 1.25
    steepens_per_s: float = 0.0005
    margin_v: float = 0.06
    level_s: int = 10
    near_v: float = 0.03
    evidence_s: int = 10
    moved_sigmas: float = 5.0
    moved_v: float = 0.02
    shortest_s: float = 20.0
    shortest_here_s: float = 8.0
    rested_s: float = 60.0
    recovers: float = 0.2
    falling_v_per_s: float = 0.150 / _PER_MIN
    recent_s: float = 30.0
    step_v: float = 0.04


RULES = ForecastRules()


class Trend(Enum):
    """What a supply can be seen to do; each with a sentence for people."""

    UNKNOWN = "too little has been seen of the supply"
    STEADY = "the supply is steady"
    CREEPING = "the supply creeps down: the charger gives less than the car takes"
    STEPPED = "the supply has stepped: a consumer, or the charger changed its mode"
    FALLING = "the supply falls fast: the charger is off or has come off"
    RISING = "the supply is rising: the charger has just been connected, or the battery is being charged"


class Criterion(Enum):
    """Which question decided; told in the module's docstring."""

    OBSERVED = "observed"
    SETTLED = "settled"
    DATABLOCK = "datablock"
    WORKING = "working"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the supply does now.

    Attributes:
        trend: In one word.
        slope_v_per_min: The estimate; negative: falling. 0 while `UNKNOWN`.
        slope_error_v_per_min: One standard deviation. 0 while `UNKNOWN`.
        level_v: The present level, spikes aside; NaN before the first second.
        observed_s: How long it has been watched.
        limit_v: The limit meant by `limit_in_s`.
        limit_in_s: Until the estimate reaches the limit; 0: it is reached; None: it does not.
        words: All of it, a sentence without a full stop.
    """

    trend: Trend
    slope_v_per_min: float
    slope_error_v_per_min: float
    level_v: float
    observed_s: float
    limit_v: float
    limit_in_s: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the next datablock may be erased.

    Attributes:
        allowed: It may.
        criterion: The question that decided; the last one when all were answered yes.
        reason: The arithmetic, a sentence without a full stop.
        predicted_v: At the end of what the question was about; None when it was not about a voltage.
    """

    allowed: bool
    criterion: Criterion
    reason: str
    predicted_v: float | None = None


def outlook(history: History, now_s: float, limit_v: float, rules: ForecastRules = RULES) -> Outlook:
    """What the supply does, and when it would reach `limit_v`."""
    stretches = history.stretches()
    slope = steadiest(slopes(stretches, history.noise_v, rules.shortest_s))
    level_v = _level(history, stretches, rules)
    watched = history.observed_s >= rules.observe_s and now_s - history.newest_at_s <= rules.fresh_s
    trend = _trend(history, slope, now_s, rules) if watched and slope else Trend.UNKNOWN
    v_per_s, error = (slope.v_per_s, slope.error_v_per_s) if watched and slope else (0.0, 0.0)
    limit_in_s = None
    if level_v <= limit_v:
        limit_in_s = 0.0
    elif trend in {Trend.CREEPING, Trend.FALLING}:
        limit_in_s = (limit_v - level_v) / v_per_s
    words = _words(trend, v_per_s, error, level_v, limit_v, limit_in_s)
    return Outlook(trend, v_per_s * _PER_MIN, error * _PER_MIN, level_v, history.observed_s, limit_v, limit_in_s, words)


def may_begin(
    history: History, now_s: float, limits: Limits, datablock_s: float, plan_s: float, rules: ForecastRules = RULES
) -> Decision:
    """Whether the supply will carry the next datablock, and by all that is known the rest of the plan.

    Args:
        history: Everything seen since the plug went in.
        now_s: On the readings' clock.
        limits: Of the gate; the supply must stay above `hold_v`.
        datablock_s: Erase, transfer and check of the next datablock, estimated.
        plan_s: All that remains of the plan, the next datablock included, estimated.
        rules: How cautious to be.
    """
    stretches = history.stretches()
    level_v = _level(history, stretches, rules)
    wait = _unobserved(history, now_s, rules) or _unsettled(history, stretches, level_v, limits.hold_v, rules)
    if wait:
        return wait
    below = _at_or_below(stretches, level_v, history.noise_v, rules)
    here = steadiest(slopes(below, history.noise_v, rules.shortest_here_s))
    overall = steadiest(slopes(stretches, history.noise_v, rules.shortest_s))
    if here is None or overall is None:
        return Decision(False, Criterion.SETTLED, "too little has been seen since the supply stepped")
    block = _Horizon(level_v, datablock_s * rules.stretch, limits.hold_v, rules)
    for slope in (here, overall):
        if block.lowest_v(slope) < limits.hold_v + rules.margin_v:
            return block.refused(slope)
    laden = _laden(stretches, history.noise_v, rules)
    if laden and block.at_end_v(laden.low_v_per_s(1.0, rules.drift_v_per_s)) < limits.hold_v + rules.margin_v:
        return block.refused_working(laden)
    plan = _Horizon(level_v, max(plan_s, datablock_s), limits.hold_v, rules)
    worst = min((here, overall), key=lambda slope: slope.v_per_s)
    for slope in (here, overall):
        if slope.falls(rules.sigmas, rules.drift_v_per_s) and plan.at_end_v(slope.v_per_s) < limits.hold_v:
            return plan.of_plan(slope, allowed=False)
    return plan.of_plan(worst, allowed=True)


@dataclass(frozen=True, slots=True)
class _Horizon:
    """A level, a time to hold it, and a limit: the arithmetic of every answer and its words."""

    level_v: float
    for_s: float
    limit_v: float
    rules: ForecastRules

    def at_end_v(self, v_per_s: float) -> float:
        return self.level_v + min(0.0, v_per_s) * self.for_s

    def lowest_v(self, slope: Slope) -> float:
        steeper = min(0.0, slope.v_per_s) * self.rules.steepens_per_s * self.for_s
        return self.at_end_v(slope.low_v_per_s(self.rules.sigmas, self.rules.drift_v_per_s) + steeper)

    def refused(self, slope: Slope) -> Decision:
        kept = f", and {self.rules.margin_v * 1000:.0f} mV are kept for our own load"
        return self._answer(Criterion.DATABLOCK, self.lowest_v(slope), f"{self._seen(slope)}: at worst", kept)

    def refused_working(self, slope: Slope) -> Decision:
        at_v = self.at_end_v(slope.low_v_per_s(1.0, self.rules.drift_v_per_s))
        fell = f"while programming it fell by {_rate(slope.v_per_s, slope.error_v_per_s)} and recovers at rest"
        return self._answer(Criterion.WORKING, at_v, f"{fell}: from {self.level_v:.2f} V to")

    def of_plan(self, slope: Slope, allowed: bool) -> Decision:
        return self._answer(Criterion.PLAN, self.at_end_v(slope.v_per_s), f"{self._seen(slope)}: about", "", allowed)

    def _answer(self, by: Criterion, at_v: float, seen: str, kept: str = "", allowed: bool = False) -> Decision:
        done = "the plan" if by is Criterion.PLAN else "the next datablock"
        when = f"in {_duration(self.for_s)}, when {done} is done"
        return Decision(allowed, by, f"{seen} {at_v:.2f} V {when}; the limit is {self.limit_v:.2f} V{kept}", at_v)

    def _seen(self, slope: Slope) -> str:
        rate = _rate(slope.v_per_s, slope.error_v_per_s)
        return f"{self.level_v:.2f} V, {rate} over the last {_duration(slope.window_s)}"


def _unobserved(history: History, now_s: float, rules: ForecastRules) -> Decision | None:
    age_s = now_s - history.newest_at_s
    if not age_s <= rules.fresh_s:
        return Decision(False, Criterion.OBSERVED, "there is no present reading of the supply")
    if history.observed_s < rules.observe_s:
        left_s = rules.observe_s - history.observed_s
        return Decision(False, Criterion.OBSERVED, f"the supply must be watched for another {left_s:.0f} s")
    return None


def _unsettled(
    history: History, stretches: list[Stretch], level_v: float, limit_v: float, rules: ForecastRules
) -> Decision | None:
    newest_v = min(history.newest_v, history.seconds[-1].raw_v)
    moved_v = level_v - newest_v
    if moved_v > max(rules.moved_sigmas * history.noise_v, rules.moved_v) or newest_v < limit_v <= level_v:
        reason = f"the supply has just gone down by {moved_v * 1000:.0f} mV and must show where it goes"
        return Decision(False, Criterion.SETTLED, reason)
    seen_s = sum(len(one.at_s) for one in _at_or_below(stretches, level_v, history.noise_v, rules))
    if seen_s < rules.evidence_s:
        left_s = rules.evidence_s - seen_s
        reason = f"the supply has stepped to {level_v:.2f} V and must be watched there for another {left_s:.0f} s"
        return Decision(False, Criterion.SETTLED, reason)
    return None


def _level(history: History, stretches: list[Stretch], rules: ForecastRules) -> float:
    """The lower of a slow and a quick median: a fall counts at once, a rise when it has lasted."""
    if not stretches:
        return history.newest_v
    last_v = stretches[0].volts
    return min(median(last_v[-rules.level_s :]), median(last_v[-4:]))


def _at_or_below(stretches: list[Stretch], level_v: float, noise_v: float, rules: ForecastRules) -> list[Stretch]:
    """What was seen with at least the present load: the newest stretch and those that lay no higher."""

    def no_higher(one: Stretch) -> bool:
        return one.mean_v <= level_v + rules.near_v + 2 * noise_v / math.sqrt(len(one.volts))

    return [*stretches[:1], *(one for one in stretches[1:] if no_higher(one))]


def _laden(stretches: list[Stretch], noise_v: float, rules: ForecastRules) -> Slope | None:
    """The slope under our own load, when the supply fell under it and rose without it; None: that was not seen."""
    working = [one for one in stretches if one.working]
    rest = [one for one in stretches if not one.working and working and one.at_s[0] > working[0].at_s[-1]]
    if not working or not rest:
        return None
    laden = steadiest(slopes(working, noise_v, rules.shortest_s))
    unladen = whole(oldest(rest, rules.rested_s), noise_v)
    if laden is None or unladen is None or not laden.falls(rules.sigmas, rules.drift_v_per_s):
        return None
    return laden if unladen.v_per_s > -rules.recovers * laden.v_per_s else None


def _trend(history: History, slope: Slope, now_s: float, rules: ForecastRules) -> Trend:
    if slope.falls(rules.sigmas, rules.drift_v_per_s):
        return Trend.FALLING if slope.v_per_s < -rules.falling_v_per_s else Trend.CREEPING
    recent = [second for second in history.seconds if now_s - second.at_s <= rules.recent_s]
    if any(abs(second.jump_v) >= rules.step_v for second in recent):
        return Trend.STEPPED
    return Trend.RISING if slope.rises(rules.sigmas, rules.drift_v_per_s) else Trend.STEADY


def _words(trend: Trend, v_per_s: float, error: float, level_v: float, limit_v: float, limit_in_s: float | None) -> str:
    if trend is Trend.UNKNOWN:
        return str(trend.value)
    seen = f"{trend.value}: {level_v:.2f} V, {_rate(v_per_s, error)}"
    if limit_in_s is None:
        return f"{seen}; it does not reach the limit {limit_v:.2f} V"
    if limit_in_s <= 0:
        return f"{seen}; the limit {limit_v:.2f} V is reached"
    return f"{seen}; it reaches the limit {limit_v:.2f} V in {_duration(limit_in_s)}"


def _rate(v_per_s: float, error: float) -> str:
    return f"{v_per_s * _PER_MIN * 1000:+.0f} ± {error * _PER_MIN * 1000:.0f} mV/min"


def _duration(for_s: float) -> str:
    return f"{for_s:.0f} s" if for_s < 2 * _PER_MIN else f"{for_s / _PER_MIN:.0f} min"
