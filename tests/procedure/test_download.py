"""One datablock: what makes it start over, what ends it, and how it is cut into pieces."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.errors import NegativeResponse
from appliance.procedure.attempts import Tried
from appliance.procedure.download import download_until_good
from appliance.procedure.facts import DatablockBegun, DatablockProgrammed
from appliance.procedure.failures import AttemptsSpent, ProgrammingRefused, SecurityFailed
from appliance.procedure.job import DatablockJob
from appliance.procedure.words import Procedure
from tests.procedure.jobs import (
    CHECK,
    ENTER,
    ERASE,
    EXIT,
    INTO_BOOTLOADER,
    PIECE_1,
    PIECE_2,
    PROGRAM,
    REQUEST,
    Provider,
    begun,
    job,
    program_block,
)
from tests.procedure.script import Played, play

ERASED = f"{ERASE} < 71 01 FF 00 00\n"
GRANTED = f"{REQUEST} < 74 20 00 0A\n"
ACCEPTED = ERASED + GRANTED
SENT = ACCEPTED + f"{PIECE_1}\n{PIECE_2}\n"
FAILED = "mark DatablockFailed 12 0\n"
AGAIN = FAILED + "wait 1\n" + ENTER + program_block(attempt=2)


def download(block: DatablockJob = PROGRAM, **changes: object) -> Procedure[Tried]:
    return download_until_good(job(**changes), block, before=Tried(), later_s=0.0)


# -- in doubt, not done: the datablock, never the request


@pytest.mark.parametrize(
    "failing",
    [
        f"{ERASE} < nrc 22",  # a real DME, when an erase follows an aborted transfer
        f"{ERASE} < nrc 72",
        f"{ERASE} < silence",
        f"{ERASE} < 71 01 FF 00 01",  # positive, with negative content
        ERASED + f"{REQUEST} < silence",
        ACCEPTED + f"{PIECE_1} < silence",
        ACCEPTED + f"{PIECE_1}\n{PIECE_2} < nrc 73",
        ACCEPTED + f"{PIECE_1}\n{PIECE_2} < nrc 71",
        ACCEPTED + f"{PIECE_1}\n{PIECE_2} < nrc 24",
        ACCEPTED + f"{PIECE_1} < nrc 33",  # it fell out of its session
        ACCEPTED + f"{PIECE_1} < nrc 7F",
        ACCEPTED + f"{PIECE_1} < nrc 7E",
        ACCEPTED + f"{PIECE_1} < nrc 93",  # after as many holds as the runner allows
        ACCEPTED + f"{PIECE_1} < nrc 21",  # after as many repeats as the runner allows
        SENT + f"{EXIT} < nrc 24",
        SENT + f"{EXIT} < silence",
        SENT + f"{EXIT}\n{CHECK} < silence",
        SENT + f"{EXIT}\n{CHECK} < 71 01 02 02 01",  # the signature is not good
        SENT + f"{EXIT}\n{CHECK} < 71 01 02 02",  # no result is no proof
    ],
)
def test_the_datablock_starts_over_in_a_fresh_session(failing: str) -> None:
    played = play(download(), begun(0) + failing + "\n" + AGAIN)
    assert (played.result.begun, played.result.failed) == (2, 1)


@pytest.mark.parametrize(
    "failing",
    [f"{PIECE_1} < silence", f"{PIECE_1}\n{PIECE_2} < nrc 73", f"{PIECE_1} < nrc 71"],
)
def test_a_piece_is_never_sent_twice_in_one_attempt(failing: str) -> None:
    played = play(download(), begun(0) + ACCEPTED + failing + "\n" + AGAIN)
    attempts = [ask.request for ask in played.asks if ask.request[0] in (0x34, 0x36)]
    second = len(attempts) - 1 - attempts[::-1].index(bytes.fromhex(REQUEST[5:]))
    assert len(set(attempts[:second])) == second


def test_the_erase_is_journalled_before_it_is_asked_for() -> None:
    played = play(download(), program_block())
    assert [type(step).__name__ for step in played.steps[:2]] == ["Mark", "Ask"]


def test_a_datablock_that_was_never_proven_leaves_no_fact_that_says_so() -> None:
    failing = begun(0) + f"{ERASE} < nrc 31\n" + FAILED
    assert not any(isinstance(fact, DatablockProgrammed) for fact in play(download(), failing).facts)


# -- the end of it


@pytest.mark.parametrize("nrc", ["31", "70", "11", "13", "10", "35", "EE"])
def test_a_refusal_that_would_only_be_repeated_ends_it_at_once(nrc: str) -> None:
    play(download(), begun(0) + ERASED + f"{REQUEST} < nrc {nrc}\n" + FAILED).failed_with(NegativeResponse)


def test_after_the_last_attempt_the_failure_says_what_to_do_and_what_not() -> None:
    failure = _bad_three_times().failed_with(AttemptsSpent)
    assert "program failed 3 times, last: check memory of program reported 01" in failure.what
    assert failure.where == "DME 0x12"
    assert "do not replace the control unit" in failure.do


def test_each_attempt_is_a_fact_of_its_own() -> None:
    begun = [fact.attempt for fact in _bad_three_times().facts if isinstance(fact, DatablockBegun)]
    assert begun == [1, 2, 3]


@pytest.mark.parametrize("nrcs", [("22", "22", "22"), ("72", "22", "22")])
def test_an_erase_refused_in_each_fresh_session_is_a_refusal_to_be_programmed(nrcs: tuple[str, str, str]) -> None:
    failure = _erases_refused(*nrcs).failed_with(ProgrammingRefused)
    assert failure.what.startswith("it answers but refuses to be programmed, 3 times in a row, last: request 31 ")


def test_an_erase_refused_once_is_none() -> None:
    bad = SENT + f"{EXIT}\n{CHECK} < 71 01 02 02 01\n" + FAILED + "wait 1\n" + ENTER
    script = begun(0, 1) + bad + begun(0, 2) + bad + begun(0, 3) + f"{ERASE} < nrc 22\n" + FAILED
    play(download(), script).failed_with(AttemptsSpent)


@pytest.mark.parametrize("nrc", ["21", "93"])
def test_an_erase_put_off_by_a_busy_or_badly_supplied_unit_is_none(nrc: str) -> None:
    _erases_refused(nrc, nrc, nrc).failed_with(AttemptsSpent)


def test_no_attempt_follows_where_nobody_is_let_in_any_more() -> None:
    """It is one failed attempt, and durable as such."""
    refused = "12 > 10 03 < nrc 7E\n12 > 10 02 < nrc 22\n"
    entering = "wait 1\n" + refused + "wait 2\n" + refused + "wait 5\n" + refused
    played = play(download(), begun(0) + f"{ERASE} < nrc 72\n" + FAILED + entering + FAILED)
    played.failed_with(ProgrammingRefused)


def test_the_numbers_go_on_where_an_earlier_life_stopped() -> None:
    procedure = download_until_good(job(), PROGRAM, before=Tried(begun=4), later_s=0.0)
    play(procedure, program_block(attempt=5))


def test_no_attempt_follows_a_key_that_was_refused() -> None:
    script = (
        begun(0)
        + ACCEPTED
        + f"{PIECE_1} < silence\n"
        + FAILED
        + "wait 1\n"
        + INTO_BOOTLOADER
        + "12 > 27 11 FF FF FF FF < 67 11 01 02 03 04 05 06 07 08\n"
        + "12 > 27 12 FF FF FF FF 08 07 06 05 04 03 02 01 < nrc 35\n"
    )
    play(download(), script).failed_with(SecurityFailed)


NOBODY_THERE = FAILED + "wait 1\n12 > 10 03 < silence\n12 > 10 02 < silence\n"


def test_a_control_unit_that_comes_back_late_gets_its_next_attempt() -> None:
    script = (
        begun(0)
        + ACCEPTED
        + f"{PIECE_1} < silence\n"
        + NOBODY_THERE
        + FAILED
        + "wait 1\n"
        + ENTER
        + program_block(attempt=2)
    )
    played = play(download(), script)
    assert (played.result.begun, played.result.failed) == (2, 2)


def test_a_control_unit_that_stays_silent_to_its_session_uses_its_attempts_up() -> None:
    played = play(download(), begun(0) + ACCEPTED + f"{PIECE_1} < silence\n" + NOBODY_THERE * 2 + FAILED)
    assert "no answer to request 10" in played.failed_with(AttemptsSpent).what


def test_each_attempt_has_a_seed_of_its_own() -> None:
    provider = Provider()
    play(download(security=provider), begun(0) + ACCEPTED + f"{PIECE_1} < silence\n" + AGAIN)
    assert len(provider.seeds) == 1  # the first attempt's was before this conversation


# -- pieces


def test_the_block_sequence_counter_goes_from_ff_to_00_and_every_byte_is_sent_once() -> None:
    image = bytes(number % 251 for number in range(3 * 600 + 1))
    block = replace(PROGRAM, image=image)
    played = play(download(block), _transfer_of(block, granted=5))
    sent = played.requests("36")
    assert [request[1] for request in sent] == [number & 0xFF for number in range(1, 602)]
    assert (sent[254][1], sent[255][1]) == (0xFF, 0x00)
    assert b"".join(request[2:] for request in sent) == image


@pytest.mark.parametrize(("granted", "longest"), [(3, 1), (10, 8), (0x0FFF, 4093), (0xFFFF, 4093)])
def test_no_piece_is_longer_than_granted_or_than_iso_tp_carries(granted: int, longest: int) -> None:
    block = replace(PROGRAM, image=bytes(9000 if granted > 100 else 20))
    played = play(download(block), _transfer_of(block, granted))
    assert max(ask.carries_bytes for ask in played.asks) == longest
    assert max(len(request) for request in played.requests("36")) <= min(granted, 4095)


def test_the_length_may_be_given_in_any_width() -> None:
    for answer in ("74 10 0A", "74 40 00 00 00 0A"):
        assert play(download(), program_block().replace("74 20 00 0A", answer)).failure is None


@pytest.mark.parametrize("answer", ["74", "74 20 0A", "74 00", "74 20 00 0A 00", "74 20 00 02", "74 10 00"])
def test_an_answer_without_a_usable_length_starts_the_datablock_over(answer: str) -> None:
    played = play(download(), begun(0) + ERASED + f"{REQUEST} < {answer}\n" + AGAIN)
    assert (played.result.begun, played.result.failed) == (2, 1)


def test_the_data_format_and_the_erase_suffix_are_the_jobs() -> None:
    block = replace(PROGRAM, data_format=0x10)
    script = program_block().replace("34 00 44", "34 10 44").replace("80 02 00 00 06 <", "80 02 00 00 <")
    assert play(download(block, erase_suffix=b""), script).failure is None


# -- patience


def test_the_control_units_own_times_bound_the_waiting() -> None:
    asks = {ask.request[:4].hex(): ask for ask in play(download(), program_block()).asks}
    assert asks["3101ff00"].pending_limit_s == pytest.approx(6.0 * 1.5 + 10)
    assert asks["31010202"].pending_limit_s == pytest.approx(3.0 * 1.5 + 10)


def _erases_refused(first: str, second: str, third: str) -> Played:
    between = FAILED + "wait 1\n" + ENTER
    attempts = [begun(0, number) + f"{ERASE} < nrc {nrc}\n" for number, nrc in enumerate((first, second, third), 1)]
    return play(download(), between.join(attempts) + FAILED)


def _bad_three_times() -> Played:
    bad = SENT + f"{EXIT}\n{CHECK} < 71 01 02 02 01\n"
    between = FAILED + "wait 1\n" + ENTER
    return play(download(), begun(0, 1) + bad + between + begun(0, 2) + bad + between + begun(0, 3) + bad + FAILED)


def _transfer_of(block: DatablockJob, granted: int) -> str:
    """The conversation as ISO 14229-1 wants it, worked out without the product's code."""
    size = min(granted, 4095) - 2
    pieces = [block.image[at : at + size] for at in range(0, len(block.image), size)]
    transfers = [f"12 > 36 {number % 256:02X} {piece.hex()}" for number, piece in enumerate(pieces, 1)]
    request = f"12 > 34 00 44 80 02 00 00 {len(block.image):08X} < 74 20 {granted:04X}"
    tail = [EXIT, f"{CHECK} < 71 01 02 02 00", "mark DatablockProgrammed 12 0"]
    return begun(0) + "\n".join([f"{ERASE} < 71 01 FF 00 00", request, *transfers, *tail])
