"""Holding: all guarded lanes wait under one hold, told once, bounded, and given up in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.clock import Clock
from appliance.engine.advice import QUIETEN, STAY
from appliance.engine.lane import Lane
from appliance.engine.narrator import Narrator
from appliance.events import HeldBegan, HeldEnded, Noted, Phase, PhaseEntered
from appliance.power.limits import Limits

GO_ON = "Leave the charger on, the ignition as it is, and the plug in."
CHARGER = f"Check the charger and its clamps. {STAY}"  # as `advice.while_held` has it of a low supply
CALM = "a supply that keeps still for some seconds"
STILL = f"{QUIETEN[:1].upper()}{QUIETEN[1:]}. {STAY}"
UNPLUG_OTHER = f"Unplug the other tester or end its program, not KL30. {STAY}"
IGNITION = "Switch the ignition on, close the doors and leave them closed. Do not unplug, leave the charger on."


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing is sent.

    Attributes:
        step: What is not begun.
        reason: A sentence without a full stop.
        until: What is waited for.
        do: What a person can do about it.
        lacking: What has been missing when it is given up, as in "the supply did not become fit".
        again: What is said when it is over.
        crossed_at_s: Time of the sample that crossed the limit; None: no sample did.
    """

    step: str
    reason: str
    until: str
    do: str = CHARGER
    lacking: str = "the supply did not become fit"
    again: str = "The supply is fit again, and the work goes on."
    crossed_at_s: float | None = None


class Holds:
    """The one hold that may be."""

    def __init__(self, clock: Clock, narrator: Narrator, limits: Limits) -> None:
        self._clock = clock
        self._narrator = narrator
        self._limits = limits
        self._since_s: float | None = None
        self._hold: Hold | None = None
        self._told: set[str] = set()  # advice of this hold: a contact that flickers must not fill the report
        self._resume_phase = Phase.PROGRAMMING

    def begin(self, lane: Lane, lanes: Sequence[Lane], hold: Hold, volts: float | None) -> None:
        """This lane waits; told when none of these waits for the same already, or something new can be done."""
        now_s = self._clock.now_s()
        known = any(other.held and other.lacking == hold.lacking for other in lanes)
        lane.held_s = lane.held_s if lane.held else now_s
        lane.held, lane.lacking = True, hold.lacking
        if known and hold.do in self._told:
            return
        self._told.add(hold.do)
        if self._since_s is None:
            self._since_s = now_s
            self._resume_phase = self._narrator.status.phase
            reaction_s = round(now_s - (now_s if hold.crossed_at_s is None else hold.crossed_at_s), 3)
            limits = self._limits
            self._narrator.tell(
                HeldBegan(hold.step, hold.reason, volts, limits.hold_v, reaction_s, gives_up_s=limits.hold_limit_s)
            )
        self._hold = hold
        what = f"Held before: {hold.step}. {hold.reason[:1].upper()}{hold.reason[1:]}."
        self._narrator.tell(PhaseEntered(Phase.HELD, what, hold.until, hold.do))

    def go_on(self, lane: Lane, lanes: Sequence[Lane], what: str = "") -> None:
        """This lane waits no more."""
        if lane.held:
            waited_s = self._clock.now_s() - lane.held_s
            lane.datablock_ends_s += waited_s
            lane.unit_ends_s += waited_s
        lane.held, lane.lacking = False, ""
        if self._hold is not None and not any(other.held for other in lanes):
            words = what or self._hold.again
            self.end()
            self._narrator.tell(PhaseEntered(self._resume_phase, words, "", GO_ON))

    def end(self) -> None:
        """Nobody waits any more."""
        if self._since_s is not None:
            self._narrator.tell(HeldEnded(round(self._clock.now_s() - self._since_s, 2)))
            self._since_s, self._hold = None, None
            self._told.clear()

    @property
    def too_long(self) -> bool:
        """Whether it has lasted beyond its bound: a supply that does not come back drains the car."""
        return self._since_s is not None and self._clock.now_s() - self._since_s > self._limits.hold_limit_s

    def give_up(self, lane: Lane) -> None:
        """End a lane that waited in vain; the car is then given back, and the job stays resumable."""
        lane.gave_up = f"{lane.lacking} within {self._limits.hold_limit_s / 60:.0f} minutes"
        self._narrator.tell(Noted(f"{lane.name}: {lane.gave_up}", attention=True))
        lane.end(cancelled=True)
