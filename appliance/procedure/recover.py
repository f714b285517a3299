"""Recover one control unit that is stuck in its bootloader: the same programming, tried in ever stronger ways.

    rung            what is different                                                  a person is needed
    --------------  -----------------------------------------------------------------  -------------------------
    AS_FOUND        nothing: the programming session, as it is                          no
    FRESH_SESSION   default session and hard reset before it                            no
    SLOWER          the same, short TransferData, a pause between them                  no
    POWER_CYCLE     the same at full speed, after the unit itself was without power     fuse, or ignition and lock
    BATTERY         the same, after the whole car was without power                     12 V battery
    (stop)          the unit is left talking

Who was on which rung is a fact (`RungBegun`), so a restart goes on with it.  A rung that asks a person is only climbed
when the person says so (`StepConfirmed`).  Each rung has attempts of its own; what was proven on an earlier one stands.

Sources: workshop reports of recovered and unrecovered units (repeated programming, power cycling at its beginning,
battery disconnect: facts.md §5.5 last rows, forum); the order is ours: nothing for a person to do before everything
the appliance can do alone.  Block length and pause are ours too, and parameters.  Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from appliance.errors import Kl30Error, MalformedAnswer, NegativeResponse, NoResponse
from appliance.procedure import services
from appliance.procedure.facts import DatablockFailed, Fact, Rung, RungBegun, StepConfirmed
from appliance.procedure.failures import (
    AttemptsSpent,
    CodingFailed,
    NegativeResult,
    ReadBackFailed,
)
from appliance.procedure.job import Job
from appliance.procedure.program import program
from appliance.procedure.services import Session
from appliance.procedure.words import Ask, Effect, Mark, Procedure, Wait, ask

SHORT_BLOCK = 258  # bytes of one TransferData: 256 of image behind service identifier and counter; ours
SHORT_PAUSE_S = 0.01  # between two of them, as long as a slow flash page takes to be written; from memory
SHORT_RATE_BYTES_PER_S = 10_000.0  # of both together, by the wire's arithmetic with a reserve; for the forecast
RESETS_S = 5.0  # at least, after a hard reset nobody may have obeyed; a real DME says 5 s (facts.md §3.4)

_CLIMBED_AFTER = (AttemptsSpent, ReadBackFailed, NegativeResult, NegativeResponse, NoResponse, MalformedAnswer)


NEEDS_PERSON = frozenset({Rung.POWER_CYCLE, Rung.BATTERY})


def rung_of(facts: Iterable[Fact], address: int) -> Rung | None:
    """The rung a control unit was left on; None: none was begun."""
    begun = [fact.rung for fact in facts if isinstance(fact, RungBegun) and fact.address == address]
    return begun[-1] if begun else None


def next_rung(rung: Rung) -> Rung | None:
    """The next stronger one; None: there is none, and it stops."""
    ladder = list(Rung)
    place = ladder.index(rung) + 1
    return ladder[place] if place < len(ladder) else None


def person_due(rung: Rung, facts: Iterable[Fact], address: int) -> bool:
    """Whether a person has to do something before this rung is tried, and has not said that it is done."""
    return rung in NEEDS_PERSON and StepConfirmed(address, rung) not in _since_begun(facts, address)


def climbs(failure: Kl30Error, facts: Iterable[Fact], address: int) -> bool:
    """Whether a stronger rung may help after this failure.

    Not after a wrong key (another one may lock the unit), unmet preconditions, or coding that failed behind good
    software; and not where the attempts were only cut off: that is the supply's doing, not the control unit's.
    """
    if isinstance(failure, AttemptsSpent):
        return any(isinstance(f, DatablockFailed) and f.address == address for f in _since_begun(facts, address))
    return isinstance(failure, _CLIMBED_AFTER) and not isinstance(failure, CodingFailed)


def recover(job: Job, rung: Rung, history: Collection[Fact]) -> Procedure[None]:
    """One rung: begin anew as it says, then program.

    Args:
        history: Every fact of the run, oldest first, this rung's `RungBegun` included.

    Raises:
        Kl30Error: as `program`; `climbs` says what to do about it.
    """
    if rung is not Rung.AS_FOUND:
        yield from _begin_anew(job)
    yield from program(job_on(job, rung, history), history)


def begin_rung(address: int, rung: Rung) -> Procedure[None]:
    """Make durable that this rung is tried from here on."""
    yield Mark(RungBegun(address, rung))


def confirm_step(address: int, rung: Rung) -> Procedure[None]:
    """Make durable that a person did what the rung asks for."""
    yield Mark(StepConfirmed(address, rung))


def job_on(job: Job, rung: Rung, history: Collection[Fact]) -> Job:
    """The job as this rung does it, with attempts of its own behind those of the rungs before."""
    attempts = 1 if rung is Rung.AS_FOUND else min(2, job.max_attempts)
    raised = replace(job, max_attempts=_failed_before(history, job.address) + attempts)
    if rung is not Rung.SLOWER:
        return raised
    return replace(raised, block_limit=SHORT_BLOCK, pause_s=SHORT_PAUSE_S, rate_bytes_per_s=SHORT_RATE_BYTES_PER_S)


def _begin_anew(job: Job) -> Procedure[None]:
    """Out of every session and through a reset; a unit that obeys neither is tried all the same."""
    starts_s = max(job.times.reset_s, RESETS_S)
    yield from _as_far_as_it_goes(Ask(job.address, services.session(Session.DEFAULT), "default session"))
    yield Wait(starts_s, "the control unit leaves its session")  # out of programming that is a start of its own
    reset = Ask(
        job.address, services.hard_reset(), "reset the control unit before it is tried again", effect=Effect.WRITE
    )
    yield from _as_far_as_it_goes(reset)
    yield Wait(starts_s, "the control unit starts anew")


def _as_far_as_it_goes(question: Ask) -> Procedure[None]:
    try:
        yield from ask(question)
    except (NegativeResponse, NoResponse):
        return  # recorded by the runner; what follows shows whether it matters


def _since_begun(facts: Iterable[Fact], address: int) -> tuple[Fact, ...]:
    """What was marked since the newest rung of this control unit was begun."""
    mine = tuple(facts)
    begun = [place for place, fact in enumerate(mine) if isinstance(fact, RungBegun) and fact.address == address]
    return mine[begun[-1] :] if begun else mine


def _failed_before(history: Iterable[Fact], address: int) -> int:
    """Failures of the datablock that failed most often, before the newest rung was begun."""
    failed: dict[int, int] = {}
    most = 0
    for fact in history:
        if isinstance(fact, DatablockFailed) and fact.address == address:
            failed[fact.index] = failed.get(fact.index, 0) + 1
        elif isinstance(fact, RungBegun) and fact.address == address:
            most = max(failed.values(), default=0)
    return most
