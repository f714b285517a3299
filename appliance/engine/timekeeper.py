"""Follows a job on its way, and says when it will be done (`eta`).

It is told what the runner hears and marks, and asks nobody anything.  A datablock that is begun again is all of its
work again; a hold is no work, so the time left stands still while it lasts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from appliance.campaign.turns import ONE_AT_A_TIME, Turns
from appliance.clock import Clock
from appliance.engine.eta import BEGINS_S, ENTERS_S, PAUSE_S, WIND_UP_S, Estimate, Load, Pace, load_of, together
from appliance.engine.lane import Lane
from appliance.procedure.facts import DatablockBegun, DatablockProgrammed, Fact, UnitProgrammed
from appliance.procedure.job import Job
from appliance.procedure.words import Ask, Work

TELL_S = 5.0  # how often it is told; people who wait look less often


@dataclass(slots=True)
class _Unit:
    """One control unit on its way.

    Attributes:
        proven: Its datablocks that are, by index; `current`: the one that is begun.
        done: What was done of that one, expected seconds by kind.
        pauses_since_s: Since when the supply is watched before the next one.
        rests_since_s: Since when only the rest of it is left; None: it is not.
        enters_s: From its lane's beginning to the first datablock; `enters_since_s`: since when, None: it waits.
    """

    job: Job
    proven: set[int]
    current: int | None = None
    done: tuple[tuple[Work, float], ...] = ()
    pauses_since_s: float | None = None
    rests_since_s: float | None = None
    enters_s: float = 0.0
    enters_since_s: float | None = None
    finished: bool = False

    @property
    def begun(self) -> bool:
        """Whether anything was done to it in this life."""
        return self.current is not None or self.pauses_since_s is not None or self.finished


class Timekeeper:
    """The time left of one job; idle until `plan`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._groups: tuple[tuple[_Unit, ...], ...] = ()
        self._turns = ONE_AT_A_TIME
        self._pace = Pace()
        self._looks_s = 0.0
        self._ends_since_s: float | None = None  # since when every control unit is done; None: not yet
        self._told_s = float("-inf")

    def plan(
        self,
        groups: Iterable[Sequence[Job]],
        facts: Iterable[Fact],
        turns: Turns = ONE_AT_A_TIME,
        looks_s: float = 0.0,
    ) -> None:
        """A job begins, or goes on.

        Args:
            groups: What is to be done, by what is prepared together.
            facts: What stands already.
            turns: Who of a group may be at work at the same time.
            looks_s: How long the whole car will be read when everything is programmed.
        """
        standing, self._turns = tuple(facts), turns
        self._pace, self._looks_s = Pace(), looks_s
        self._groups = tuple(_units(group, standing) for group in groups)

    def over(self) -> None:
        """Nothing is left to wait for."""
        self._groups = ()

    def marked(self, fact: Fact) -> None:
        """A fact is durable."""
        unit = self._of(getattr(fact, "address", 0))
        match fact, unit:
            case DatablockBegun(), _Unit():
                unit.finished = False  # the car had fallen asleep under it, and it is tried again
                unit.current, unit.done, unit.pauses_since_s = fact.index, (), None
                unit.proven.discard(fact.index)
            case DatablockProgrammed(), _Unit():
                unit.current, unit.done = None, ()
                unit.proven.add(fact.index)
                unit.pauses_since_s = self._clock.now_s()
            case UnitProgrammed(), _Unit():
                unit.rests_since_s = unit.rests_since_s or self._clock.now_s()
            case _:
                pass

    def answered(self, question: Ask, took_s: float, sharing: int = 1) -> None:
        """A request got its positive answer; `sharing`: so many had one wire for such requests meanwhile."""
        unit = self._of(question.to)
        if unit is None or question.work is None:
            return
        self._pace = self._pace.with_one(question.to, question.work, question.expected_s, took_s / sharing)
        unit.done += ((question.work, question.expected_s),)
        if unit.current is None and question.work is Work.CHECK:  # the dependencies: resets and coding are left
            unit.rests_since_s = self._clock.now_s()

    def ended(self, lane: Lane) -> None:
        """A lane has come to its end, whatever came of it."""
        unit = self._of(lane.address)
        if unit is not None and not lane.many:
            unit.finished = True

    def due(self) -> bool:
        """Whether it is time to tell the estimate again."""
        if not self._groups or self._clock.now_s() < self._told_s + TELL_S:
            return False
        self._told_s = self._clock.now_s()
        return True

    def estimate(self, lanes: Iterable[Lane]) -> Estimate:
        """How long it takes until all of it is done; `lanes`: what is on its way now."""
        lanes = tuple(lanes)
        at_work = {lane.address for lane in lanes if not lane.ended and not lane.many}
        open_asks = {lane.asking.to: (lane.asking, lane.asked_s) for lane in lanes if lane.open and lane.asking}
        self._let_in(at_work)
        ends_s = self._ends_s()
        total = Estimate(ends_s, ends_s, ends_s)
        for group in self._groups:
            loads = {
                unit.job.address: self._left(unit, open_asks.get(unit.job.address))
                for unit in group
                if not unit.finished
            }
            if loads:
                begins_s = 0.0 if any(unit.enters_since_s is not None or unit.begun for unit in group) else BEGINS_S
                begun = [address for address in loads if address in at_work]
                total += together(self._pace, loads, self._turns, begun) + Estimate(begins_s, begins_s, begins_s)
        return total

    def _ends_s(self) -> float:
        """What is left of everything behind the last control unit."""
        if not all(unit.finished for group in self._groups for unit in group):
            self._ends_since_s = None
        elif self._ends_since_s is None:
            self._ends_since_s = self._clock.now_s()
        since_s = 0.0 if self._ends_since_s is None else self._clock.now_s() - self._ends_since_s
        return max(0.0, WIND_UP_S + self._looks_s - since_s)

    def left_s(self, lane: Lane) -> float | None:
        """How long one control unit takes, with the wire to itself; None: it is not of this job."""
        unit = self._of(lane.address)
        if unit is None:
            return None
        asked = (lane.asking, lane.asked_s) if lane.open and lane.asking else None
        return round(self._pace.estimate(lane.address, self._left(unit, asked)).left_s, 1)

    def _let_in(self, at_work: Collection[int]) -> None:
        """Those whose lanes have just begun."""
        for unit in (unit for group in self._groups for unit in group):
            if unit.job.address in at_work and unit.enters_since_s is None:
                unit.enters_since_s = self._clock.now_s()
                # Alone it has no lane before its own, and is prepared in that.
                unit.enters_s += BEGINS_S if any(group == (unit,) for group in self._groups) else 0.0

    def _left(self, unit: _Unit, asked: tuple[Ask, float] | None) -> Load:
        now_s = self._clock.now_s()
        load = load_of(unit.job, unit.proven, begun=unit.pauses_since_s is None)
        if not unit.begun:
            since_s = 0.0 if unit.enters_since_s is None else now_s - unit.enters_since_s
            load = replace(load, rest_s=load.rest_s + max(0.0, unit.enters_s - since_s))
        if unit.rests_since_s is not None:
            return Load(rest_s=max(0.0, load.rest_s - (now_s - unit.rests_since_s)))
        if unit.pauses_since_s is not None and len(unit.proven) < len(unit.job.datablocks):
            load = replace(load, rest_s=load.rest_s - min(PAUSE_S, now_s - unit.pauses_since_s))
        for work, expected_s in unit.done:
            load = load.without(work, expected_s)
        if asked is not None and asked[0].work is not None:
            question, asked_s = asked
            pace = self._pace.ratio(question.to, asked[0].work)
            load = load.without(asked[0].work, min(question.expected_s, (now_s - asked_s) / pace))
        return load

    def _of(self, address: int) -> _Unit | None:
        units = (unit for group in self._groups for unit in group)
        return next((unit for unit in units if unit.job.address == address), None)


def _units(group: Sequence[Job], facts: Sequence[Fact]) -> tuple[_Unit, ...]:
    return tuple(_unit(job, facts) for job in group)


def _unit(job: Job, facts: Sequence[Fact]) -> _Unit:
    mine = [fact for fact in facts if isinstance(fact, DatablockProgrammed) and fact.address == job.address]
    proven = {fact.index for fact in mine}
    due = len(proven) < len(job.datablocks)
    return _Unit(job, proven, enters_s=job.times.reset_s + ENTERS_S if due else 0.0)
