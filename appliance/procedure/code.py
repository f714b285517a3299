"""Coding data: read before programming, and as they are to be after it, compared both times (facts.md §5.1, coding
part).

As they are to be is what was saved, changed by the job's rules, if it has any: always from what was saved and never
from what is read back, so that every later life comes to the same (`car.coding`; decision 0030).
"""

from __future__ import annotations

from collections.abc import Collection

from appliance.car.coding import recoded
from appliance.errors import MalformedAnswer, NegativeResponse, NoResponse
from appliance.procedure import services
from appliance.procedure.backup import CODING, may_be_lost, read, read_twice, require_length, where
from appliance.procedure.facts import CodingBegun, CodingRestored, CodingSaved, Fact
from appliance.procedure.failures import CodingFailed, NoKey, SecurityFailed
from appliance.procedure.job import Job
from appliance.procedure.services import Did, Routine, Session
from appliance.procedure.session import reset, unlock
from appliance.procedure.words import Ask, Effect, Mark, Procedure, ask

CODING_LEVEL = 0x01  # of SecurityAccess (facts.md §5.1, coding part)


def save_coding(job: Job, facts: Collection[Fact]) -> Procedure[tuple[CodingSaved, ...]]:
    """Read each coding identifier twice and keep it, unless it is kept already.

    Returns:
        Everything kept, in this life or an earlier one.

    Raises:
        CodingFailed: two readings differ, or a rule does not fit what was read; nothing was changed.
    """
    saved = {f.did: f for f in facts if isinstance(f, CodingSaved) and f.address == job.address}
    if may_be_lost(job, facts):
        return tuple(saved.values())
    for did in job.coding:
        if did in saved:
            continue
        saved[did] = CodingSaved(job.address, did, (yield from read_twice(job, did, CODING)))
        yield Mark(saved[did])
    for kept in saved.values():
        _as_it_is_to_be(job, kept)
    return tuple(saved.values())


def restore_coding(job: Job, saved: Collection[CodingSaved], facts: Collection[Fact]) -> Procedure[None]:
    """Write what was saved, changed by the job's rules, wherever it now reads differently.

    Raises:
        CodingFailed: refused, or not read back as written; or a rule does not fit what was saved.
    """
    for kept in saved:
        data = _as_it_is_to_be(job, kept)
        restored = CodingRestored(job.address, kept.did, data if data != kept.data else b"")
        if restored in facts:
            continue
        try:
            yield from _write_back(job, kept, data)
        except (NegativeResponse, NoResponse, SecurityFailed, NoKey) as failure:
            raise CodingFailed(
                f"coding data {kept.did:04X} was not written back: {failure.what}",
                where=where(job),
                do="the saved data is in the report; code the control unit before the car is used",
            ) from failure
        yield Mark(restored)


def _as_it_is_to_be(job: Job, kept: CodingSaved) -> bytes:
    try:
        return recoded(kept.did, kept.data, job.changes)
    except MalformedAnswer as misfit:
        raise CodingFailed(
            f"the campaign's new coding does not fit: {misfit.what}",
            where=where(job),
            do="tell the campaign's author; by this no coding was changed",
        ) from misfit


def _write_back(job: Job, kept: CodingSaved, data: bytes) -> Procedure[None]:
    did = kept.did
    present = yield from read(job, did, "compare coding data")
    if present == data:
        return
    require_length(job, kept, present, CODING)
    if data != kept.data:
        yield Mark(CodingBegun(job.address, did))
    yield from ask(Ask(job.address, services.session(Session.CODING), "coding session"))
    yield from unlock(job, CODING_LEVEL, " for coding")
    write = services.write(did, data)
    step = "write coding data back" if data == kept.data else "write new coding data"
    yield from ask(Ask(job.address, write, step, effect=Effect.WRITE))
    checksum = services.routine(Routine.CODING_CHECKSUM)
    yield from ask(Ask(job.address, checksum, "coding checksum", effect=Effect.WRITE))
    if job.coding_stamp:
        stamp = services.write(Did.CODING_STAMP, job.coding_stamp)
        yield from ask(Ask(job.address, stamp, "write coding proof stamp", effect=Effect.WRITE))
    yield from reset(job)
    if (yield from read(job, did, "read coding data back")) != data:
        raise CodingFailed(f"coding data {did:04X} did not read back as written", where=where(job))
