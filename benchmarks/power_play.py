"""A plan of datablocks played against a supply, under one policy, one second at a time; and the oracle.

Rules:

1. The gate guards every policy: the first datablock needs what `gate.start_refusal` needs, each other one an open gate.
   A policy is asked afterwards, and asked again each second of a hold.
2. A datablock that has begun is never left.  When the level, without noise, goes under the hold limit before it ends,
   the play is over and the control unit is left erased.
3. A hold of more than `PATIENCE_S` before a datablock ends the play as well.
4. The oracle knows the supply, not the policy.  A control unit left erased was `FORESEEABLE` when what had begun
   `NOTICE_S` before the erase would have done it alone, `TOO_FRESH` when what had begun at all would have, and `STEP`
   when it took something that came later, as is a load that a charger has been shown for less than `SHOWN_S` so far.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from appliance.config import Battery, PowerConfig
from appliance.power.forecast import RULES, Criterion, Decision, ForecastRules, may_begin
from appliance.power.gate import GateState, judge, start_refusal, unread
from appliance.power.history import History
from appliance.power.limits import limits_from
from appliance.power.reading import Reading
from benchmarks.power_supplies import Datablock, Supply

LIMITS = limits_from(PowerConfig(battery=Battery.LEAD))
PATIENCE_S = 300
NOTICE_S = 3
SHOWN_S = 30  # as long as the appliance watches a supply before the first erase
BETWEEN_S = 6  # from the end of a datablock to the next erase
_DIGIT_V = 0.004  # the monitor's last digit (TI SBOS448G)


class End(Enum):
    """How a play ended."""

    FORESEEABLE = "left erased, foreseeable"
    TOO_FRESH = "left erased within moments of the cause"
    STEP = "left erased by what came later"
    REFUSED = "refused before the first erase"
    HELD = "held between two datablocks"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Begun:
    """A datablock that was begun; `laden_s`: for how long the charger had been loaded and had not recovered."""

    at_s: int
    until_s: float
    laden_s: int = 0


@dataclass(slots=True)
class Outcome:
    """What came of it.

    Attributes:
        end: How it ended.
        at_s: When.
        begun: Every datablock begun.
        last: The policy's last no while the gate was open; None: it never said one.
        longest_hold_s: Of all.
        refused_first: The first answer, once enough was observed, was no; None: it never came to that.
    """

    end: End = End.REFUSED
    at_s: int = 0
    begun: list[Begun] = field(default_factory=list)
    last: Decision | None = None
    longest_hold_s: int = 0
    refused_first: bool | None = None


class Policy(Protocol):
    """Who decides whether a datablock may begin, after the gate has said yes."""

    def add(self, now_s: float, volts: float, working: bool) -> None:
        """Take in a reading."""

    def ask(self, now_s: float, datablock_s: float, plan_s: float) -> Decision:
        """Whether the next datablock may begin; times are estimates."""


class ThresholdOnly:
    """The gate alone."""

    def add(self, now_s: float, volts: float, working: bool) -> None:
        """Nothing is remembered."""

    def ask(self, now_s: float, datablock_s: float, plan_s: float) -> Decision:  # noqa: ARG002
        """Always: the gate was open."""
        return Decision(True, Criterion.OBSERVED, "the gate is open")


class FirstTry:
    """Theil–Sen over 90 s, its 95 % lower bound (Sen 1968) stretched over the whole plan."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque(maxlen=90)

    def add(self, now_s: float, volts: float, working: bool) -> None:  # noqa: ARG002
        """Keep the newest."""
        self._seen.append((now_s, volts))

    def ask(self, now_s: float, datablock_s: float, plan_s: float) -> Decision:  # noqa: ARG002
        """After a minute, and when the lower bound stays above the limit."""
        seen, count = list(self._seen), len(self._seen)
        if count < 60:
            return Decision(False, Criterion.OBSERVED, "too little has been seen")
        slopes = sorted(
            (seen[later][1] - seen[at][1]) / (seen[later][0] - seen[at][0])
            for at in range(0, count, 2)
            for later in range(at + 1, count, 2)
        )
        free = count / math.sqrt(2)  # every second pair only
        share = 1.96 * math.sqrt((2 * free + 5) / (4.5 * free * (free - 1)))
        low = slopes[max(0, int(len(slopes) * (1 - share) / 2))]
        level_v = sorted(volts for _, volts in seen[-10:])[5]
        end_v = level_v + min(0.0, low) * plan_s
        return Decision(end_v >= LIMITS.hold_v, Criterion.PLAN, f"{low * 60_000:.0f} mV/min at worst", end_v)


class Forecast:
    """The appliance's."""

    def __init__(self, rules: ForecastRules = RULES) -> None:
        self.history = History()
        self._rules = rules

    def add(self, now_s: float, volts: float, working: bool) -> None:
        """Remember it."""
        self.history.add(now_s, volts, working)

    def ask(self, now_s: float, datablock_s: float, plan_s: float) -> Decision:
        """As the appliance does."""
        return may_begin(self.history, now_s, LIMITS, datablock_s, plan_s, self._rules)


def play(supply: Supply, policy: Policy, curve_v: Sequence[float], disturbance_v: Sequence[float]) -> Outcome:
    """Play a supply, given its curve and what its readings are off it."""
    outcome, state = Outcome(), unread(0.0)
    next_s, hold_s, laden_s = supply.identified_s, 0, 0
    begun: Begun | None = None
    for at_s, curve in enumerate(curve_v):
        laden_s = laden_s + 1 if begun else max(0, laden_s - 1)
        level_v = curve + supply.overload_v_per_s * laden_s - (supply.load_v if begun else 0.0)
        volts = round((level_v + disturbance_v[at_s]) / _DIGIT_V) * _DIGIT_V
        reading = Reading(float(at_s), volts, supply.ripple_v)
        state = judge(state, LIMITS, reading.at_s, reading)
        policy.add(reading.at_s, volts, begun is not None)
        outcome.at_s = at_s
        if begun and level_v < LIMITS.hold_v:
            outcome.end = cause(supply, begun, shown_s=_programmed_s(outcome.begun[:-1]))
            return outcome
        if begun and at_s >= begun.until_s:
            begun, next_s, hold_s = None, at_s + BETWEEN_S, 0
            if len(outcome.begun) == len(supply.plan):
                outcome.end = End.COMPLETED
                return outcome
        if begun or at_s < next_s:
            continue
        rest = supply.plan[len(outcome.begun) :]
        if _allowed(policy, state, reading, rest, outcome):
            begun = Begun(at_s, at_s + rest[0].actual_s, laden_s)
            outcome.begun.append(begun)
            outcome.end = End.HELD
            continue
        hold_s += 1
        outcome.longest_hold_s = max(hold_s, outcome.longest_hold_s)
        if hold_s > PATIENCE_S:
            break
    return outcome


def _allowed(policy: Policy, state: GateState, reading: Reading, rest: Sequence[Datablock], outcome: Outcome) -> bool:
    if not (state.is_open if outcome.begun else start_refusal(LIMITS, reading.at_s, reading, state) is None):
        return False
    answer = policy.ask(reading.at_s, rest[0].estimated_s, sum(one.estimated_s for one in rest))
    if not answer.allowed:
        outcome.last = answer
    if outcome.refused_first is None and (answer.allowed or answer.criterion is not Criterion.OBSERVED):
        outcome.refused_first = not answer.allowed
    return answer.allowed


def _programmed_s(begun: Sequence[Begun]) -> float:
    return sum(one.until_s - one.at_s for one in begun)


def cause(supply: Supply, begun: Begun, shown_s: float) -> End:
    """When it could have been known that this datablock would be left erased.

    Args:
        supply: All that happens.
        begun: The datablock.
        shown_s: For how long it had been seen what programming does to the supply.
    """
    if (supply.overload_v_per_s and shown_s < SHOWN_S) or _carried(supply, begun, begun.at_s):
        return End.STEP
    return End.TOO_FRESH if _carried(supply, begun, begun.at_s - NOTICE_S) else End.FORESEEABLE


def _carried(supply: Supply, begun: Begun, known_until_s: float) -> bool:
    """Whether what had happened until then leaves the level above the limit to the datablock's end."""
    return all(
        supply.volts(at_s, known_until_s) + supply.overload_v_per_s * (begun.laden_s + at_s - begun.at_s)
        >= LIMITS.hold_v + supply.load_v
        for at_s in range(begun.at_s, int(begun.until_s) + 1)
    )
