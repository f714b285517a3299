"""One datablock: erase, RequestDownload, TransferData, TransferExit, check memory (facts.md §5.1 rows 11 to 15).

A datablock is the unit of everything: of erasing, of proof, of repetition.  In doubt it starts over.
"""

from __future__ import annotations

from collections.abc import Iterator

from appliance.errors import MalformedAnswer, NegativeResponse, NoResponse
from appliance.procedure import services
from appliance.procedure.facts import DatablockBegun, DatablockProgrammed
from appliance.procedure.failures import AttemptsSpent, NegativeResult
from appliance.procedure.job import DatablockJob, Job
from appliance.procedure.policy import Recourse, recourse
from appliance.procedure.services import Routine
from appliance.procedure.session import enter_programming
from appliance.procedure.words import Ask, Effect, Mark, Needs, Procedure, Wait, ask

MEMORY_FORMAT = 0x40  # routine option: four-byte address, no length (facts.md §5.1 row 11)
TRANSFER_LIMIT_S = 30.0  # response pending within one TransferData; tools re-arm 30 s (facts.md §5.1, confirmed)


def download_until_good(job: Job, block: DatablockJob, begun_before: int, later_s: float) -> Procedure[int]:
    """Download one datablock, beginning again in a fresh session as often as allowed.

    Args:
        begun_before: How often it was begun already in this run; only numbers the attempts.
        later_s: What the control unit needs after this datablock, estimated; for the forecast.

    Returns:
        How often it was begun here.

    Raises:
        AttemptsSpent: `job.max_attempts` failures; the control unit stays in its bootloader.
        NegativeResponse: a refusal that would only be repeated.
    """
    reason = ""
    for attempt in range(1, job.max_attempts + 1):
        try:
            if attempt > 1:
                yield Wait(1.0, f"{block.name} is begun again: {reason}")
                yield from enter_programming(job)
            begun = DatablockBegun(job.address, block.index, block.sha256, begun_before + attempt)
            datablock_s = job.datablock_s(block)
            yield Mark(begun, Needs(datablock_s, datablock_s + later_s))
            yield from _download(job, block)
        except (NegativeResult, NegativeResponse, NoResponse, MalformedAnswer) as failure:
            if isinstance(failure, NegativeResponse) and recourse(failure.nrc) is Recourse.REFUSED:
                raise
            if attempt == job.max_attempts:
                raise AttemptsSpent(
                    f"{block.name} failed {attempt} times, last: {failure.what}",
                    where=f"{job.name} 0x{job.address:02X}",
                    do="leave ignition and charger on, do not replace the control unit; check wiring and charger, "
                    "then press START to program it again",
                ) from failure
            reason = failure.what
        else:
            yield Mark(DatablockProgrammed(job.address, block.index, block.sha256))
            return attempt
    raise AssertionError("a job allows one attempt or more")


def _download(job: Job, block: DatablockJob) -> Procedure[None]:
    place = block.address.to_bytes(4, "big")
    of = f"{block.name} ({block.index + 1} of {len(job.datablocks)})"

    erase = services.routine(Routine.ERASE_MEMORY, bytes((0x02, MEMORY_FORMAT)) + place + job.erase_suffix)
    limit_s = job.times.limit_s(job.times.erase_s)
    erased = yield from ask(Ask(job.address, erase, f"erase {of}", pending_limit_s=limit_s, effect=Effect.ERASE))
    _require_good(job, services.routine_status(erased), f"erase of {block.name}")

    request = services.request_download(block.data_format, block.address, len(block.image))
    accepted = yield from ask(Ask(job.address, request, f"request download of {of}", effect=Effect.WRITE))
    for counter, data in _pieces(block.image, services.block_size(accepted)):
        yield from ask(
            Ask(
                job.address,
                services.transfer_data(counter, data),
                f"transfer {of}",
                pending_limit_s=TRANSFER_LIMIT_S,
                effect=Effect.WRITE,
                carries_bytes=len(data),
            )
        )
    yield from ask(Ask(job.address, services.transfer_exit(), f"end transfer of {of}", effect=Effect.WRITE))

    check = services.routine(Routine.CHECK_MEMORY, bytes((0x12, MEMORY_FORMAT)) + place + b"\x00\x00")
    limit_s = job.times.limit_s(job.times.check_memory_s)
    checked = yield from ask(Ask(job.address, check, f"check memory of {of}", pending_limit_s=limit_s))
    status = services.routine_status(checked)
    if not status:
        raise MalformedAnswer("check memory (71 01 02 02)", found="no result byte", expected="00 for good")
    _require_good(job, status, f"check memory of {block.name}")


def _require_good(job: Job, status: bytes, what: str) -> None:
    """A routine's result byte, where there is one, must be 00 (HIS; facts.md §5.1 row 15 confirmed for 0202)."""
    if any(status[:1]):
        raise NegativeResult(
            f"{what} reported {status.hex(' ')} instead of 00", where=f"{job.name} 0x{job.address:02X}"
        )


def _pieces(image: bytes, size: int) -> Iterator[tuple[int, bytes]]:
    """The image in TransferData pieces, each with its block sequence counter: 01, 02 … FF, 00, 01 …"""
    for number, start in enumerate(range(0, len(image), size), 1):
        yield number & 0xFF, image[start : start + size]
