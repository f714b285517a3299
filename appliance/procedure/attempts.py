"""How often a datablock was tried in this run, what came of it, and whether it may be tried again.

    failed   the control unit refused, reported a wrong result, or fell silent: uses up one of `Job.max_attempts`
    cut      begun, and then nothing: the power went, the process died, or the car fell asleep.  That says nothing about
             the control unit and never uses up an attempt; but a datablock that is cut off again and again without
             progress (its own proof) must end as well, after `Job.max_cuts`

Both are counted over every life of the run, because a boot decides nothing.  A run that ended leaves its counts behind:
the next START is a decision of a person, and brings a fresh set.  Pure; decision 0018.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from appliance.procedure.facts import DatablockBegun, DatablockFailed, DatablockProgrammed, Fact
from appliance.procedure.failures import AttemptsSpent
from appliance.procedure.job import DatablockJob, Job

_GENTLY = "leave the charger on and the ignition as it is, do not replace the control unit"
_AFTER_FAILURES = f"{_GENTLY}; check clamps, plug and wiring, then press START for a fresh set of attempts"
_AFTER_CUTS = (
    f"{_GENTLY}; find out what takes the appliance's power away in the middle of it (plug, socket and its fuse, "
    "charger), then press START"
)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of the attempts on one datablock.

    Attributes:
        begun: Attempts that were begun, whatever came of them.
        failed: Attempts that failed.
        cut: Attempts cut off since the datablock was last proven.
        last: Why the last failed one failed; empty: none did.
    """

    begun: int = 0
    failed: int = 0
    cut: int = 0
    last: str = ""

    def begins(self) -> Tried:
        """One more is begun."""
        return replace(self, begun=self.begun + 1)

    def fails(self, reason: str) -> Tried:
        """One came to a bad end."""
        return replace(self, failed=self.failed + 1, last=reason)

    def is_cut(self) -> Tried:
        """One came to no end at all."""
        return replace(self, cut=self.cut + 1)


def tried(facts: Iterable[Fact], address: int, index: int) -> Tried:
    """The attempts on one datablock.

    Args:
        facts: Every fact of the run, oldest first, also those that stand no more.
    """
    so_far, is_open = Tried(), False
    for fact in facts:
        match fact:
            case DatablockBegun() if (fact.address, fact.index) == (address, index):
                so_far, is_open = (so_far.is_cut() if is_open else so_far).begins(), True
            case DatablockFailed() if (fact.address, fact.index) == (address, index):
                so_far, is_open = so_far.fails(fact.reason), False
            case DatablockProgrammed() if (fact.address, fact.index) == (address, index):
                so_far, is_open = replace(so_far, cut=0), False
            case _:
                pass
    return so_far.is_cut() if is_open else so_far


def is_spent(job: Job, so_far: Tried) -> bool:
    """Whether only a person may have it tried again."""
    return so_far.failed >= job.max_attempts or so_far.cut >= job.max_cuts


def spent(job: Job, block: DatablockJob, so_far: Tried) -> AttemptsSpent:
    """What is said then: what happened, what to do, what not to do."""
    where = f"{job.name} 0x{job.address:02X}"
    if so_far.failed >= job.max_attempts:
        times = "once" if so_far.failed == 1 else f"{so_far.failed} times"
        return AttemptsSpent(f"{block.name} failed {times}, last: {so_far.last}", where=where, do=_AFTER_FAILURES)
    failed = f"; it failed {so_far.failed} times, last: {so_far.last}" if so_far.failed else ""
    return AttemptsSpent(
        f"{block.name} was cut off {so_far.cut} times in a row before it was done{failed}", where=where, do=_AFTER_CUTS
    )


def require_attempts_left(job: Job, due: Iterable[DatablockJob], so_far: Mapping[int, Tried]) -> None:
    """Do not touch a control unit one of whose datablocks may not be tried again.

    Args:
        so_far: By the datablock's index.

    Raises:
        AttemptsSpent: for the first of them.
    """
    for block in due:
        if is_spent(job, so_far[block.index]):
            raise spent(job, block, so_far[block.index])
