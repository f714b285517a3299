"""Individual data: what a control unit has learned, counted or been calibrated to; backed up and given back unchanged.

As coding data, but in the extended session, without SecurityAccess, checksum or stamp, and before coding is written.

Which identifiers hold individual data differs from control unit to control unit, and is not known to us: the campaign
says it.  The manufacturer's tool does both (TAL categories idBackup and idRestore; routine 1002, individual data
rescue: facts.md §5.2, §5.5); with which requests, no source tells, so these are plain reads and writes by identifier.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from appliance.errors import NegativeResponse, NoResponse
from appliance.procedure import services
from appliance.procedure.backup import INDIVIDUAL, may_be_lost, read, read_twice, require_length, where
from appliance.procedure.facts import Fact, IndividualRestored, IndividualSaved
from appliance.procedure.failures import IndividualFailed
from appliance.procedure.job import Job
from appliance.procedure.services import Session
from appliance.procedure.session import reset
from appliance.procedure.words import Ask, Effect, Mark, Procedure, ask


def save_individual(job: Job, facts: Collection[Fact]) -> Procedure[tuple[IndividualSaved, ...]]:
    """Read each identifier of individual data twice and keep it, unless it is kept already.

    Returns:
        Everything kept, in this life or an earlier one.

    Raises:
        IndividualFailed: two readings differ; nothing was changed.
    """
    saved = {f.did: f for f in facts if isinstance(f, IndividualSaved) and f.address == job.address}
    due = [did for did in job.individual if did not in saved]
    if not due or may_be_lost(job, facts):
        return tuple(saved.values())
    yield from _extended_session(job)
    for did in due:
        saved[did] = IndividualSaved(job.address, did, (yield from read_twice(job, did, INDIVIDUAL)))
        yield Mark(saved[did])
    return tuple(saved.values())


def restore_individual(job: Job, saved: Collection[IndividualSaved], facts: Collection[Fact]) -> Procedure[None]:
    """Write back what was saved wherever it now reads differently; one reset for all of it, and then it is read.

    Raises:
        IndividualFailed: refused, not read back as written, or of another length than what is there.
    """
    due = [kept for kept in saved if IndividualRestored(job.address, kept.did) not in facts]
    if not due:
        return
    try:
        yield from _extended_session(job)
        written = []
        for kept in due:
            if (yield from _written_back(job, kept)):
                written.append(kept)
        if written:
            yield from reset(job)
            yield from _extended_session(job)
        for kept in written:
            if (yield from read(job, kept.did, "read individual data back")) != kept.data:
                raise _failed(job, [kept], "it did not read back as written")
    except (NegativeResponse, NoResponse) as failure:
        raise _failed(job, due, failure.what) from failure
    for kept in due:
        yield Mark(IndividualRestored(job.address, kept.did))


def _written_back(job: Job, kept: IndividualSaved) -> Procedure[bool]:
    """Write one identifier back; whether there was anything to write."""
    present = yield from read(job, kept.did, "compare individual data")
    if present == kept.data:
        return False
    require_length(job, kept, present, INDIVIDUAL)
    write = services.write(kept.did, kept.data)
    yield from ask(Ask(job.address, write, "write individual data back", effect=Effect.WRITE))
    return True


def _extended_session(job: Job) -> Procedure[None]:
    yield from ask(Ask(job.address, services.session(Session.EXTENDED), "extended session for individual data"))


def _failed(job: Job, kept: Iterable[IndividualSaved], why: str) -> IndividualFailed:
    listed = ", ".join(f"{one.did:04X}" for one in kept)
    return IndividualFailed(
        f"individual data {listed} was not written back: {why}", where=where(job), do=INDIVIDUAL.by_hand
    )
