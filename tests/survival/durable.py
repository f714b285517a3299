"""The durable state a restart finds: what the journal holds that is ever read again, and what the car keeps.

Two cuts that leave the same durable state have the same future, but for what is counted without end.  Such counters
are capped; that the caps hide nothing is what the pairs that are run without this digest are for.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from appliance.bench.car import CLUSTER, DME
from appliance.clock import VirtualClock
from appliance.engine.journal import Journal, Run
from appliance.procedure.attempts import Tried, tried
from appliance.procedure.facts import (
    CodingSaved,
    DatablockBegun,
    DatablockFailed,
    Fact,
    IndividualSaved,
    UnitProgrammed,
    standing,
)
from appliance.values import to_json, to_plain
from tests.survival.world import JOURNAL, World

NAMES = {DME: "DME", CLUSTER: "cluster"}
CAP = 1  # of what is counted without end: never, or ever; its maximum is 247
PROGRAMMED_BEFORE = 2  # what the counter of a new control unit of the bench says


def digest(world: World) -> str:
    """One line for one durable state; to be asked for while the appliance is off."""
    journal = Journal(JOURNAL, VirtualClock())
    try:
        return _hashed([_journal(journal), _car(world)])
    finally:
        journal.close()


class Foreseer:
    """What a cut will leave, told before it is made: cuts that are told alike leave the same durable state.

    The journal is read anew only where a transaction was committed since.
    """

    def __init__(self) -> None:
        self._read: tuple[str, int] | None = None
        self._now: object = None
        self._before: object = None

    def foreseen(self, world: World, source: str, situation: object, *, torn: bool) -> str:
        """One line, as `digest` gives it.

        Args:
            source: Where this life began.
            situation: Of the cut, beside what is durable already: its kind, and what goes on in the control units.
            torn: The newest transaction is not whole.
        """
        now = (source, world.points.lasting)
        if self._read != now:
            self._read, self._before, self._now = now, self._now, _journal(world.journal)
        return _hashed([self._before if torn else self._now, _memory(world), situation])


def _hashed(state: object) -> str:
    text = json.dumps(state, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def words(world: World) -> str:
    """The same for people: where the job stands, and the state of each region of flash memory."""
    journal = Journal(JOURNAL, VirtualClock())
    try:
        run = _newest(journal)
        last = journal.facts(run.id)[-1:] if run else ()
        job = "no job" if run is None else run.verdict or "unfinished"
    finally:
        journal.close()
    told = " ".join(type(fact).__name__ for fact in last) or "no fact"
    slots = "; ".join(
        f"{NAMES[unit.address]} {' '.join(slot.state.value for slot in unit.slots)}"
        for unit in world.memory.units
        if unit.address in world.programmed
    )
    return f"{job}, {told}; {slots}"


def _journal(journal: Journal) -> object:
    """What the next life reads: of an unfinished run all its facts, of one that ended what a later one takes over."""
    run = _newest(journal)
    if run is None:
        return None
    runs = [*journal.lineage(run)]
    here = [] if run.verdict else list(journal.facts(runs.pop().id))
    earlier = standing(fact for one in runs for fact in journal.facts(one.id))
    kept = [_uncounted(fact) for fact in earlier if isinstance(fact, CodingSaved | IndividualSaved | UnitProgrammed)]
    goes_on = journal.touched_before(run.vin, run.campaign) is not None
    return [run.verdict, bool(run.continues), goes_on, sorted(set(kept)), _facts(here)]


def _newest(journal: Journal) -> Run | None:
    """The newest run that anything depends on: one that is not frozen is never looked at again."""
    return next((run for run in journal.runs() if run.plan), None)


def _facts(facts: list[Fact]) -> object:
    """How often each datablock failed and was cut, and which facts stand."""
    blocks = sorted({(fact.address, fact.index) for fact in facts if isinstance(fact, DatablockBegun)})
    attempts = [[block, _counted(tried(facts, *block))] for block in blocks]
    return [attempts, sorted(set(map(_uncounted, standing(facts))))]


def _counted(attempts: Tried) -> tuple[int, int]:
    """As they are: what may be done next hangs on them, and both have a bound."""
    return attempts.failed, attempts.cut


def _uncounted(fact: Fact) -> str:
    """As it matters later: not its number, nor why, which are words for the report."""
    same: Fact = fact
    if isinstance(fact, DatablockBegun):
        same = replace(fact, attempt=0)
    elif isinstance(fact, DatablockFailed):
        same = replace(fact, reason="")
    return f"{type(fact).__name__} {to_json(same)}"


def _car(world: World) -> object:
    """What the car keeps, and the modes its control units are in."""
    units = [(unit.session, unit.dtc_setting, unit.normal_messages) for unit in world.car.units.values()]
    return [_memory(world), [list(map(str, unit)) for unit in units]]


def _memory(world: World) -> object:
    """What the car keeps, but for trouble codes and the stamp of the coding: both are told, and decide nothing."""
    memory = world.memory
    told = tuple(
        replace(unit, programmed=min(unit.programmed, PROGRAMMED_BEFORE + CAP), faults=(), coding_stamp=b"")
        for unit in memory.units
    )
    return to_plain(replace(memory, units=told))
