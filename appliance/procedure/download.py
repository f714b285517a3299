"""One datablock: erase, RequestDownload, TransferData, TransferExit, check memory (facts.md §5.1 rows 11 to 15).

A datablock is the unit of everything: of erasing, of proof, of repetition.  In doubt it starts over.
"""

from __future__ import annotations

from collections.abc import Iterator

from appliance.errors import Kl30Error, MalformedAnswer, NegativeResponse, NoResponse
from appliance.procedure import services
from appliance.procedure.attempts import Tried, is_spent, spent
from appliance.procedure.facts import DatablockBegun, DatablockFailed, DatablockProgrammed
from appliance.procedure.failures import CarSlept, EraseRefused, NegativeResult, ProgrammingRefused
from appliance.procedure.job import DatablockJob, Job
from appliance.procedure.policy import Recourse, passes, recourse
from appliance.procedure.services import Routine
from appliance.procedure.session import enter_programming
from appliance.procedure.words import Ask, Effect, Mark, Needs, Procedure, Response, Wait, Work, ask

MEMORY_FORMAT = 0x40  # routine option: four-byte address, no length (facts.md §5.1 row 11)
TRANSFER_LIMIT_S = 30.0  # response pending within one TransferData; tools re-arm 30 s (facts.md §5.1, confirmed)


def download_until_good(
    job: Job, block: DatablockJob, before: Tried, later_s: float, later_wire_s: float = 0.0
) -> Procedure[Tried]:
    """Download one datablock, beginning again in a fresh session as often as allowed.

    Args:
        before: What came of it so far in this run, in whatever life.
        later_s: What the control unit needs after this datablock, estimated; for the forecast.
        later_wire_s: How much of that is transfer.

    Returns:
        What came of it by now.

    Raises:
        AttemptsSpent: it may not be tried again; the control unit stays in its bootloader.
        ProgrammingRefused: it does not let us in any more, or would not erase in one fresh session after the other.
        NegativeResponse: a refusal that would only be repeated.
    """
    so_far, reason, refused = before, "", 0
    while not is_spent(job, so_far):
        try:
            if reason:
                yield Wait(1.0, f"{block.name} is begun again: {reason}")
                yield from enter_programming(job)
            so_far = so_far.begins()
            datablock_s, wire_s = job.datablock_s(block), job.wire_s(block)
            begun = DatablockBegun(job.address, block.index, block.sha256, so_far.begun)
            yield Mark(begun, Needs(datablock_s, datablock_s + later_s, wire_s, wire_s + later_wire_s))
            yield from _download(job, block)
        except CarSlept as slept:
            so_far, reason = so_far.is_cut(), slept.what
        except (NegativeResult, NegativeResponse, NoResponse, MalformedAnswer) as failure:
            so_far, reason = so_far.fails(failure.what), failure.what
            yield Mark(DatablockFailed(job.address, block.index, block.sha256, reason))
            refused = refused + 1 if isinstance(failure, EraseRefused) else 0
            if isinstance(failure, EraseRefused) and refused > 1 and is_spent(job, so_far):
                raise ProgrammingRefused(failure, job.name, refused) from failure
            if isinstance(failure, ProgrammingRefused) or _repeats_itself(failure):
                raise
        else:
            yield Mark(DatablockProgrammed(job.address, block.index, block.sha256))
            return so_far
    raise spent(job, block, so_far)


def _download(job: Job, block: DatablockJob) -> Procedure[None]:
    place = block.address.to_bytes(4, "big")
    of = f"{block.name} ({block.index + 1} of {len(job.datablocks)})"

    erase = services.routine(Routine.ERASE_MEMORY, bytes((0x02, MEMORY_FORMAT)) + place + job.erase_suffix)
    limit_s = job.times.limit_s(job.times.erase_s)
    try:
        erased = yield from ask(
            Ask(
                job.address,
                erase,
                f"erase {of}",
                pending_limit_s=limit_s,
                effect=Effect.ERASE,
                work=Work.ERASE,
                expected_s=job.erase_s(block),
            )
        )
    except NegativeResponse as refusal:
        if passes(refusal.nrc):
            raise
        raise EraseRefused(refusal) from refusal
    _require_good(job, services.routine_status(erased), f"erase of {block.name}")

    request = services.request_download(block.data_format, block.address, len(block.image))
    accepted = yield from ask(Ask(job.address, request, f"request download of {of}", effect=Effect.WRITE))
    for counter, data in _pieces(block.image, _piece_bytes(job, accepted)):
        if job.pause_s and counter != 1:
            yield Wait(job.pause_s, f"transfer {of}")
        yield from ask(
            Ask(
                job.address,
                services.transfer_data(counter, data),
                f"transfer {of}",
                pending_limit_s=TRANSFER_LIMIT_S,
                effect=Effect.WRITE,
                carries_bytes=len(data),
                work=Work.TRANSFER,
                expected_s=len(data) / job.rate_bytes_per_s,
            )
        )
    yield from ask(Ask(job.address, services.transfer_exit(), f"end transfer of {of}", effect=Effect.WRITE))

    check = services.routine(Routine.CHECK_MEMORY, bytes((0x12, MEMORY_FORMAT)) + place + b"\x00\x00")
    limit_s = job.times.limit_s(job.times.check_memory_s)
    expected_s = job.times.check_memory_s
    checked = yield from ask(
        Ask(
            job.address,
            check,
            f"check memory of {of}",
            pending_limit_s=limit_s,
            work=Work.CHECK,
            expected_s=expected_s,
        )
    )
    status = services.routine_status(checked)
    if not status:
        raise MalformedAnswer("check memory (71 01 02 02)", found="no result byte", expected="00 for good")
    _require_good(job, status, f"check memory of {block.name}")


def _repeats_itself(failure: Kl30Error) -> bool:
    return isinstance(failure, NegativeResponse) and recourse(failure.nrc) is Recourse.REFUSED


def _require_good(job: Job, status: bytes, what: str) -> None:
    """A routine's result byte, where there is one, must be 00 (HIS; facts.md §5.1 row 15 confirmed for 0202)."""
    if any(status[:1]):
        raise NegativeResult(
            f"{what} reported {status.hex(' ')} instead of 00", where=f"{job.name} 0x{job.address:02X}"
        )


def _piece_bytes(job: Job, accepted: Response) -> int:
    """Image bytes in one TransferData: what the control unit grants, or less where we keep to less."""
    granted = services.block_size(accepted)
    return granted if job.block_limit is None else min(granted, job.block_limit - services.DOWNLOAD_OVERHEAD)


def _pieces(image: bytes, size: int) -> Iterator[tuple[int, bytes]]:
    """The image in TransferData pieces, each with its block sequence counter: 01, 02 … FF, 00, 01 …"""
    for number, start in enumerate(range(0, len(image), size), 1):
        yield number & 0xFF, image[start : start + size]
