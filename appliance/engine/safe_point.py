"""The safe point: may this lane go on?  Everything that can hold a lane is asked here, and nowhere else.

may_ask           the gate is open; or the voltage monitor is dead inside an erased datablock, and a second opinion
                  carries that datablock to its end, and nothing further
may_begin         the car is awake, no other tester talks to it, the gate is open, and the supply will carry the next
                  datablock (law 4); one that is begun is carried on, whoever talks (decision 0027)
may_hear_silence  a roll call has shown that the car is awake; a car that sleeps is waited for
"""

from __future__ import annotations

from appliance.clock import Clock
from appliance.engine.beside import AGAIN_S, FRESH_S, Beside, Roll
from appliance.engine.foresight import UNSETTLED
from appliance.engine.holds import CALM, IGNITION, STILL, UNPLUG_OTHER, Hold, Holds
from appliance.engine.lane import Lane
from appliance.engine.link_watch import LinkWatch
from appliance.engine.narrator import Narrator
from appliance.engine.supply_watch import SupplyWatch
from appliance.errors import NoResponse
from appliance.events import Forecast, Noted, StepBegun
from appliance.power.forecast import Decision
from appliance.power.gate import GateKind, waits_for
from appliance.power.limits import Limits
from appliance.procedure.words import Mark, Needs

NEXT_PART = "the next part"
WAKES_S = 10.0  # a control unit that starts anew: 4 s seen (facts.md §3.4), and as long again
WATCH_LIMIT_S = 120.0  # good chargers need 81 s at most in 99 of 100 cases (docs/power.md)


class SafePoint:
    """Judges lanes; the runner obeys.

    Attributes:
        holds: The hold that lanes wait under.
    """

    def __init__(
        self,
        clock: Clock,
        limits: Limits,
        watch: SupplyWatch,
        beside: Beside,
        link_watch: LinkWatch,
        narrator: Narrator,
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._watch = watch
        self._beside = beside
        self._link_watch = link_watch
        self._narrator = narrator
        self._lanes: tuple[Lane, ...] = ()
        self.holds = Holds(clock, narrator, limits)

    def drive(self, lanes: tuple[Lane, ...]) -> None:
        """These lanes are driven now; nothing is known of who is awake."""
        self._lanes = lanes
        self._beside.forget()

    def join(self, lanes: tuple[Lane, ...]) -> None:
        """More lanes are driven now: these."""
        self._lanes = lanes

    def may_ask(self, lane: Lane) -> bool:
        """Whether the lane's next request may be sent; else the lane is held."""
        gate = self._watch.gate
        if gate.is_open:
            self._go_on(lane)
            return True
        if gate.kind is GateKind.STALE and lane.in_datablock and (who := self._second_opinion()):
            self._go_on(lane, f"The voltage monitor gives nothing. {who}: this part is finished, and nothing further.")
            self._told_carried(lane, who)
            return True
        self._hold_at_gate(lane, lane.step)
        return False

    def may_begin(self, lane: Lane, mark: Mark) -> bool:
        """Whether the next datablock may be begun; else the lane is held, or waits to know more."""
        if not self._awake(lane):
            return False
        if not self._alone(lane):
            return False
        needs = mark.needs
        if needs is None:
            return self.may_ask(lane)
        if not self._watch.gate.is_open:
            self._hold_at_gate(lane, NEXT_PART)
            return False
        if ripple := self._watch.ripple_refusal:
            until = f"a ripple below {self._limits.ripple_v * 1000:.0f} mV"
            self._hold(lane, Hold(NEXT_PART, ripple, until, self._watch.advice))
            return False
        now_s, needs = self._clock.now_s(), self._with_others(lane, needs)
        decision = self._watch.foresight.may_begin(now_s, needs.datablock_s, needs.unit_s + lane.later_s)
        if self._watches(lane, decision):
            self.told_step(lane, f"watch the supply before {NEXT_PART}")
            return False
        self._told_forecast_of(lane, decision)
        if decision.allowed:
            lane.watched_since_s = None
            self._go_on(lane)
            lane.datablock_ends_s, lane.unit_ends_s = now_s + needs.datablock_s, now_s + needs.unit_s
            return True
        if decision.criterion in UNSETTLED:
            self._hold(lane, Hold(NEXT_PART, f"the supply does not settle: {decision.reason}", CALM, STILL))
        else:
            self._hold(lane, Hold(NEXT_PART, decision.reason, "a supply that lasts until the next part is done"))
        return False

    def may_hear_silence(self, lane: Lane, silence: NoResponse) -> bool:
        """Whether it is this control unit that is silent, and not the whole car; a sleeping car holds the lane."""
        now_s, slept = self._clock.now_s(), lane.held
        if not self._beside.called_since(now_s - AGAIN_S if slept else lane.silent_s):
            return False
        roll = self._beside.roll
        if roll.nobody:
            lane.slept = True
            lane.silent_s = now_s  # from here on it may take its time to wake
            self._hold(lane, _sleeping(lane.step, roll))
            return False
        if slept and silence.address not in roll.answered and now_s - lane.silent_s < WAKES_S:
            return False
        if slept:
            self._go_on(lane)
        self._narrator.tell(Noted(f"{lane.name}: {lane.step}: no answer, {silence.reason}; {roll.words}"))
        return True

    def told_forecast(self, step: str, decision: Decision) -> None:
        """Tell what the forecast said."""
        criterion, for_s = decision.criterion.value, round(decision.for_s, 1)
        self._narrator.tell(Forecast(step, decision.allowed, criterion, decision.reason, decision.predicted_v, for_s))

    def told_step(self, lane: Lane, step: str, whose: int | None = None) -> None:
        """Tell what a lane does, when it is something else than before and news at all; `whose`: None, the lane's."""
        if step != lane.step or lane.many:
            lane.step = step
            if not lane.aside:
                self._narrator.tell(StepBegun(lane.address if whose is None else whose, step))

    def _with_others(self, lane: Lane, needs: Needs) -> Needs:
        """What the supply has to carry when others are at work too: the wire is shared, and the longest counts."""
        others = [one for one in self._lanes if one is not lane and one.guarded and not one.ended]
        if not others:
            return needs
        now_s, shared = self._clock.now_s(), needs.shared(1 + len(others))
        open_s = [one.datablock_ends_s - now_s for one in others if one.in_datablock]
        datablock_s = max(shared.datablock_s, *open_s) if open_s else shared.datablock_s
        unit_s = max(shared.unit_s, datablock_s, *(one.unit_ends_s - now_s for one in others))
        return Needs(datablock_s, unit_s)

    def _told_carried(self, lane: Lane, who: str) -> None:
        """Told once for each datablock: by whose word it was finished belongs into the report."""
        if lane.facts[-1] != lane.carried:
            lane.carried = lane.facts[-1]
            what = f"{lane.name}: {lane.step}: the voltage monitor gave nothing. {who}"
            words = f"{what}, and by that word alone this part was carried on, and nothing further"
            self._narrator.tell(Noted(words, attention=True))

    def _told_forecast_of(self, lane: Lane, decision: Decision) -> None:
        """The same no about the same lane is told only once."""
        word = f"{decision.allowed} {decision.criterion}"
        if decision.allowed or lane.forecast != word:
            self.told_forecast(f"{lane.name}: {NEXT_PART}", decision)
        lane.forecast = word

    def _watches(self, lane: Lane, decision: Decision) -> bool:
        """Whether the lane only waits to know more; beyond `WATCH_LIMIT_S` that is a hold like any other."""
        if decision.criterion not in UNSETTLED:
            return False
        now_s = self._clock.now_s()
        lane.watched_since_s = now_s if lane.watched_since_s is None else lane.watched_since_s
        return now_s - lane.watched_since_s <= WATCH_LIMIT_S + self._limits.observe_s

    def _awake(self, lane: Lane) -> bool:
        """Whether the car is awake, by a fresh roll call: an erase must not be begun in one that falls asleep."""
        now_s, slept = self._clock.now_s(), self._beside.roll.asleep
        if not self._beside.called_since(now_s - (AGAIN_S if slept else FRESH_S)):
            return False
        if self._beside.roll.asleep:
            self._hold(lane, _sleeping(NEXT_PART, self._beside.roll))
            return False
        return True

    def _alone(self, lane: Lane) -> bool:
        """Whether nobody else talks to the car: two testers in one control unit end each other's sessions."""
        occupied = self._link_watch.occupied
        if occupied:
            self._hold(lane, _shared(occupied, self._link_watch.free_when))
        return not occupied

    def _second_opinion(self) -> str:
        """Who says that the supply is fit while our own monitor says nothing; empty: nobody."""
        busy = frozenset(lane.address for lane in self._lanes if lane.guarded and not lane.ended)
        return self._beside.carries(self._limits, busy)

    def _hold_at_gate(self, lane: Lane, step: str) -> None:
        gate = self._watch.gate
        until, do = waits_for(self._limits, gate), self._watch.advice
        self._hold(lane, Hold(step, gate.reason, until, do, crossed_at_s=gate.crossed_at_s))

    def _hold(self, lane: Lane, hold: Hold) -> None:
        self.holds.begin(lane, self._lanes, hold, self._watch.volts)

    def _go_on(self, lane: Lane, what: str = "") -> None:
        self.holds.go_on(lane, self._lanes, what)


def _shared(occupied: str, free_when: str) -> Hold:
    return Hold(
        NEXT_PART,
        occupied,
        free_when,
        do=UNPLUG_OTHER,
        lacking="the other tester did not leave the bus",
        again="Nobody else talks to the car any more, and the work goes on.",
    )


def _sleeping(step: str, roll: Roll) -> Hold:
    return Hold(
        step,
        roll.words,
        "control units that answer",
        do=IGNITION,
        lacking="the car did not wake up",
        again="The car answers again, and the work goes on.",
    )
