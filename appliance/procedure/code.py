"""Coding data: read before programming, written back after, compared both times (facts.md §5.1, coding part).

What a control unit loses in programming is kept in the journal, not in memory: the fact carries the bytes.
"""

from __future__ import annotations

from collections.abc import Collection

from appliance.errors import NegativeResponse, NoResponse
from appliance.procedure import services
from appliance.procedure.facts import CodingRestored, CodingSaved, DatablockBegun, Fact
from appliance.procedure.failures import CodingFailed, NoKey, SecurityFailed
from appliance.procedure.job import Job
from appliance.procedure.services import Did, Routine, Session
from appliance.procedure.session import reset, unlock
from appliance.procedure.words import Ask, Effect, Mark, Procedure, ask

CODING_LEVEL = 0x01  # of SecurityAccess (facts.md §5.1, coding part)


def save_coding(job: Job, facts: Collection[Fact]) -> Procedure[tuple[CodingSaved, ...]]:
    """Read each coding identifier twice and keep it, unless it is kept already.

    Once a datablock was begun nothing is read any more: what the control unit holds then may be the loss itself.

    Returns:
        Everything kept, in this life or an earlier one.

    Raises:
        CodingFailed: two readings differ.
    """
    saved = {f.did: f for f in facts if isinstance(f, CodingSaved) and f.address == job.address}
    begun = any(isinstance(f, DatablockBegun) and f.address == job.address for f in facts)
    if begun or job.in_bootloader:
        return tuple(saved.values())
    for did in job.coding:
        if did in saved:
            continue
        first = yield from _read(job, did, "save coding data")
        second = yield from _read(job, did, "save coding data, second reading")
        if first != second:
            raise CodingFailed(f"coding data {did:04X} read differently twice", where=_where(job))
        saved[did] = CodingSaved(job.address, did, first)
        yield Mark(saved[did])
    return tuple(saved.values())


def restore_coding(job: Job, saved: Collection[CodingSaved], facts: Collection[Fact]) -> Procedure[None]:
    """Write back what was saved wherever it now reads differently.

    Raises:
        CodingFailed: refused, or not read back as written.
    """
    for kept in saved:
        if CodingRestored(job.address, kept.did) in facts:
            continue
        try:
            yield from _write_back(job, kept.did, kept.data)
        except (NegativeResponse, NoResponse, SecurityFailed, NoKey) as failure:
            raise CodingFailed(
                f"coding data {kept.did:04X} was not written back: {failure.what}",
                where=_where(job),
                do="the saved data is in the report; code the control unit before the car is used",
            ) from failure
        yield Mark(CodingRestored(job.address, kept.did))


def owes_coding(address: int, facts: Collection[Fact]) -> bool:
    """Whether this control unit was erased after its coding data was saved, and has not got all of it back.

    Args:
        facts: Those that stand, of every run that belongs together.
    """
    mine = [fact for fact in facts if getattr(fact, "address", None) == address]
    saved = {fact.did for fact in mine if isinstance(fact, CodingSaved)}
    restored = {fact.did for fact in mine if isinstance(fact, CodingRestored)}
    return any(isinstance(fact, DatablockBegun) for fact in mine) and bool(saved - restored)


def _write_back(job: Job, did: int, data: bytes) -> Procedure[None]:
    present = yield from _read(job, did, "compare coding data")
    if present == data:
        return
    if len(present) != len(data):
        # An identifier has one length: one of the two readings was cut short, and a lenient unit would take the stump.
        raise CodingFailed(
            f"coding data {did:04X} was not written back: {len(data)} bytes were saved, it holds {len(present)}",
            where=_where(job),
            do="code the control unit with the manufacturer's tool before the car is used; its software is proven",
        )
    yield from ask(Ask(job.address, services.session(Session.CODING), "coding session"))
    yield from unlock(job, CODING_LEVEL, " for coding")
    write = services.write(did, data)
    yield from ask(Ask(job.address, write, "write coding data back", effect=Effect.WRITE))
    checksum = services.routine(Routine.CODING_CHECKSUM)
    yield from ask(Ask(job.address, checksum, "coding checksum", effect=Effect.WRITE))
    if job.coding_stamp:
        stamp = services.write(Did.CODING_STAMP, job.coding_stamp)
        yield from ask(Ask(job.address, stamp, "write coding proof stamp", effect=Effect.WRITE))
    yield from reset(job)
    if (yield from _read(job, did, "read coding data back")) != data:
        raise CodingFailed(f"coding data {did:04X} did not read back as written", where=_where(job))


def _read(job: Job, did: int, step: str) -> Procedure[bytes]:
    response = yield from ask(Ask(job.address, services.read(did), step))
    return response.payload[3:]


def _where(job: Job) -> str:
    return f"{job.name} 0x{job.address:02X}"
