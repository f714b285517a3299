"""Coding data: saved twice, compared, written back, read back."""

from __future__ import annotations

import pytest

from appliance.procedure.backup import owes_coding
from appliance.procedure.code import restore_coding, save_coding
from appliance.procedure.facts import CodingRestored, CodingSaved, DatablockBegun, Fact
from appliance.procedure.failures import CodingFailed
from tests.procedure.jobs import BEGUN, CODING_SAVED, DME, RESET, Provider, job
from tests.procedure.script import play

DATA = "01 04 22 A0"
READ = "12 > 22 30 00"
SAVED = f"{READ} < 62 30 00 {DATA}\n" * 2 + f"mark CodingSaved 12 3000 {DATA}\n"
LOST = f"{READ} < 62 30 00 FF FF FF FF\n"
UNLOCKED = """
12 > 10 41
12 > 27 01 FF FF FF FF < 67 01 A1 A2
12 > 27 02 FF FF FF FF A2 A1
"""
WRITTEN = f"12 > 2E 30 00 {DATA}\n12 > 31 01 0F 01 < 71 01 0F 01 00\n"
GOOD = f"{READ} < 62 30 00 {DATA}\n"
RESTORED = "mark CodingRestored 12 3000\n"
TWO = (0x3000, 0x3010)


# -- SecurityAccess


def test_a_key_that_came_at_a_bad_moment_is_made_for_a_new_seed() -> None:
    refused = "12 > 10 41\n12 > 27 01 FF FF FF FF < 67 01 A1 A2\n12 > 27 02 FF FF FF FF A2 A1 < nrc 21\nwait 10\n"
    again = "12 > 27 01 FF FF FF FF < 67 01 B1 B2\n12 > 27 02 FF FF FF FF B2 B1\n"
    script = LOST + refused + again + WRITTEN + RESET + GOOD + RESTORED
    assert play(restore_coding(job(coding=(0x3000,)), (CODING_SAVED,), ()), script).failure is None


# -- before


def test_every_identifier_is_read_twice_and_kept() -> None:
    other = "12 > 22 30 10 < 62 30 10 55\n" * 2 + "mark CodingSaved 12 3010 55\n"
    played = play(save_coding(job(coding=TWO), ()), SAVED + other)
    assert played.result == (CODING_SAVED, CodingSaved(DME, 0x3010, b"\x55"))


def test_two_readings_that_differ_are_never_kept() -> None:
    script = f"{READ} < 62 30 00 {DATA}\n{READ} < 62 30 00 01 04 22 A1"
    played = play(save_coding(job(coding=TWO), ()), script)
    assert "3000" in played.failed_with(CodingFailed).what
    assert played.facts == ()


def test_what_is_kept_already_is_not_read_again() -> None:
    other = "12 > 22 30 10 < 62 30 10 55\n" * 2 + "mark CodingSaved 12 3010 55\n"
    assert len(play(save_coding(job(coding=TWO), (CODING_SAVED,)), other).result) == 2


@pytest.mark.parametrize(
    ("facts", "in_bootloader"), [((CODING_SAVED, BEGUN[0]), False), ((CODING_SAVED,), True), ((BEGUN[0],), False)]
)
def test_once_it_may_be_lost_nothing_is_read_any_more(facts: tuple[Fact, ...], in_bootloader: bool) -> None:
    """What the control unit holds then may be the loss itself."""
    played = play(save_coding(job(coding=TWO, in_bootloader=in_bootloader), facts), "")
    assert played.result == tuple(fact for fact in facts if fact == CODING_SAVED)


def test_another_control_units_datablock_does_not_count() -> None:
    facts: tuple[Fact, ...] = (DatablockBegun(0x18, 0, "", 1), CodingSaved(0x18, 0x3000, b"\x01"))
    assert play(save_coding(job(coding=(0x3000,)), facts), SAVED).result == (CODING_SAVED,)


# -- after


def test_coding_that_survived_is_not_written() -> None:
    assert not play(restore_coding(job(), (CODING_SAVED,), ()), GOOD + RESTORED).requests("2e")


def test_coding_that_was_lost_is_written_back_and_read_back() -> None:
    script = LOST + UNLOCKED + WRITTEN + RESET + GOOD + RESTORED
    assert play(restore_coding(job(), (CODING_SAVED,), ()), script).failure is None


def test_coding_that_reads_back_differently_is_a_failure() -> None:
    script = LOST + UNLOCKED + WRITTEN + RESET + LOST
    played = play(restore_coding(job(), (CODING_SAVED,), ()), script)
    assert "3000 did not read back as written" in played.failed_with(CodingFailed).what
    assert played.facts == ()


def test_a_copy_of_another_length_than_what_is_there_is_never_written() -> None:
    played = play(restore_coding(job(), (CODING_SAVED,), ()), f"{READ} < 62 30 00 01")
    assert "it holds 1" in played.failed_with(CodingFailed).what
    assert not played.requests("2e")


@pytest.mark.parametrize(
    "failing",
    [
        f"{READ} < silence",
        f"{READ} < nrc 31",
        LOST + "12 > 10 41 < nrc 12",
        LOST + UNLOCKED + f"12 > 2E 30 00 {DATA} < nrc 33",
        LOST + UNLOCKED + f"12 > 2E 30 00 {DATA} < silence",
        LOST + UNLOCKED + f"12 > 2E 30 00 {DATA}\n12 > 31 01 0F 01 < nrc 31",
        LOST + "12 > 10 41\n12 > 27 01 FF FF FF FF < 67 01 A1 A2\n12 > 27 02 FF FF FF FF A2 A1 < nrc 35",
    ],
)
def test_a_refusal_or_silence_is_a_failure_that_says_where_the_data_is(failing: str) -> None:
    played = play(restore_coding(job(), (CODING_SAVED,), ()), failing)
    assert "the saved data is in the report" in played.failed_with(CodingFailed).do
    assert played.facts == ()


def test_coding_restored_in_an_earlier_life_is_left_alone() -> None:
    assert play(restore_coding(job(), (CODING_SAVED,), (CodingRestored(DME, 0x3000),)), "").steps == ()


def test_an_open_control_unit_gets_no_key() -> None:
    provider = Provider()
    open_already = "12 > 10 41\n12 > 27 01 FF FF FF FF < 67 01 00 00\n"
    script = LOST + open_already + WRITTEN + RESET + GOOD + RESTORED
    play(restore_coding(job(security=provider), (CODING_SAVED,), ()), script)
    assert provider.seeds == []


def test_the_vehicles_stamp_is_written_where_there_is_one() -> None:
    stamped = WRITTEN + "12 > 2E 37 FE 33 41\n"
    script = LOST + UNLOCKED + stamped + RESET + GOOD + RESTORED
    assert play(restore_coding(job(coding_stamp=b"3A"), (CODING_SAVED,), ()), script).failure is None


# -- what is owed

BACK = CodingRestored(DME, 0x3000)


@pytest.mark.parametrize(
    ("facts", "owed"),
    [
        ((), False),
        ((CODING_SAVED,), False),  # saved, but never erased: nothing was taken
        ((BEGUN[0],), False),  # nothing to give back
        ((CODING_SAVED, BEGUN[0]), True),
        ((CODING_SAVED, BEGUN[0], BACK), False),
        ((CODING_SAVED, CodingSaved(DME, 0x3010, b"\x55"), BEGUN[0], BACK), True),
        ((CODING_SAVED, BEGUN[0], CodingRestored(0x18, 0x3000)), True),
        ((CodingSaved(0x18, 0x3000, b"\x01"), BEGUN[0]), False),
    ],
)
def test_coding_is_owed_from_the_erase_until_all_of_it_is_back(facts: tuple[Fact, ...], owed: bool) -> None:
    assert owes_coding(DME, facts) is owed
