"""The charger test: switch a consumer on and watch what the supply does.

A charger that regulates bears a consumer: the level steps down by the resistance of cables and battery, settles within
a minute and stays.  One at its current limit does not: the battery pays, and the level falls for as long as the
consumer is on.  Both may show the same volts before.

    sag        the step itself; divided by the consumer's assumed current, the resistance of the source
    drop       from before the consumer to the newest seconds with it: the step and what followed
    fall       with the consumer on, once it has settled, measured twice: by the slope between the steps of other
               consumers, and by the levels at its two ends
    recovery   from switching off until the level is back

REFUSED: the level went under the limit; or it falls so fast that programming would end below it; or the drop would
leave programming too little above it.  INCONCLUSIVE: it falls, but slowly; or the two measures of the fall disagree,
because something else was switched meanwhile.

What it can know is whether this charger, at this plug, carried this consumer.  It measures no amperes: the consumer's
current is assumed, and the amperes in a refusal follow from how fast a battery loses its surface charge.  They can be
wrong by a factor of two, and no verdict depends on them.  A hungry battery takes current as a consumer does: beside
one, a charger may be refused that would do for a full battery.

Pure: `consumer` reads the history, this judges.  Sources: facts.md §6 (20 A drawn by a real flash: confirmed by trade);
how often it is right on the bench's batteries: docs/charger-test.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from appliance.power.charger_rules import RULES, ChargerTestRules
from appliance.power.consumer import Load
from appliance.power.limits import Limits


class ChargerVerdict(Enum):
    """What became of the charger test; the pure part says the first three."""

    PASSED = "passed"
    REFUSED = "refused"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class ChargerTest:
    """What was seen, and what it means.

    Attributes:
        verdict: In one word.
        words: The same with its arithmetic, a sentence without a full stop.
        sag_v: How far the level stepped down; None: no consumer was seen, and all below is None too.
        source_ohm: Of charger, battery and wiring up to the plug, for the assumed current.
        fall_v_per_min: Slope with the consumer on; negative: falling.  None: watched too shortly.
        recovery_s: From switching off until the level was back; None: not switched off, or not back yet.
    """

    verdict: ChargerVerdict
    words: str
    sag_v: float | None = None
    source_ohm: float | None = None
    fall_v_per_min: float | None = None
    recovery_s: float | None = None


def judge_load(load: Load, limits: Limits, rules: ChargerTestRules = RULES) -> ChargerTest | None:
    """What this consumer says of the charger; None: it must be watched for longer.

    Args:
        load: As seen now.
        limits: Of the gate; the supply must carry programming above `hold_v`.
        rules: What is assumed and asked.
    """
    shown = (
        f"with the {rules.consumer} (about {rules.consumer_a:.0f} A) it went from {load.before_v:.2f} V "
        f"to {load.last_v:.2f} V"
    )
    if load.last_v < limits.hold_v and load.for_s >= rules.settles_s:
        return _said(ChargerVerdict.REFUSED, f"{shown}, below the limit {limits.hold_v:.2f} V", load, rules)
    slope, ends = load.slope_v_per_s, load.ends_v_per_s
    if slope is None or ends is None or load.for_s < rules.least_s:
        return None
    least, most = min(-slope, -ends), max(-slope, -ends)
    far = load.drop_v > rules.drop_ohm * rules.consumer_a
    bearable = rules.fall_v_per_s * (0.5 if far else 1.0)
    last_chance = load.for_s >= rules.most_s
    if most <= bearable * (1.0 if last_chance else rules.clear):
        return _steady(load, shown, limits, rules)
    if least > bearable * (1.0 if last_chance else 2.0) and load.for_s >= rules.doubted_s:
        return _falling(load, least, shown, limits, rules)
    if not last_chance:
        return None
    words = f"{shown} and fell by {1000 * 60 * max(0.0, least):.0f} to {1000 * 60 * most:.0f} mV/min"
    return _said(ChargerVerdict.INCONCLUSIVE, f"{words}: something else was switched meanwhile", load, rules)


def unseen(rules: ChargerTestRules = RULES) -> ChargerTest:
    """What there is to say when no consumer was seen."""
    words = f"no consumer was seen: the {rules.consumer} stayed off, or takes much less than {rules.consumer_a:.0f} A"
    return ChargerTest(ChargerVerdict.SKIPPED, words)


def _steady(load: Load, shown: str, limits: Limits, rules: ChargerTestRules) -> ChargerTest:
    extra_a = max(rules.programming_a - rules.awake_a, 0.0)
    laden_v = load.before_v - load.drop_v / rules.consumer_a * extra_a
    if laden_v < limits.hold_v + rules.margin_v:
        needed = f"the {extra_a:.0f} A that programming takes more than a car awake would leave {laden_v:.2f} V"
        words = f"{shown}: {needed}, too near the limit {limits.hold_v:.2f} V"
        return _said(ChargerVerdict.REFUSED, words, load, rules)
    words = f"{shown} and stayed there; programming needs about {rules.programming_a:.0f} A in all"
    return _said(ChargerVerdict.PASSED, words, load, rules)


def _falling(load: Load, fall_v_per_s: float, shown: str, limits: Limits, rules: ChargerTestRules) -> ChargerTest:
    falling = f"{shown} and kept falling by {fall_v_per_s * 60_000:.0f} mV/min"
    left_s = (load.last_v - limits.hold_v) / fall_v_per_s
    if left_s > rules.lasts_s:
        words = f"{falling}: {limits.hold_v:.2f} V would be reached in {left_s / 60:.0f} min at the earliest"
        return _said(ChargerVerdict.INCONCLUSIVE, words, load, rules)
    return _said(ChargerVerdict.REFUSED, f"{falling}: {_given(fall_v_per_s, rules)}", load, rules)


def _given(fall_v_per_s: float, rules: ChargerTestRules) -> str:
    taken_a = rules.awake_a + rules.consumer_a
    given_a = taken_a - fall_v_per_s * rules.surface_c_per_v
    needs = f"programming needs about {rules.programming_a:.0f} A"
    if given_a >= rules.programming_a:
        return f"this charger gives less than the car takes, about {taken_a:.0f} A; {needs}"
    if given_a < 1:
        return f"this charger gives next to nothing; {needs}"
    return f"this charger gives about {given_a:.0f} A, roughly estimated; {needs}"


def _said(verdict: ChargerVerdict, words: str, load: Load, rules: ChargerTestRules) -> ChargerTest:
    slope = load.slope_v_per_s
    fall = None if slope is None else round(slope * 60, 4)
    return ChargerTest(verdict, words, round(load.sag_v, 4), round(load.sag_v / rules.consumer_a, 5), fall)
