"""One control unit from beginning to end, in conversations."""

from __future__ import annotations

from typing import TypeAlias

import pytest

from appliance.errors import NegativeResponse, NoResponse
from appliance.procedure.facts import DatablockProgrammed, Fact, UnitProgrammed
from appliance.procedure.failures import PreconditionsNotMet, ReadBackFailed
from appliance.procedure.program import due_datablocks, owes_proof, program, prove_and_code
from appliance.procedure.words import Effect
from tests.procedure.jobs import (
    BEGUN,
    BOOTLOADER_PRE_PROGRAMMING,
    CHECKED,
    CODING_SAVED,
    DATA,
    DEPENDENCIES,
    DME,
    DOUBTED,
    ENTER,
    FINISH,
    PRE_PROGRAMMING,
    PROGRAM,
    PROGRAMMED,
    PROVEN,
    READ_BACK,
    RESET,
    SVK_ERASED,
    SVK_OLD,
    SVK_SURPLUS,
    SVK_TARGET,
    SVK_UNPROVEN,
    Provider,
    data_block,
    job,
    program_block,
)
from tests.procedure.script import play, transcript

Facts: TypeAlias = tuple[Fact, ...]

WHOLE = PRE_PROGRAMMING + ENTER + program_block() + data_block() + FINISH
BOTH_AGAIN = program_block(2) + data_block(2)


def test_the_whole_job_byte_for_byte() -> None:
    whole = job(coding=(0x3000,), coding_stamp=b"3A12345", body_address=0x40)
    assert play(program(whole, ()), transcript("program")).failure is None


def test_every_step_that_changes_the_car_says_so() -> None:
    played = play(program(job(), ()), WHOLE)
    erasing = {ask.request[:4].hex() for ask in played.asks if ask.effect is Effect.ERASE}
    reading = {ask.request[0] for ask in played.asks if ask.effect is Effect.READ}
    assert erasing == {"3101ff00"}
    assert not reading & {0x2E, 0x34, 0x36, 0x37, 0x11}


def test_the_bytes_carried_are_the_images_bytes() -> None:
    played = play(program(job(), ()), WHOLE)
    assert sum(ask.carries_bytes for ask in played.asks) == job().size_bytes == 17


# -- resume


def test_a_proven_datablock_is_not_written_again() -> None:
    facts: Facts = (CODING_SAVED, BEGUN[0], PROVEN[0])
    script = PRE_PROGRAMMING + ENTER + data_block() + FINISH
    play(program(job(), facts), script + _coding_is_as_saved())


def test_a_datablock_that_was_only_begun_is_written_again() -> None:
    facts: Facts = (BEGUN[0], PROVEN[0], BEGUN[1])
    play(program(job(), facts), PRE_PROGRAMMING + ENTER + data_block(attempt=2) + FINISH)


def test_a_datablock_begun_again_after_it_was_proven_is_in_doubt() -> None:
    """facts.py: a later DatablockBegun withdraws an earlier DatablockProgrammed."""
    facts: Facts = (*BEGUN, *PROVEN, BEGUN[0])
    assert due_datablocks(job(), facts) == (PROGRAM,)


def test_the_same_datablock_with_another_image_is_due() -> None:
    assert DATA in due_datablocks(job(), (PROVEN[0], DatablockProgrammed(DME, 1, "cc" * 32)))


def test_a_run_resumed_after_a_datablock_was_withdrawn_writes_it_again() -> None:
    facts: Facts = (*BEGUN, *PROVEN, BEGUN[0])
    play(program(job(), facts), PRE_PROGRAMMING + ENTER + program_block(3) + FINISH)


def test_a_run_cut_after_the_dependencies_only_reads_back() -> None:
    facts: Facts = (*BEGUN, *PROVEN, CHECKED)
    play(program(job(), facts), READ_BACK)


def test_a_run_cut_after_the_dependencies_programs_again_what_does_not_read_back() -> None:
    facts: Facts = (*BEGUN, *PROVEN, CHECKED)
    still_unproven = f"12 > 22 F1 01 < {SVK_UNPROVEN}\n"
    play(program(job(), facts), still_unproven + DOUBTED + PRE_PROGRAMMING + ENTER + BOTH_AGAIN + FINISH)


def test_a_run_cut_while_the_control_unit_resets_waits_for_it_to_answer() -> None:
    facts: Facts = (*BEGUN, *PROVEN, CHECKED)
    coming_back = "12 > 22 F1 01 < silence\nwait 1\n12 > 22 F1 01 < nrc 7F\nwait 1\n"
    play(program(job(), facts), coming_back + READ_BACK)


def test_a_programmed_control_unit_is_only_coded() -> None:
    facts: Facts = (CODING_SAVED, *BEGUN, *PROVEN, CHECKED, PROGRAMMED)
    play(program(job(), facts), _coding_is_as_saved())


@pytest.mark.parametrize("facts", [(PROVEN[0],), (BEGUN[0], PROVEN[0], *BEGUN[1:])])
def test_facts_of_another_control_unit_prove_nothing(facts: Facts) -> None:
    assert due_datablocks(job(address=0x18), facts) == (PROGRAM, DATA)


# -- programmed by an earlier run that did not see it proven


def test_a_control_unit_that_was_erased_owes_its_proof_until_it_is_marked() -> None:
    assert not owes_proof(DME, ())
    assert owes_proof(DME, (*BEGUN, *PROVEN, CHECKED))
    assert not owes_proof(DME, (*BEGUN, *PROVEN, CHECKED, PROGRAMMED))
    assert not owes_proof(0x18, BEGUN)


def test_what_an_earlier_run_programmed_is_proven_by_what_it_names_now() -> None:
    assert play(prove_and_code(job(datablocks=()), ()), READ_BACK).facts == (PROGRAMMED,)


def test_what_is_proven_already_is_only_coded() -> None:
    assert play(prove_and_code(job(datablocks=()), (PROGRAMMED,)), "").facts == ()


def test_what_names_something_else_by_now_is_not_called_programmed() -> None:
    played = play(prove_and_code(job(datablocks=()), ()), f"12 > 22 F1 01 < {SVK_OLD}")
    assert "missing" in played.failed_with(ReadBackFailed).what
    assert played.facts == ()


# -- a control unit in its bootloader


def test_a_bootloader_is_asked_for_no_modes_no_preconditions_and_no_coding() -> None:
    script = BOOTLOADER_PRE_PROGRAMMING + ENTER + program_block() + data_block() + FINISH
    play(program(job(in_bootloader=True, coding=(0x3000,)), ()), script)


def test_a_bootloader_that_refuses_the_extended_session_is_programmed_all_the_same() -> None:
    refusing = ENTER.replace("12 > 10 03", "12 > 10 03 < nrc 7E")
    script = BOOTLOADER_PRE_PROGRAMMING + refusing + program_block() + data_block() + FINISH
    assert play(program(job(in_bootloader=True), ()), script).failure is None


# -- before anything is written


def test_unmet_preconditions_are_all_named_and_nothing_is_written() -> None:
    script = "12 > 10 01\n12 > 31 01 02 03 < 71 01 02 03 01 08 55"
    played = play(program(job(), ()), script)
    refusal = played.failed_with(PreconditionsNotMet)
    named = ("01 engine is running", "08 programming voltage is too low", "55 unknown precondition")
    assert all(name in refusal.what for name in named)
    assert refusal.where == "DME 0x12"
    assert refusal.do


def test_preconditions_that_cannot_be_asked_are_not_taken_for_met() -> None:
    played = play(program(job(), ()), "12 > 10 01\n12 > 31 01 02 03 < nrc 31")
    played.failed_with(NegativeResponse)


def test_a_body_control_unit_without_the_power_mode_does_not_stop_the_job() -> None:
    power_mode = "40 > 31 01 10 01 0A 0A 43 < nrc 31\nwait 3\n"
    assert play(program(job(body_address=0x40), ()), power_mode + WHOLE).failure is None


def test_silence_to_the_energy_mode_ends_it_before_the_erase() -> None:
    silent = PRE_PROGRAMMING.split("DF > 85 02")[0].replace("12 > 31 01 0F 0C 03", "12 > 31 01 0F 0C 03 < silence")
    played = play(program(job(), ()), silent)
    played.failed_with(NoResponse)
    assert played.facts == ()


# -- dependencies and read-back


def test_missing_software_blocks_bring_a_second_round_over_all_datablocks() -> None:
    missing = "12 > 31 01 FF 01 < 71 01 FF 01 04\n" + RESET + f"12 > 22 F1 01 < {SVK_ERASED}\n"
    first = PRE_PROGRAMMING + ENTER + program_block() + data_block() + missing
    assert play(program(job(), ()), first + DOUBTED + ENTER + BOTH_AGAIN + FINISH).failure is None


def test_a_resumed_run_does_not_believe_its_facts_when_software_blocks_are_missing() -> None:
    missing = "12 > 31 01 FF 01 < 71 01 FF 01 04\n" + RESET + f"12 > 22 F1 01 < {SVK_ERASED}\n"
    play(program(job(), (*BEGUN, *PROVEN)), PRE_PROGRAMMING + ENTER + missing + DOUBTED + ENTER + BOTH_AGAIN + FINISH)


@pytest.mark.parametrize(
    ("svk", "words"),
    [
        (SVK_OLD, "missing swfl_00002cce-021_020_002; missing swfl_000046da-021_020_052; surplus swfl_00002cce"),
        (SVK_SURPLUS, "surplus swfl_00009999-001_002_003"),
        (SVK_UNPROVEN, "its own check says"),
        (SVK_ERASED, "surplus unkn_ffffffff-255_255_255"),
    ],
)
def test_a_control_unit_that_names_other_software_is_never_reported_programmed(svk: str, words: str) -> None:
    wrong = DEPENDENCIES + RESET + f"12 > 22 F1 01 < {svk}\n"
    script = (
        PRE_PROGRAMMING
        + ENTER
        + program_block()
        + data_block()
        + wrong
        + DOUBTED
        + ENTER
        + BOTH_AGAIN
        + wrong
        + DOUBTED
    )
    played = play(program(job(), ()), script)
    failure = played.failed_with(ReadBackFailed)
    assert words in failure.what
    assert "do not replace" in failure.do
    assert PROGRAMMED not in played.facts


def test_a_control_unit_that_names_nothing_is_never_reported_programmed() -> None:
    nothing = DEPENDENCIES + RESET + "12 > 22 F1 01 < silence\nwait 1\n" * 5
    script = (
        PRE_PROGRAMMING
        + ENTER
        + program_block()
        + data_block()
        + nothing
        + DOUBTED
        + ENTER
        + BOTH_AGAIN
        + nothing
        + DOUBTED
    )
    failure = play(program(job(), ()), script).failed_with(ReadBackFailed)
    assert "it does not name its software" in failure.what


def test_half_an_svk_is_no_read_back() -> None:
    half = f"12 > 22 F1 01 < {SVK_TARGET[:60]}\nwait 1\n"
    script = PRE_PROGRAMMING + ENTER + program_block() + data_block() + DEPENDENCIES + RESET + half + READ_BACK
    assert play(program(job(), ()), script).failure is None


def test_dependencies_without_a_result_prove_nothing_and_the_read_back_decides() -> None:
    nothing = "12 > 31 01 FF 01 < 71 01 FF 01\n"
    script = PRE_PROGRAMMING + ENTER + program_block() + data_block() + nothing + RESET + READ_BACK
    played = play(program(job(), ()), script)
    assert CHECKED not in played.facts
    assert PROGRAMMED in played.facts


@pytest.mark.parametrize(
    ("result", "words"),
    [("01", "incorrect"), ("02", "does not fit the hardware"), ("03", "do not fit each other"), ("09", "result 09")],
)
def test_unmet_dependencies_are_named_even_when_the_software_reads_right(result: str, words: str) -> None:
    refused = f"12 > 31 01 FF 01 < 71 01 FF 01 {result}\n" + RESET + f"12 > 22 F1 01 < {SVK_TARGET}\n"
    script = (
        PRE_PROGRAMMING
        + ENTER
        + program_block()
        + data_block()
        + refused
        + DOUBTED
        + ENTER
        + BOTH_AGAIN
        + refused
        + DOUBTED
    )
    played = play(program(job(), ()), script)
    assert words in played.failed_with(ReadBackFailed).what
    assert CHECKED not in played.facts


def test_after_a_reset_without_an_answer_the_default_session_is_asked_for_before_anything_is_believed() -> None:
    silent = "12 > 11 01 < silence\nwait 2\n12 > 10 01\nwait 2\n"
    script = PRE_PROGRAMMING + ENTER + program_block() + data_block() + DEPENDENCIES + silent + READ_BACK
    assert play(program(job(), ()), script).failure is None


def test_a_control_unit_that_leaves_its_programming_session_in_no_way_proves_nothing() -> None:
    silent = "12 > 11 01 < silence\nwait 2\n" + 3 * "12 > 10 01 < silence\nwait 1\n"
    script = PRE_PROGRAMMING + ENTER + program_block() + data_block() + DEPENDENCIES + silent
    played = play(program(job(), ()), script)
    assert "no answer to request 11" in played.failed_with(NoResponse).what
    assert not any(isinstance(fact, UnitProgrammed) for fact in played.facts)


def test_one_seed_gets_one_key_over_a_whole_job_with_a_second_round() -> None:
    provider = Provider()
    missing = "12 > 31 01 FF 01 < 71 01 FF 01 04\n" + RESET + f"12 > 22 F1 01 < {SVK_ERASED}\n"
    again = ENTER.replace("01 02 03 04 05 06 07 08", "11 12 13 14 15 16 17 18").replace(
        "08 07 06 05 04 03 02 01", "18 17 16 15 14 13 12 11"
    )
    script = PRE_PROGRAMMING + ENTER + program_block() + data_block() + missing + DOUBTED + again + BOTH_AGAIN + FINISH
    play(program(job(security=provider), ()), script)
    assert len(provider.seeds) == len(set(provider.seeds)) == 2


def _coding_is_as_saved() -> str:
    return "12 > 22 30 00 < 62 30 00 01 04 22 A0\nmark CodingRestored 12 3000\n"
