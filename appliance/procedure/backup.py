"""What a control unit loses in programming: read twice before, compared, and kept in the journal, not in memory.

The same for coding data (`code`) and individual data (`individual`): the fact carries the bytes.  Once a datablock was
begun nothing is read any more: what the control unit holds then may be the loss itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from appliance.procedure import services
from appliance.procedure.facts import (
    CodingBegun,
    CodingRestored,
    CodingSaved,
    DatablockBegun,
    Fact,
    IndividualRestored,
    IndividualSaved,
)
from appliance.procedure.failures import CodingFailed, IndividualFailed
from appliance.procedure.job import Job
from appliance.procedure.words import Ask, Procedure, ask


@dataclass(frozen=True, slots=True)
class Sort:
    """What sort of data it is, in words; how it fails, and what a person does who has to give it back without us."""

    words: str
    failed: type[CodingFailed]
    by_hand: str


CODING = Sort(
    "coding data",
    CodingFailed,
    "code the control unit with the manufacturer's tool before the car is used; its software is proven",
)
INDIVIDUAL = Sort(
    "individual data",
    IndividualFailed,
    "the saved data is in the report; have the control unit learn anew what it tells; its software is proven",
)


def may_be_lost(job: Job, facts: Collection[Fact]) -> bool:
    """Whether what the control unit holds now need not be what it held before."""
    begun = any(isinstance(fact, DatablockBegun) and fact.address == job.address for fact in facts)
    return begun or job.in_bootloader


def read_twice(job: Job, did: int, sort: Sort) -> Procedure[bytes]:
    """What an identifier holds.

    Raises:
        CodingFailed: two readings differ.
    """
    first = yield from read(job, did, f"save {sort.words}")
    second = yield from read(job, did, f"save {sort.words}, second reading")
    if first != second:
        raise sort.failed(f"{sort.words} {did:04X} read differently twice", where=where(job))
    return first


def read(job: Job, did: int, step: str) -> Procedure[bytes]:
    """What an identifier holds."""
    response = yield from ask(Ask(job.address, services.read(did), step))
    return response.payload[3:]


def require_length(job: Job, kept: CodingSaved | IndividualSaved, present: bytes, sort: Sort) -> None:
    """Check that what was kept is as long as what is there.

    An identifier has one length: one of the two readings was cut short, and a lenient unit would take the stump.

    Raises:
        CodingFailed: it is not.
    """
    if len(present) != len(kept.data):
        counted = f"{len(kept.data)} bytes were saved, it holds {len(present)}"
        raise sort.failed(
            f"{sort.words} {kept.did:04X} was not written back: {counted}", where=where(job), do=sort.by_hand
        )


def owes_coding(address: int, facts: Collection[Fact]) -> bool:
    """Whether this control unit was erased or coded after its data was saved, and has not got all of it as it is to be.

    Args:
        facts: Those that stand, of every run that belongs together.
    """
    mine = [fact for fact in facts if getattr(fact, "address", None) == address]
    begun = any(isinstance(fact, DatablockBegun | CodingBegun) for fact in mine)
    coding = _dids(mine, CodingSaved) - _dids(mine, CodingRestored)
    return begun and bool(coding or _dids(mine, IndividualSaved) - _dids(mine, IndividualRestored))


def where(job: Job) -> str:
    """How failures name the control unit."""
    return f"{job.name} 0x{job.address:02X}"


def _dids(
    facts: Iterable[Fact], kind: type[CodingSaved | CodingRestored | IndividualSaved | IndividualRestored]
) -> set[int]:
    return {fact.did for fact in facts if isinstance(fact, kind)}
