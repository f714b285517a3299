"""Will the supply hold until the job is done?

`outlook` says what the supply is doing and when it would reach the limit; `may_begin` decides about the next erase.
It asks, in this order, and the first no counts:

    OBSERVED   just now, and long enough?  Longer while the plan is in doubt: a slow creep needs a minute to be seen.
    SETTLED    not stepped down within the last seconds, enough seen at this level or below, and enough at rest since
               our own load went?
    DATABLOCK  hard: does the lower bound of the slope, `sigmas` below the estimate, stay above the limit and a margin
               until the next datablock is done?  Asked of the whole history and again of what was seen at the present
               level or below: a charger that stopped regulating when a consumer came on creeps only below that step.
    WORKING    hard: did it fall while we programmed and recover when we rested?  Then it will fall again.
    PLAN       soft: is it *significantly* falling, and does the estimate reach the limit before the plan is done?

Only the hard questions guard the car; the soft one keeps a job that cannot be finished from being started.  A slope
never counts upwards, not even against its own error.  Nothing is remembered here: asked again with a longer history,
the answer may change.

Pure: the caller brings history, time, limits.  How often it is right, and what lost against it: docs/power.md.
Sources: facts.md §6 (limits: confirmed); a slope's error: `slope`; the rest is our own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median

from appliance.power.history import History, Span, Stretch
from appliance.power.horizon import PER_MIN, RULES, Criterion, Decision, ForecastRules, Horizon, duration, rate
from appliance.power.limits import Limits
from appliance.power.slope import Slope, oldest, slopes, steadiest, whole

__all__ = ["RULES", "Criterion", "Decision", "ForecastRules", "Outlook", "Trend", "may_begin", "outlook"]


class Trend(Enum):
    """What a supply can be seen to do; each with a sentence for people."""

    UNKNOWN = "too little has been seen of the supply"
    STEADY = "the supply is steady"
    CREEPING = "the supply creeps down: the charger gives less than the car takes"
    STEPPED = "the supply has stepped: a consumer, or the charger changed its mode"
    FALLING = "the supply falls fast: the charger is off or has come off"
    RISING = "the supply is rising: the charger has just been connected, or the battery is being charged"


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


def outlook(
    history: History, now_s: float, limit_v: float, rules: ForecastRules = RULES, apart: Sequence[Span] = ()
) -> Outlook:
    """What the supply does, and when it would reach `limit_v`.

    Args:
        history: Everything seen since the plug went in.
        now_s: On the readings' clock.
        limit_v: The limit meant.
        rules: How cautious to be.
        apart: When a consumer was on that is known not to stay: no slope is taken from there.
    """
    stretches = history.stretches()
    seen = _without(stretches, apart)
    enough = sum(len(one.at_s) for one in seen) >= rules.shortest_s  # a window may span a time that is left out
    slope = steadiest(slopes(seen, history.noise_v, rules.shortest_s)) if enough else None
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
    return Outlook(trend, v_per_s * PER_MIN, error * PER_MIN, level_v, history.observed_s, limit_v, limit_in_s, words)


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
    block = Horizon(level_v, datablock_s * rules.stretch, limits.hold_v, rules)
    for slope in (here, overall):
        if block.lowest_v(slope) < limits.hold_v + rules.margin_v:
            return block.refused(slope)
    laden = _laden(stretches, history.noise_v, rules)
    if laden and block.bound_v(laden, 1.0) < limits.hold_v + rules.margin_v:
        return block.refused_working(laden)
    plan = Horizon(level_v, max(plan_s, datablock_s), limits.hold_v, rules)
    for slope in (here, overall):
        if slope.falls(rules.sigmas, rules.drift_v_per_s) and plan.at_end_v(slope.v_per_s) < limits.hold_v:
            return plan.of_plan(slope, allowed=False)
    doubtful = min((here, overall), key=lambda slope: plan.bound_v(slope, rules.doubt_sigmas))
    doubt_s = rules.observe_s * rules.doubted - history.observed_s
    if doubt_s > 0 and plan.bound_v(doubtful, rules.doubt_sigmas) < limits.hold_v:
        return plan.doubted(doubtful, doubt_s)
    return plan.of_plan(min((here, overall), key=lambda slope: slope.v_per_s), allowed=True)


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
    rested_s = _since_load_went(stretches)
    if rested_s is not None and rested_s < rules.rest_s:
        left_s = rules.rest_s - rested_s
        reason = f"our own load has just gone, and the supply must be watched without it for another {left_s:.0f} s"
        return Decision(False, Criterion.SETTLED, reason)
    return None


def _since_load_went(stretches: list[Stretch]) -> int | None:
    """Seconds seen since our own load became less, though another control unit may still be at work; None: never."""
    seen_s = 0
    for one, newer in zip(stretches, [*stretches[:1], *stretches], strict=False):
        if one.working > newer.working:
            return seen_s
        seen_s += len(one.at_s)
    return None


def _level(history: History, stretches: list[Stretch], rules: ForecastRules) -> float:
    """The lower of a slow and a quick median: a fall counts at once, a rise when it has lasted."""
    if not stretches:
        return history.newest_v
    last_v = stretches[0].volts
    return min(median(last_v[-rules.level_s :]), median(last_v[-4:]))


def _without(stretches: list[Stretch], apart: Sequence[Span]) -> list[Stretch]:
    for span in apart:
        stretches = [part for one in stretches for part in one.outside(span)]
    return stretches


def _at_or_below(stretches: list[Stretch], level_v: float, noise_v: float, rules: ForecastRules) -> list[Stretch]:
    """What was seen with at least the present load: the newest stretch and those that lay no higher."""

    def no_higher(one: Stretch) -> bool:
        return one.mean_v <= level_v + rules.near_v + 2 * noise_v / math.sqrt(len(one.volts))

    return [*stretches[:1], *(one for one in stretches[1:] if no_higher(one))]


def _laden(stretches: list[Stretch], noise_v: float, rules: ForecastRules) -> Slope | None:
    """The slope under our own load, if the supply fell under it and rose, or may have risen, without; else None."""
    working = [one for one in stretches if one.working]
    rest = [one for one in stretches if not one.working and working and one.at_s[0] > working[0].at_s[-1]]
    if not working or not rest:
        return None
    laden = steadiest(slopes(working, noise_v, rules.shortest_s))
    unladen = whole(oldest(rest, rules.rested_s), noise_v)
    if laden is None or not laden.falls(rules.sigmas, rules.drift_v_per_s):
        return None
    if unladen is None or unladen.error_v_per_s > -laden.v_per_s:
        return laden  # the rest was too short to show that the load had nothing to do with it
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
    seen = f"{trend.value}: {level_v:.2f} V, {rate(v_per_s, error)}"
    if limit_in_s is None:
        return f"{seen}; it does not reach the limit {limit_v:.2f} V"
    if limit_in_s <= 0:
        return f"{seen}; the limit {limit_v:.2f} V is reached"
    return f"{seen}; it reaches the limit {limit_v:.2f} V in {duration(limit_in_s)}"
