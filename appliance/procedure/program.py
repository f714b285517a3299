"""Program one control unit, from whatever state a restart finds it in to software it names itself.

The order is facts.md §5.1.  `facts` is what was marked, oldest first; what still stands is skipped, all else is done.
Success has one proof: after its reset the control unit names exactly the target software and says its check is good.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from appliance.car.svk import ProgrammingCheck, Svk, decode_svk, missing_and_surplus, parse_sgbm
from appliance.errors import Kl30Error, MalformedAnswer, NegativeResponse, NoResponse
from appliance.procedure import services
from appliance.procedure.attempts import Tried, require_attempts_left, tried
from appliance.procedure.backup import owes_coding
from appliance.procedure.code import restore_coding, save_coding
from appliance.procedure.download import download_until_good
from appliance.procedure.facts import (
    CodingSaved,
    DatablockBegun,
    DatablockFailed,
    DatablockProgrammed,
    DependenciesChecked,
    Fact,
    IndividualSaved,
    UnitProgrammed,
    standing,
)
from appliance.procedure.failures import CarSlept, IndividualFailed, ReadBackFailed
from appliance.procedure.individual import restore_individual, save_individual
from appliance.procedure.job import DatablockJob, Job
from appliance.procedure.services import Did, Routine
from appliance.procedure.session import enter_programming, pre_programming, reset
from appliance.procedure.words import Ask, Effect, Mark, Procedure, Wait, Work, ask

READ_BACK_TRIES = 5  # after its reset a control unit may need more than DID 2504 says; one second apart
ROUNDS = 2  # a second one only for datablocks the control unit itself reports missing

# FF01 results (HIS; facts.md §5.3, likely).
DEPENDENCY_RESULTS = {
    1: "incorrect",
    2: "software does not fit the hardware",
    3: "software units do not fit each other",
    4: "software blocks missing",
}


@dataclass(frozen=True, slots=True)
class Ready:
    """What is left to do to one control unit, found out before anything is changed.

    Attributes:
        saved: Its coding data, and `individual` data.
        stood: The facts that stood.
        so_far: What came of each datablock in this run, by its index.
        due: Datablocks to be written, in order; none: all are, and the rest is to be done; None: it is programmed.
    """

    job: Job
    saved: tuple[CodingSaved, ...]
    individual: tuple[IndividualSaved, ...]
    stood: tuple[Fact, ...]
    so_far: Mapping[int, Tried]
    due: tuple[DatablockJob, ...] | None

    @property
    def expected_s(self) -> float:
        """How long the rest of it takes, estimated."""
        return sum(map(self.job.datablock_s, self.due or ())) + self.job.closing_s

    @property
    def opened(self) -> bool:
        """Whether it is half programmed or coded: it must not be left as it is."""
        address = self.job.address
        begun = any(isinstance(fact, DatablockBegun) and fact.address == address for fact in self.stood)
        half = begun and not _unit_programmed(self.job, self.stood)
        return self.job.in_bootloader or half or owes_coding(address, self.stood)


@dataclass(frozen=True, slots=True)
class Readied:
    """Several control units: those that may go on, and why the others may not, by address."""

    ready: tuple[Ready, ...]
    failed: Mapping[int, Kl30Error]


def program(job: Job, facts: Iterable[Fact]) -> Procedure[None]:
    """Program and code one control unit; a job without datablocks is only coded.

    Raises:
        PreconditionsNotMet, SecurityFailed, NoKey, AttemptsSpent, ReadBackFailed, CodingFailed: see `failures`.
        NegativeResponse, NoResponse: a refusal or silence outside a datablock.
    """
    readied = yield from prepare((job,), facts)
    for failure in readied.failed.values():
        raise failure
    for ready in readied.ready:
        yield from carry_out(ready)


def prepare(jobs: Sequence[Job], facts: Iterable[Fact], unproven: Collection[int] = ()) -> Procedure[Readied]:
    """Everything before the first programming session, for one control unit or for several that go side by side.

    What goes to everybody is sent here and nowhere else.  The failure of one takes those along that nothing was begun
    in; one that is half programmed goes on.

    Args:
        unproven: Addresses of those that an earlier run programmed and never saw proven.

    Raises:
        CarSlept: the whole car did, and all of it begins again.
    """
    history = tuple(facts)
    failed: dict[int, Kl30Error] = {}
    ready: list[Ready] = []
    for job in jobs:
        try:
            owing = job.address in unproven and not job.datablocks
            ready.append((yield from _readied(job, history, unproven=owing)))
        except CarSlept:
            raise
        except Kl30Error as failure:
            failed[job.address] = failure
    opened = {one.job.address for one in ready if one.opened}
    due = [one.job for one in ready if one.due is not None and (not failed or one.job.address in opened)]
    if due:
        failed |= yield from pre_programming(due, opened)
    kept = (one for one in ready if one.job.address not in failed and (not failed or one.opened))
    return Readied(tuple(kept), failed)


def carry_out(ready: Ready) -> Procedure[None]:
    """The rest of it, from the programming session on; asks this control unit only, so that others may be at work.

    Raises:
        Kl30Error: as `program`.
    """
    if ready.due is not None:
        yield from _download(ready, ready.due)
    yield from _give_back(ready.job, ready.individual, ready.saved, ready.stood)


def prove_and_code(job: Job, history: Iterable[Fact]) -> Procedure[None]:
    """Finish a control unit that an earlier run programmed and never saw proven: it names its software, and is coded.

    Raises:
        ReadBackFailed: it does not name the target; CodingFailed: see `failures`.
    """
    facts = standing(history)
    saved = yield from save_coding(job, facts)
    individual = yield from save_individual(job, facts)
    yield from _prove(job, facts)
    yield from _give_back(job, individual, saved, facts)


def owes_proof(address: int, facts: Collection[Fact]) -> bool:
    """Whether this control unit was erased, and has not been proven since.

    Args:
        facts: Those that stand, of every run that belongs together.
    """
    mine = [fact for fact in facts if getattr(fact, "address", None) == address]
    begun = any(isinstance(fact, DatablockBegun) for fact in mine)
    return begun and not any(isinstance(fact, UnitProgrammed) for fact in mine)


def due_datablocks(job: Job, facts: Iterable[Fact]) -> tuple[DatablockJob, ...]:
    """The datablocks not proven good by a fact; in doubt they are due."""
    held = standing(facts)
    return tuple(block for block in job.datablocks if not _proven(job, block, held))


def read_back(job: Job) -> Procedure[tuple[str, ...]]:
    """Compare the software the control unit names with the target.

    Returns:
        What differs, in words; empty: it is programmed.
    """
    for _ in range(READ_BACK_TRIES):
        try:
            response = yield from ask(Ask(job.address, services.read(Did.SVK), "read back the software"))
            return _differences(job, decode_svk(response.payload))
        except (NegativeResponse, NoResponse, MalformedAnswer):
            yield Wait(1.0, "the control unit comes back")
    return ("it does not name its software",)


def _readied(job: Job, history: tuple[Fact, ...], *, unproven: bool) -> Procedure[Ready]:
    facts = standing(history)
    saved = yield from save_coding(job, facts)
    individual = yield from save_individual(job, facts)
    so_far = {block.index: tried(history, job.address, block.index) for block in job.datablocks}
    due: tuple[DatablockJob, ...] | None = None
    if job.datablocks and not _unit_programmed(job, facts):
        due = yield from _due(job, facts, so_far)
    elif unproven:
        yield from _prove(job, facts)
    return Ready(job, saved, individual, facts, so_far, due)


def _give_back(
    job: Job, individual: Collection[IndividualSaved], coding: Collection[CodingSaved], facts: Collection[Fact]
) -> Procedure[None]:
    """Individual data, then coding; coding all the same where the first fails: the car is used with it."""
    failure: IndividualFailed | None = None
    try:
        yield from restore_individual(job, individual, facts)
    except IndividualFailed as failed:
        failure = failed
    yield from restore_coding(job, coding, facts)
    if failure is not None:
        raise failure


def _prove(job: Job, facts: Collection[Fact]) -> Procedure[None]:
    """It names its software."""
    if _unit_programmed(job, facts):
        return
    if differences := (yield from read_back(job)):
        raise _not_programmed(job, differences)
    yield Mark(UnitProgrammed(job.address, job.target_software))


def _due(job: Job, facts: tuple[Fact, ...], so_far: dict[int, Tried]) -> Procedure[tuple[DatablockJob, ...] | None]:
    if DependenciesChecked(job.address) in facts and not due_datablocks(job, facts):
        # Cut off after the last step: the control unit itself says whether anything is left to do.
        differences = yield from read_back(job)
        if not differences:
            yield Mark(UnitProgrammed(job.address, job.target_software))
            return None
        due = yield from _doubted(job, differences, so_far)
    else:
        due = due_datablocks(job, facts)
    require_attempts_left(job, due, so_far)
    return due


def _download(ready: Ready, due: tuple[DatablockJob, ...]) -> Procedure[None]:
    job, so_far = ready.job, dict(ready.so_far)
    differences: tuple[str, ...] = ()
    for _ in range(ROUNDS):
        yield from enter_programming(job)
        for number, block in enumerate(due, 1):
            later_s = sum(job.datablock_s(after) for after in due[number:]) + job.closing_s
            wire_s = sum(map(job.wire_s, due[number:]))
            so_far[block.index] = yield from download_until_good(job, block, so_far[block.index], later_s, wire_s)
        refusal = yield from check_dependencies(job)
        yield from reset(job)
        differences = (*refusal, *(yield from read_back(job)))
        if not differences:
            yield Mark(UnitProgrammed(job.address, job.target_software))
            return
        due = yield from _doubted(job, differences, so_far)
    raise _not_programmed(job, differences)


def _doubted(job: Job, differences: Collection[str], so_far: dict[int, Tried]) -> Procedure[tuple[DatablockJob, ...]]:
    """The control unit says less than our facts do, and it is right: a wrong result of every datablock.

    Returns:
        What is due now: all of them.
    """
    reason = "; ".join(differences)
    for block in job.datablocks:
        so_far[block.index] = so_far[block.index].fails(reason)
        yield Mark(DatablockFailed(job.address, block.index, block.sha256, reason))
    return job.datablocks


def _not_programmed(job: Job, differences: tuple[str, ...]) -> ReadBackFailed:
    return ReadBackFailed(
        "not programmed: " + "; ".join(differences),
        where=f"{job.name} 0x{job.address:02X}",
        do="leave ignition and charger on and press START to program it again; do not replace the control unit yet",
    )


def check_dependencies(job: Job) -> Procedure[tuple[str, ...]]:
    """Check programming dependencies (`31 01 FF 01`); marks the fact when they are met.

    Returns:
        Why they are not met, in words; empty: they are.
    """
    limit_s = job.times.limit_s(job.times.check_memory_s)
    request = services.routine(Routine.CHECK_DEPENDENCIES)
    response = yield from ask(
        Ask(
            job.address,
            request,
            "check programming dependencies",
            pending_limit_s=limit_s,
            effect=Effect.WRITE,
            work=Work.CHECK,
            expected_s=job.times.check_memory_s,
        )
    )
    result = services.routine_status(response)[:1]
    if any(result):
        return (f"dependencies: {DEPENDENCY_RESULTS.get(result[0], f'result {result[0]:02X}')}",)
    if result:
        yield Mark(DependenciesChecked(job.address))
    return ()  # without a result nothing is said against it, nor proven: the read-back after the reset decides


def _differences(job: Job, svk: Svk) -> tuple[str, ...]:
    target = tuple(parse_sgbm(text) for text in job.target_software)
    missing, surplus = missing_and_surplus(svk.entries, target, job.compared_classes)
    words = [f"missing {unit.psdz}" for unit in missing] + [f"surplus {unit.psdz}" for unit in surplus]
    if svk.check is not ProgrammingCheck.PASSED:
        words.append(f"its own check says: {svk.check.explanation}")
    return tuple(words)


def _unit_programmed(job: Job, facts: Collection[Fact]) -> bool:
    return UnitProgrammed(job.address, job.target_software) in facts


def _proven(job: Job, block: DatablockJob, facts: Collection[Fact]) -> bool:
    return DatablockProgrammed(job.address, block.index, block.sha256) in facts
