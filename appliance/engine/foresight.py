"""What the runner knows of the supply's future: everything seen since the plug went in, asked before each erase."""

from __future__ import annotations

import math
from dataclasses import replace

from appliance.power.charger_test import ChargerTest
from appliance.power.forecast import RULES, Criterion, Decision, Outlook, may_begin, outlook
from appliance.power.gate import unbelievable
from appliance.power.history import FORGET_S, KEPT_S, History, Span
from appliance.power.limits import Limits
from appliance.power.reading import Reading

UNSETTLED = frozenset({Criterion.OBSERVED, Criterion.SETTLED})  # no word against the supply: too little has been seen
NOT_SETTLED = "could not settle in time"
_EDGE_S = 1.0  # the seconds in which a consumer was switched are neither with it nor without


def answer(allowed: bool, criterion: str) -> str:
    """What the forecast said, in a word or two; `criterion` as in `events.Forecast`."""
    if allowed:
        return "yes"
    return NOT_SETTLED if criterion in {one.value for one in UNSETTLED} else "no"


class Foresight:
    """Keeps the history of one supply.

    Args:
        limits: Of the gate; the forecast is about its hold limit.

    Attributes:
        charger_passed: The charger test this supply has passed; None: none yet, or the plug has been out since.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rules = replace(RULES, observe_s=limits.observe_s)
        self._history = History()
        self._apart: tuple[Span, ...] = ()
        self.charger_passed: ChargerTest | None = None

    @property
    def history(self) -> History:
        """Everything seen so far; only read it."""
        return self._history

    def see(self, now_s: float, reading: Reading | None, *, working: int) -> None:
        """Take in the newest reading, if it can be believed; `working`: how many datablocks are being programmed."""
        if reading is not None and not unbelievable(self._limits, now_s, reading):
            if reading.at_s - self._history.newest_at_s > FORGET_S:
                self.charger_passed = None  # it may be another car, on another charger
            self._history.add(reading.at_s, reading.volts, working)

    def consumer_on(self, at_s: float) -> None:
        """The consumer of the charger test is on since then; what the supply does under it is not what it will do."""
        kept = (span for span in self._apart if at_s - span.to_s < KEPT_S)
        self._apart = (*kept, Span(at_s - _EDGE_S, math.inf))

    def consumer_off(self, at_s: float) -> None:
        """It is off, or the test has ended; nothing when it was off already."""
        self._apart = tuple(
            replace(span, to_s=at_s + _EDGE_S) if math.isinf(span.to_s) else span for span in self._apart
        )

    def outlook(self, now_s: float) -> Outlook:
        """What the supply does, and when it would reach the hold limit; the charger test left aside."""
        return outlook(self._history, now_s, self._limits.hold_v, self._rules, self._apart)

    def may_begin(self, now_s: float, datablock_s: float, plan_s: float) -> Decision:
        """Whether the supply will carry the next datablock, and by all that is known the rest of the plan."""
        return may_begin(self._history, now_s, self._limits, datablock_s, plan_s, self._rules)
