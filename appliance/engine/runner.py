"""The runner: knows when.  It drives procedures, each in a lane; nobody else waits, pulses or holds.

A turn of the loop:

1. look at the supply, the buttons, and tell the watchdog;
2. let every lane that is due say its next step: a `Mark` is made durable at once, a `Wait` sets its alarm, an `Ask`
   becomes due;
3. at that safe point submit the `Ask` if the gate is open (guarded lanes) and the link is free for it;
4. wait in the link, at most `SLICE_S`, for answers.

Between requests nothing is in flight, so a hold is simply an `Ask` that is not submitted.  While guarded lanes live,
a functional TesterPresent keeps their sessions (S3 is 5 s).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance import uds
from appliance.clock import Clock
from appliance.engine.foresight import Foresight
from appliance.engine.journal import Journal, Sample
from appliance.engine.lane import Lane
from appliance.engine.narrator import Narrator
from appliance.engine.ports import Answer, Command, Link, Negative, Panel, Positive, Silent, Supply, Watchdog
from appliance.errors import Kl30Error, NegativeResponse, NoResponse
from appliance.events import (
    Commanded,
    FactMarked,
    Forecast,
    HeldBegan,
    HeldEnded,
    Noted,
    Phase,
    PhaseEntered,
    Progressed,
    Retried,
    StepBegun,
    SupplySeen,
    UnitChanged,
    UnitState,
)
from appliance.power.forecast import Criterion, Decision
from appliance.power.gate import judge, trip, unread, waits_for
from appliance.power.limits import Limits
from appliance.procedure.facts import DatablockBegun, DatablockProgrammed, DependenciesChecked, Fact, UnitProgrammed
from appliance.procedure.policy import Recourse, recourse
from appliance.procedure.words import Ask, Mark, Wait

SLICE_S = 0.25  # longest wait without a look at supply, buttons and watchdog
TESTER_PRESENT_S = 2.0  # S3 server is 5 s (ISO 14229-2): two may be lost
SUPPLY_EVENT_S = 1.0
SAMPLE_S = 0.25  # supply samples kept in the journal; the gate itself sees every reading
ASK_AGAIN_S = 0.5  # after NRC 0x21
ASK_AGAIN_LIMIT = 20  # then it is a refusal after all; ten seconds of busy
NEXT_PART = "the next part"
GO_ON = "Leave the charger on, the ignition as it is, and the plug in."
HOLD_LIMIT = 20  # refusals 0x92/0x93 of one request, each with a full hold between


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside world of one runner."""

    clock: Clock
    link: Link
    supply: Supply
    panel: Panel
    watchdog: Watchdog


class Runner:
    """Drives lanes under one gate, one journal and one wait."""

    def __init__(self, ports: Ports, limits: Limits, journal: Journal, narrator: Narrator) -> None:
        self._ports = ports
        self._clock = ports.clock
        self._limits = limits
        self._journal = journal
        self._narrator = narrator
        self._lanes: tuple[Lane, ...] = ()
        self._held_since_s: float | None = None
        self._resume_phase = Phase.PROGRAMMING
        self._next_supply_s = 0.0
        self._next_sample_s = 0.0
        self._spoke_s = float("-inf")
        self._cancelling = False
        self._commands: list[Command] = []
        self.gate = unread(self._clock.now_s())
        self.foresight = Foresight(limits)

    # -- for the engine

    def drive(self, lanes: Sequence[Lane]) -> None:
        """Run these lanes until each has ended; how is in the lane.

        Raises:
            JournalError: a fact could not be made durable; the lanes are ended where they stand.
            LinkError: the interface is gone.
        """
        self._lanes = tuple(lanes)
        self._cancelling = False
        try:
            while any(not lane.ended for lane in self._lanes):
                self._look()
                for lane in self._lanes:
                    self._advance(lane)
                if not any(lane.guarded and not lane.ended for lane in self._lanes):
                    self._end_hold()  # nobody is held any more
                if any(not lane.ended for lane in self._lanes):
                    self._wait(self._next_alarm())
        finally:
            for lane in self._lanes:
                lane.procedure.close()
            self._lanes = ()

    def idle(self) -> Sequence[Command]:
        """One slice of waiting with nothing to do; what the person asked for meanwhile."""
        self._look()
        self._wait(self._clock.now_s() + SLICE_S)
        commands = self._commands
        self._commands = [command for command in commands if command is Command.SHUTDOWN]  # that one until it is obeyed
        return commands

    # -- looking

    def _look(self) -> None:
        now_s = self._clock.now_s()
        reading = self._ports.supply.newest()
        self.gate = judge(self.gate, self._limits, now_s, reading)
        self.foresight.see(now_s, reading, working=any(lane.erased for lane in self._lanes))
        volts = reading.volts if reading else None
        if now_s >= self._next_sample_s:
            self._next_sample_s = now_s + SAMPLE_S
            self._journal.sample(self._narrator.run, Sample(round(now_s, 3), volts))
        if now_s >= self._next_supply_s:
            self._next_supply_s = now_s + SUPPLY_EVENT_S
            self._narrator.tell(SupplySeen(volts, self.gate.kind.value, self.gate.reason, self._outlook()))
            self._journal.flush_if_possible()
        for command in self._ports.panel.commands():
            self._commanded(command)

    def _outlook(self) -> str:
        words = self.foresight.outlook(self._clock.now_s()).words
        return words[:1].upper() + words[1:] + "."

    def _commanded(self, command: Command) -> None:
        if not self._lanes:
            self._commands.append(command)
            return
        if command is Command.START:
            self._narrator.tell(Commanded(command.value, "already at work"))
            return
        guarded = any(lane.guarded for lane in self._lanes)
        if command is Command.SHUTDOWN or not guarded:
            # Whoever looks next obeys it: before the work begins, or when it has stopped.
            self._commands.append(command)
        if not guarded:
            self._narrator.tell(Commanded(command.value, "nothing to stop: the car is being read or restored"))
            return
        self._cancelling = True
        erased = [lane for lane in self._lanes if lane.erased]
        outcome = f"stops after this part of {erased[0].name}" if erased else "stops now"
        self._narrator.tell(Commanded(command.value, outcome))

    # -- moving

    def _advance(self, lane: Lane) -> None:
        if lane.wake_s is not None and self._clock.now_s() >= lane.wake_s:
            lane.wake_s = None
        while not lane.ended and not lane.open:
            if self._cancelling and lane.guarded and not lane.erased:
                lane.end(cancelled=True)  # before its next step: that one may begin the next datablock
            elif lane.held and self._held_too_long():
                self._give_up(lane)
            elif lane.wake_s is not None:
                return
            elif lane.begins is not None:
                if not self._may_begin(lane, lane.begins):
                    return
                mark, lane.begins = lane.begins, None
                self._mark(lane, mark.fact)
            elif lane.asking is not None:
                self._at_safe_point(lane, lane.asking)
                return
            else:
                self._next_step(lane)

    def _next_step(self, lane: Lane) -> None:
        try:
            step = self._resumed(lane)
        except StopIteration as finished:
            lane.result = finished.value
            lane.end()
            return
        except Kl30Error as failure:
            lane.failure = failure
            lane.end()
            return
        match step:
            case Mark() if step.needs is not None and lane.guarded:
                lane.begins = step
            case Mark():
                self._mark(lane, step.fact)
            case Wait():
                lane.wake_s = self._clock.now_s() + step.seconds
                self._told_step(lane, step.why)
            case Ask():
                lane.asking = step
                self._told_step(lane, step.step)

    def _resumed(self, lane: Lane) -> Mark | Wait | Ask:
        error, lane.error = lane.error, None
        reply, lane.reply = lane.reply, None
        if error is not None:
            return lane.procedure.throw(error)
        return lane.procedure.send(reply)

    def _mark(self, lane: Lane, fact: Fact) -> None:
        self._journal.mark(self._narrator.run, fact)
        lane.marked(fact)
        self._narrator.tell(FactMarked(type(fact).__name__, getattr(fact, "address", None)))
        state = _STATE_AFTER.get(type(fact))
        if state is not None:
            self._narrator.tell(UnitChanged(lane.address, state))

    def _told_step(self, lane: Lane, step: str) -> None:
        if step != lane.step:
            lane.step = step
            self._narrator.tell(StepBegun(lane.address, step))

    # -- asking

    def _at_safe_point(self, lane: Lane, question: Ask) -> None:
        if lane.guarded and not self._gate_open(lane):
            return
        if question.functional and any(other.open for other in self._lanes):
            return
        if any(other.open and other.asking is not None and other.asking.functional for other in self._lanes):
            return
        if not question.functional and any(self._waits_for_the_bus(other) for other in self._lanes):
            return
        if question.carries_bytes and lane.began_s is None:
            lane.began_s = self._clock.now_s()
        lane.open = True
        self._spoke_s = self._clock.now_s() if question.functional else self._spoke_s
        self._ports.link.submit(question)

    def _waits_for_the_bus(self, lane: Lane) -> bool:
        """Whether a functional request is due that only needs everybody else to be quiet: they let it go first."""
        due = lane.asking is not None and lane.asking.functional and lane.wake_s is None and not lane.ended
        return due and not lane.open and (self.gate.is_open or not lane.guarded)

    # -- holding

    def _gate_open(self, lane: Lane) -> bool:
        if self.gate.is_open:
            self._go_on(lane)
            return True
        until = waits_for(self._limits, self.gate)
        self._hold(lane, lane.step, self.gate.reason, until, self.gate.crossed_at_s)
        return False

    def _may_begin(self, lane: Lane, mark: Mark) -> bool:
        """The next datablock is begun only when the gate is open and the supply will carry it to its end (law 4)."""
        if not self.gate.is_open or mark.needs is None:
            return self._gate_open(lane)
        now_s, needs = self._clock.now_s(), mark.needs
        decision = self.foresight.may_begin(now_s, needs.datablock_s, needs.unit_s + lane.later_s)
        if decision.criterion in _WATCHING:
            self._told_step(lane, f"watch the supply before {NEXT_PART}")
            return False
        self.told_forecast(f"{lane.name}: {NEXT_PART}", decision, lane)
        if decision.allowed:
            self._go_on(lane)
            return True
        self._hold(lane, NEXT_PART, decision.reason, "a supply that lasts until the next part is done", None)
        return False

    def told_forecast(self, step: str, decision: Decision, lane: Lane | None = None) -> None:
        """Tell what the forecast said; the same word about the same lane only once."""
        word = f"{decision.allowed} {decision.criterion}"
        if lane is not None and lane.forecast == word and not decision.allowed:
            return
        if lane is not None:
            lane.forecast = word
        self._narrator.tell(
            Forecast(step, decision.allowed, decision.criterion.value, decision.reason, decision.predicted_v)
        )

    def _hold(self, lane: Lane, step: str, reason: str, until: str, crossed_at_s: float | None) -> None:
        lane.held = True
        if self._held_since_s is not None:
            return
        now_s = self._clock.now_s()
        self._held_since_s = now_s
        self._resume_phase = self._narrator.status.phase
        reading = self._ports.supply.newest()
        volts = reading.volts if reading else None
        reaction_s = round(now_s - (now_s if crossed_at_s is None else crossed_at_s), 3)
        self._narrator.tell(HeldBegan(step, reason, volts, self._limits.hold_v, reaction_s))
        do = "Check the charger and its clamps. Do not unplug, do not switch the ignition off."
        what = f"Held before: {step}. {reason[:1].upper()}{reason[1:]}."
        self._narrator.tell(PhaseEntered(Phase.HELD, what, until, do))

    def _go_on(self, lane: Lane) -> None:
        lane.held = False
        if self._held_since_s is not None and not any(other.held for other in self._lanes):
            self._end_hold()
            what = "The supply is fit again, and the work goes on."
            self._narrator.tell(PhaseEntered(self._resume_phase, what, "", GO_ON))

    def _end_hold(self) -> None:
        if self._held_since_s is not None:
            self._narrator.tell(HeldEnded(round(self._clock.now_s() - self._held_since_s, 2)))
            self._held_since_s = None

    def _held_too_long(self) -> bool:
        since_s = self._held_since_s
        return since_s is not None and self._clock.now_s() - since_s > self._limits.hold_limit_s

    def _give_up(self, lane: Lane) -> None:
        """A supply that does not come back drains the car: give it back and stay resumable."""
        lane.gave_up = f"the supply did not become fit within {self._limits.hold_limit_s / 60:.0f} minutes"
        self._narrator.tell(Noted(f"{lane.name}: {lane.gave_up}", attention=True))
        lane.end(cancelled=True)

    def _settle(self, answer: Answer) -> None:
        lane = next(lane for lane in self._lanes if lane.open and lane.asking is answer.ask)
        match answer:
            case Positive():
                ask = answer.ask
                lane.answered(answer.responses if ask.functional else answer.responses[0])
                if ask.carries_bytes:
                    self._progress(lane)
            case Negative():
                self._refused(lane, answer)
            case Silent():
                self._narrator.tell(Noted(f"{lane.name}: {answer.ask.step}: no answer, {answer.reason}"))
                lane.refused(NoResponse(answer.ask.to, answer.ask.request[0], answer.reason))

    def _refused(self, lane: Lane, answer: Negative) -> None:
        sid, nrc = answer.ask.request[0], answer.nrc
        error = NegativeResponse(answer.ask.to, sid, nrc, uds.nrc_name(nrc))
        lane.repeats += 1
        now_s = self._clock.now_s()
        match recourse(nrc):
            case Recourse.ASK_AGAIN if lane.repeats < ASK_AGAIN_LIMIT:
                self._narrator.tell(Retried(lane.address, lane.step, error.what))
                lane.open, lane.wake_s = False, now_s + ASK_AGAIN_S
            case Recourse.HOLD if lane.repeats < HOLD_LIMIT and lane.guarded:
                self._narrator.tell(Retried(lane.address, lane.step, error.what))
                reason = f"control unit 0x{answer.ask.to:02X} says {uds.nrc_name(nrc)}"
                self.gate = trip(self.gate, now_s, reason)
                lane.open = False
            case _:
                self._narrator.tell(Noted(f"{lane.name}: {answer.ask.step}: {error.what}"))
                lane.refused(error)

    def _progress(self, lane: Lane) -> None:
        took_s = self._clock.now_s() - (lane.began_s or 0.0)
        left_s = max(0, lane.total_bytes - lane.done_bytes) * took_s / max(1, lane.sent_bytes)
        self._narrator.tell(Progressed(lane.address, lane.done_bytes, lane.total_bytes, round(left_s, 1)))

    # -- waiting

    def _next_alarm(self) -> float:
        now_s = self._clock.now_s()
        alarms = [lane.wake_s for lane in self._lanes if lane.wake_s is not None and not lane.ended]
        return min([*alarms, now_s + SLICE_S])

    def _wait(self, until_s: float) -> None:
        now_s = self._clock.now_s()
        if any(lane.guarded and not lane.ended for lane in self._lanes) and now_s - self._spoke_s >= TESTER_PRESENT_S:
            self._spoke_s = now_s
            self._ports.link.keep_alive()
        for answer in self._ports.link.poll(min(until_s, now_s + SLICE_S)):
            self._settle(answer)
        status = self._narrator.status
        self._ports.watchdog.pulse(f"{status.phase.value}: {status.what}")
        self._ports.panel.show(status)


_WATCHING = frozenset({Criterion.OBSERVED, Criterion.SETTLED})  # no refusal: too little has been seen yet
_STATE_AFTER: dict[type[Fact], UnitState] = {
    DatablockBegun: UnitState.ERASED,
    DatablockProgrammed: UnitState.PROGRAMMING,
    DependenciesChecked: UnitState.CHECKING,
    UnitProgrammed: UnitState.PROGRAMMED,
}
