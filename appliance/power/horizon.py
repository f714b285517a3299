"""A level, a slope and a time: the arithmetic behind every answer of the forecast, and the words for it.

Pure: numbers in, a `Decision` with its sentence out.  Which question is asked when is `forecast`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from appliance.power.slope import Slope

PER_MIN = 60.0


@dataclass(frozen=True, slots=True)
class ForecastRules:
    """How cautious the forecast is; every number was chosen with `benchmarks/power.py`.

    Attributes:
        observe_s: Watched before the first erase. Identification takes about 10 s and the plug is in before it.
        doubted: As often as this `observe_s` is watched while in doubt whether the plan will be carried.
        doubt_sigmas: Between the slope and the bound that must carry the plan to be without doubt.
        fresh_s: An older newest reading is no observation.
        sigmas: Between the slope and its lower bound, and for a slope to count as significant.
        drift_v_per_s: What any supply drifts by itself (temperature, battery); 2 mV/min, added to the slope's error.
        stretch: The next datablock may take so much longer than estimated.
        steepens_per_s: A fall may steepen by this share of itself each second; 3 % a minute, as a battery's end does.
        margin_v: Our own load: a unit that erases draws amperes more (facts.md §6: 20 A seen) at some mΩ.
        level_s: Seconds in the present level; the median of them.
        near_v: A stretch this much higher still counts as the present level.
        evidence_s: Needed at the present level or below.
        rest_s: Watched at rest after a datablock: what our load hid while it went shows then.
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
    doubted: float = 2.5
    doubt_sigmas: float = 2.0
    fresh_s: float = 2.0
    sigmas: float = 3.0
    drift_v_per_s: float = 0.002 / PER_MIN
    stretch: float = 1.25
    steepens_per_s: float = 0.0005
    margin_v: float = 0.06
    level_s: int = 10
    near_v: float = 0.03
    evidence_s: int = 10
    rest_s: int = 8
    moved_sigmas: float = 5.0
    moved_v: float = 0.02
    shortest_s: float = 20.0
    shortest_here_s: float = 8.0
    rested_s: float = 60.0
    recovers: float = 0.2
    falling_v_per_s: float = 0.150 / PER_MIN
    recent_s: float = 30.0
    step_v: float = 0.04


RULES = ForecastRules()


class Criterion(Enum):
    """Which question decided; told in `forecast`'s docstring."""

    OBSERVED = "observed"
    SETTLED = "settled"
    DATABLOCK = "datablock"
    WORKING = "working"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the next datablock may be erased.

    Attributes:
        allowed: It may.
        criterion: The question that decided; the last one when all were answered yes.
        reason: The arithmetic, a sentence without a full stop.
        predicted_v: At the end of what the question was about; None when it was not about a voltage.
        for_s: How far the question looked; 0 when it was not about a voltage.
    """

    allowed: bool
    criterion: Criterion
    reason: str
    predicted_v: float | None = None
    for_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Horizon:
    """A level, a time to hold it, and a limit: the arithmetic of every answer and its words."""

    level_v: float
    for_s: float
    limit_v: float
    rules: ForecastRules

    def at_end_v(self, v_per_s: float) -> float:
        """The voltage at the end; a rise counts as no slope."""
        return self.level_v + min(0.0, v_per_s) * self.for_s

    def bound_v(self, slope: Slope, sigmas: float) -> float:
        """The same, so many standard deviations lower."""
        return self.at_end_v(slope.low_v_per_s(sigmas, self.rules.drift_v_per_s))

    def lowest_v(self, slope: Slope) -> float:
        """The same with all caution the rules ask for, of a fall that steepens."""
        steeper = min(0.0, slope.v_per_s) * self.rules.steepens_per_s * self.for_s
        return self.at_end_v(slope.low_v_per_s(self.rules.sigmas, self.rules.drift_v_per_s) + steeper)

    def refused(self, slope: Slope) -> Decision:
        """No: this slope may not carry the next datablock."""
        kept = f", and {self.rules.margin_v * 1000:.0f} mV are kept for our own load"
        return self._answer(Criterion.DATABLOCK, self.lowest_v(slope), f"{self._seen(slope)}: at worst", kept)

    def refused_working(self, slope: Slope) -> Decision:
        """No: programming itself makes it fall."""
        at_v = self.bound_v(slope, 1.0)
        fell = f"while programming it fell by {rate(slope.v_per_s, slope.error_v_per_s)} and recovers at rest"
        return self._answer(Criterion.WORKING, at_v, f"{fell}: from {self.level_v:.2f} V to")

    def doubted(self, slope: Slope, left_s: float) -> Decision:
        """Not yet: more must be seen."""
        doubt = f"{self._seen(slope)} leaves in doubt whether it holds {self.limit_v:.2f} V for {duration(self.for_s)}"
        return Decision(False, Criterion.OBSERVED, f"the supply is watched for up to {left_s:.0f} s more: {doubt}")

    def of_plan(self, slope: Slope, allowed: bool) -> Decision:
        """Yes or no, by what is expected of the whole plan."""
        return self._answer(Criterion.PLAN, self.at_end_v(slope.v_per_s), f"{self._seen(slope)}: about", "", allowed)

    def _answer(self, by: Criterion, at_v: float, seen: str, kept: str = "", allowed: bool = False) -> Decision:
        done = "the plan" if by is Criterion.PLAN else "the next datablock"
        when = f"in {duration(self.for_s)}, when {done} is done"
        reason = f"{seen} {at_v:.2f} V {when}; the limit is {self.limit_v:.2f} V{kept}"
        return Decision(allowed, by, reason, at_v, self.for_s)

    def _seen(self, slope: Slope) -> str:
        fell = rate(slope.v_per_s, slope.error_v_per_s)
        return f"{self.level_v:.2f} V, {fell} over the last {duration(slope.window_s)}"


def rate(v_per_s: float, error: float) -> str:
    """A slope and its error for people; both in volts per second."""
    return f"{v_per_s * PER_MIN * 1000:+.0f} ± {error * PER_MIN * 1000:.0f} mV/min"


def duration(for_s: float) -> str:
    """Seconds or minutes for people."""
    return f"{for_s:.0f} s" if for_s < 2 * PER_MIN else f"{for_s / PER_MIN:.0f} min"
