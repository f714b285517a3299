"""What the runner knows of the supply's future: everything seen since the plug went in, asked before each erase."""

from __future__ import annotations

from dataclasses import replace

from appliance.power.forecast import RULES, Decision, Outlook, may_begin, outlook
from appliance.power.gate import unbelievable
from appliance.power.history import History
from appliance.power.limits import Limits
from appliance.power.reading import Reading


class Foresight:
    """Keeps the history of one supply.

    Args:
        limits: Of the gate; the forecast is about its hold limit.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rules = replace(RULES, observe_s=limits.observe_s)
        self._history = History()

    def see(self, now_s: float, reading: Reading | None, *, working: bool) -> None:
        """Take in the newest reading, if it can be believed; `working`: a datablock is being programmed."""
        if reading is not None and not unbelievable(self._limits, now_s, reading):
            self._history.add(reading.at_s, reading.volts, working)

    def outlook(self, now_s: float) -> Outlook:
        """What the supply does, and when it would reach the hold limit."""
        return outlook(self._history, now_s, self._limits.hold_v, self._rules)

    def may_begin(self, now_s: float, datablock_s: float, plan_s: float) -> Decision:
        """Whether the supply will carry the next datablock, and by all that is known the rest of the plan."""
        return may_begin(self._history, now_s, self._limits, datablock_s, plan_s, self._rules)
