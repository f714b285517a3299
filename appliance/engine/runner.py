"""The runner: knows when.  It drives procedures, each in a lane; nobody else waits, pulses or holds.

A turn of the loop:

1. look at the supply, the buttons, and tell the watchdog;
2. let every lane that is due say its next step: a `Mark` is made durable at once, a `Wait` sets its alarm, an `Ask`
   becomes due;
3. at that safe point submit the `Ask` if the gate is open (guarded lanes) and the link is free for it;
4. wait in the link, at most `SLICE_S`, for answers.

Between requests nothing is in flight, so a hold is simply an `Ask` that is not submitted; what a safe point asks is in
`safe_point`.  While guarded lanes live, a functional TesterPresent keeps their sessions (S3 is 5 s).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from appliance import uds
from appliance.clock import Clock
from appliance.config import LinkConfig, VehicleTestConfig
from appliance.engine.beside import Beside
from appliance.engine.foresight import Foresight
from appliance.engine.journal import Journal
from appliance.engine.lane import Lane
from appliance.engine.link_watch import LinkWatch
from appliance.engine.narrator import Narrator
from appliance.engine.ports import Answer, Command, Host, Link, Negative, Panel, Positive, Silent, Supply, Watchdog
from appliance.engine.safe_point import SafePoint
from appliance.engine.supply_watch import SupplyWatch
from appliance.engine.timekeeper import Timekeeper
from appliance.errors import Kl30Error, NegativeResponse, NoResponse
from appliance.events import (
    Commanded,
    Estimated,
    FactMarked,
    Noted,
    Progressed,
    Retried,
    UnitChanged,
    UnitState,
)
from appliance.power.forecast import Decision
from appliance.power.gate import GateState
from appliance.power.limits import Limits
from appliance.procedure.facts import DatablockBegun, DatablockProgrammed, DependenciesChecked, Fact, UnitProgrammed
from appliance.procedure.failures import CarSlept
from appliance.procedure.policy import Recourse, recourse
from appliance.procedure.words import Ask, Mark, Wait, Work

SLICE_S = 0.25  # longest wait without a look at supply, buttons and watchdog
TESTER_PRESENT_S = 2.0  # S3 server is 5 s (ISO 14229-2): two may be lost
ASK_AGAIN_S = 0.5  # after NRC 0x21
ASK_AGAIN_LIMIT = 20  # then it is a refusal after all; ten seconds of busy
HOLD_LIMIT = 20  # refusals 0x92/0x93 of one request, each with a full hold between

Relief: TypeAlias = Callable[[Sequence[Lane]], Sequence[Lane]]
"""Told of all lanes that have begun, it gives those that begin now."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside world of one runner.

    Attributes:
        host: None: nothing is known of the computer we run on.
        link_limits: How good the link must be.
        vehicle_test: What happens where trouble codes have come.
    """

    clock: Clock
    link: Link
    supply: Supply
    panel: Panel
    watchdog: Watchdog
    host: Host | None = None
    link_limits: LinkConfig = field(default_factory=LinkConfig)
    vehicle_test: VehicleTestConfig = field(default_factory=VehicleTestConfig)


class Runner:
    """Drives lanes under one gate, one journal and one wait."""

    def __init__(self, ports: Ports, limits: Limits, journal: Journal, narrator: Narrator) -> None:
        self._ports = ports
        self._clock = ports.clock
        self._limits = limits
        self._journal = journal
        self._narrator = narrator
        self._watch = SupplyWatch(ports.clock, ports.supply, limits, journal, narrator)
        self._lanes: tuple[Lane, ...] = ()
        self._spoke_s = float("-inf")
        self._cancelling = False
        self._commands: list[Command] = []
        self.beside = Beside(ports.clock)
        self.timekeeper = Timekeeper(ports.clock)
        self.link_watch = LinkWatch(ports.clock, ports.link, ports.link_limits, narrator)
        self._safe_point = SafePoint(ports.clock, limits, self._watch, self.beside, self.link_watch, narrator)

    @property
    def gate(self) -> GateState:
        """As of the last look at the supply."""
        return self._watch.gate

    @property
    def foresight(self) -> Foresight:
        """What the supply is expected to do."""
        return self._watch.foresight

    # -- for the engine

    def told_forecast(self, step: str, decision: Decision) -> None:
        """Tell what the forecast said."""
        self._safe_point.told_forecast(step, decision)

    def drive(self, lanes: Sequence[Lane], relief: Relief | None = None) -> None:
        """Run these lanes until each has ended; how is in the lane.

        Args:
            relief: Asked in each turn for lanes that begin now, because others have ended; None: nobody waits.

        Raises:
            JournalError: a fact could not be made durable; the lanes are ended where they stand.
            LinkError: the interface is gone.
        """
        self._lanes = tuple(lanes)
        self._cancelling = False
        if not all(lane.aside for lane in lanes):  # whoever pressed while somebody was waited for meant nothing later
            self._commands = [one for one in self._commands if one not in (Command.START, Command.RELEASE)]
        self._safe_point.drive(self._lanes)
        try:
            while self._at_work:
                self._look()
                for lane in self._everybody:
                    self._advance(lane)
                if relief is not None:
                    self._relieve(relief)
                self.beside.collect(self._lanes)
                if not any(lane.guarded and not lane.ended for lane in self._lanes):
                    self._safe_point.holds.end()  # nobody is held any more
                if self._at_work:
                    self._wait(self._next_alarm())
        finally:
            for lane in self._everybody:
                lane.procedure.close()
            for lane in self._lanes:
                self.timekeeper.ended(lane)
            self._lanes = ()
            self._safe_point.drive(())

    def _relieve(self, relief: Relief) -> None:
        """Those who have ended make room."""
        for lane in self._lanes:
            if lane.ended:
                self.timekeeper.ended(lane)
        fresh = tuple(relief(self._lanes))
        if fresh:
            self._lanes += fresh
            self._safe_point.join(self._lanes)

    @property
    def _everybody(self) -> tuple[Lane, ...]:
        return (*self._lanes, self.beside.lane) if self.beside.lane else self._lanes

    @property
    def _at_work(self) -> bool:
        """Whether a lane has not ended, or the link has a question of ours still."""
        return any(not lane.ended for lane in self._lanes) or any(lane.open for lane in self._everybody)

    def idle(self) -> Sequence[Command]:
        """One slice of waiting with nothing to do; what the person asked for meanwhile."""
        self._look()
        self._wait(self._clock.now_s() + SLICE_S)
        commands = self._commands
        self._commands = [command for command in commands if command is Command.SHUTDOWN]  # that one until it is obeyed
        return commands

    # -- looking

    def _look(self) -> None:
        self._watch.look(working=sum(lane.loads for lane in self._lanes))
        self.link_watch.look()
        if self.timekeeper.due():
            left = self.timekeeper.estimate(self._lanes)
            self._narrator.tell(Estimated(round(left.left_s), round(left.low_s), round(left.high_s)))
        for command in self._ports.panel.commands():
            self._commanded(command)

    def _commanded(self, command: Command) -> None:
        if not self._lanes:
            self._commands.append(command)
            return
        if command is Command.CHOOSE:
            return
        if command in (Command.START, Command.RELEASE):
            if all(lane.aside for lane in self._lanes):
                self._commands.append(command)  # somebody is waited for, who may have pressed just now
            else:
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
        erased = [lane.name for lane in self._lanes if lane.erased and not lane.ended]
        outcome = f"stops after this part of {' and '.join(erased)}" if erased else "stops now"
        self._narrator.tell(Commanded(command.value, outcome))

    # -- moving

    def _advance(self, lane: Lane) -> None:
        if lane.wake_s is not None and self._clock.now_s() >= lane.wake_s:
            lane.wake_s = None
        while not lane.ended and not lane.open:
            if self._cancelling and lane.guarded and not lane.erased:
                lane.end(cancelled=True)  # before its next step: that one may begin the next datablock
            elif lane.held and self._safe_point.holds.too_long:
                self._safe_point.holds.give_up(lane)
            elif lane.silent is not None:
                slept, silent = lane.held, lane.silent
                if not self._safe_point.may_hear_silence(lane, silent):
                    return
                lane.refused(CarSlept(silent.address, silent.sid, silent.reason) if slept else silent)
            elif lane.wake_s is not None:
                return
            elif lane.begins is not None:
                if not self._safe_point.may_begin(lane, lane.begins):
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
                self._safe_point.told_step(lane, step.why)
            case Ask():
                lane.asking = step
                self._safe_point.told_step(lane, step.step, lane.whose(step))

    def _resumed(self, lane: Lane) -> Mark | Wait | Ask:
        error, lane.error = lane.error, None
        reply, lane.reply = lane.reply, None
        if error is not None:
            return lane.procedure.throw(error)
        return lane.procedure.send(reply)

    def _mark(self, lane: Lane, fact: Fact) -> None:
        self._journal.mark(self._narrator.run, fact)
        lane.marked(fact)
        self.timekeeper.marked(fact)
        self._narrator.tell(FactMarked(type(fact).__name__, getattr(fact, "address", None)))
        state = _STATE_AFTER.get(type(fact))
        if state is not None:
            self._narrator.tell(UnitChanged(getattr(fact, "address", lane.address), state))

    # -- asking

    def _at_safe_point(self, lane: Lane, question: Ask) -> None:
        if lane.guarded and not self._safe_point.may_ask(lane):
            return
        if question.functional and any(other.open for other in self._everybody):
            return
        if any(other.open and other.asking is not None and other.asking.functional for other in self._everybody):
            return
        if not question.functional and any(self._waits_for_the_bus(other) for other in self._everybody):
            return
        lane.open, lane.asked_s = True, self._clock.now_s()
        self._spoke_s = self._clock.now_s() if question.functional else self._spoke_s
        self._ports.link.submit(question)

    def _waits_for_the_bus(self, lane: Lane) -> bool:
        """Whether a functional request is due that only needs everybody else to be quiet: they let it go first."""
        due = lane.asking is not None and lane.asking.functional and lane.wake_s is None and not lane.ended
        return due and not lane.open and (self.gate.is_open or not lane.guarded)

    # -- hearing

    def _settle(self, answer: Answer) -> None:
        lane = next(lane for lane in self._everybody if lane.open and lane.asking is answer.ask)
        match answer:
            case Positive():
                ask = answer.ask
                self.timekeeper.answered(ask, self._clock.now_s() - lane.asked_s, self._sharing(ask.work))
                lane.answered(answer.responses if ask.functional else answer.responses[0])
                if ask.carries_bytes:
                    self._progress(lane)
            case Negative():
                self._refused(lane, answer)
            case Silent():
                silence = NoResponse(answer.ask.to, answer.ask.request[0], answer.reason)
                if lane.guarded and not answer.ask.functional:
                    lane.fell_silent(silence, self._clock.now_s())
                    return
                if lane is not self.beside.lane:
                    self._narrator.tell(Noted(f"{lane.name}: {answer.ask.step}: no answer, {answer.reason}"))
                lane.refused(silence)

    def _sharing(self, work: Work | None) -> int:
        """How many lanes are at this kind of work at the same time, if it is one for which there is one wire."""
        if work is not Work.TRANSFER:
            return 1
        return sum(1 for lane in self._lanes if lane.open and lane.asking is not None and lane.asking.work is work)

    def _refused(self, lane: Lane, answer: Negative) -> None:
        sid, nrc = answer.ask.request[0], answer.nrc
        error = NegativeResponse(answer.ask.to, sid, nrc, uds.nrc_name(nrc))
        lane.repeats += 1
        now_s = self._clock.now_s()
        match recourse(nrc):
            case Recourse.ASK_AGAIN if lane.repeats < ASK_AGAIN_LIMIT and not answer.ask.once:
                self._narrator.tell(Retried(lane.whose(answer.ask), lane.step, error.what))
                lane.open, lane.wake_s = False, now_s + ASK_AGAIN_S
            case Recourse.HOLD if lane.repeats < HOLD_LIMIT and lane.guarded:
                self._narrator.tell(Retried(lane.whose(answer.ask), lane.step, error.what))
                reason = f"control unit 0x{answer.ask.to:02X} says {uds.nrc_name(nrc)}"
                self._watch.trip(reason)
                if answer.ask.once:
                    lane.refused(error)  # what its procedure asks instead waits at the gate
                else:
                    lane.open = False
            case _:
                self._narrator.tell(Noted(f"{lane.name}: {answer.ask.step}: {error.what}"))
                lane.refused(error)

    def _progress(self, lane: Lane) -> None:
        left_s = self.timekeeper.left_s(lane)
        self._narrator.tell(Progressed(lane.address, lane.done_bytes, lane.total_bytes, left_s))

    # -- waiting

    def _next_alarm(self) -> float:
        now_s = self._clock.now_s()
        alarms = [lane.wake_s for lane in self._everybody if lane.wake_s is not None and not lane.ended]
        return min([*alarms, now_s + SLICE_S])

    def _wait(self, until_s: float) -> None:
        now_s = self._clock.now_s()
        sessions = any((lane.guarded or lane.in_session) and not lane.ended for lane in self._lanes)
        if sessions and now_s - self._spoke_s >= TESTER_PRESENT_S:
            self._spoke_s = now_s
            self._ports.link.keep_alive()
        for answer in self._ports.link.poll(min(until_s, now_s + SLICE_S)):
            self._settle(answer)
        status = self._narrator.status
        self._ports.watchdog.pulse(f"{status.phase.value}: {status.what}")
        self._ports.panel.show(status)


_STATE_AFTER: dict[type[Fact], UnitState] = {
    DatablockBegun: UnitState.ERASED,
    DatablockProgrammed: UnitState.PROGRAMMING,
    DependenciesChecked: UnitState.CHECKING,
    UnitProgrammed: UnitState.PROGRAMMED,
}
