"""Individual data: saved twice in the extended session, given back before coding, without a key, and read back."""

from __future__ import annotations

import pytest

from appliance.procedure.backup import owes_coding
from appliance.procedure.facts import DatablockBegun, Fact, IndividualRestored, IndividualSaved
from appliance.procedure.failures import CodingFailed, IndividualFailed
from appliance.procedure.individual import restore_individual, save_individual
from appliance.procedure.program import prove_and_code
from appliance.procedure.recover import climbs
from tests.procedure.jobs import BEGUN, CODING_SAVED, DME, PROGRAMMED, PROVEN, RESET, job
from tests.procedure.script import play

KEPT = IndividualSaved(DME, 0x6110, bytes.fromhex("00A73C51"))
OTHER = IndividualSaved(DME, 0x6120, b"\x5a")
READ, READ_OTHER = "12 > 22 61 10", "12 > 22 61 20"
THERE, LOST = f"{READ} < 62 61 10 00 A7 3C 51\n", f"{READ} < 62 61 10 FF FF FF FF\n"
EXTENDED = "12 > 10 03\n"
WRITTEN = "12 > 2E 61 10 00 A7 3C 51\n"
BACK = "mark IndividualRestored 12 6110\n"
LEARNED = (0x6110, 0x6120)


def test_every_identifier_is_read_twice_and_kept() -> None:
    script = EXTENDED + THERE * 2 + "mark IndividualSaved 12 6110 00 A7 3C 51\n"
    script += f"{READ_OTHER} < 62 61 20 5A\n" * 2 + "mark IndividualSaved 12 6120 5A\n"
    assert play(save_individual(job(individual=LEARNED), ()), script).result == (KEPT, OTHER)


def test_who_has_none_is_asked_for_nothing() -> None:
    assert play(save_individual(job(), ()), "").result == ()
    assert play(restore_individual(job(), (), ()), "").steps == ()


def test_two_readings_that_differ_are_never_kept() -> None:
    played = play(save_individual(job(individual=LEARNED), ()), EXTENDED + THERE + LOST)
    assert played.failed_with(IndividualFailed).what == "individual data 6110 read differently twice"
    assert played.facts == ()


@pytest.mark.parametrize(("facts", "in_bootloader"), [((KEPT, BEGUN[0]), False), ((KEPT,), True), ((BEGUN[0],), False)])
def test_once_it_may_be_lost_nothing_is_read_any_more(facts: tuple[Fact, ...], in_bootloader: bool) -> None:
    played = play(save_individual(job(individual=LEARNED, in_bootloader=in_bootloader), facts), "")
    assert played.result == tuple(fact for fact in facts if fact == KEPT)


def test_what_is_kept_already_is_not_read_again() -> None:
    assert play(save_individual(job(individual=(0x6110,)), (KEPT,)), "").result == (KEPT,)


def test_what_survived_is_not_written() -> None:
    played = play(restore_individual(job(), (KEPT,), ()), EXTENDED + THERE + BACK)
    assert played.requests("2e") == []


def test_what_was_lost_is_written_without_a_key_and_read_back_behind_one_reset() -> None:
    other = f"{READ_OTHER} < 62 61 20 00\n12 > 2E 61 20 5A\n"
    script = EXTENDED + LOST + WRITTEN + other + RESET + EXTENDED + THERE + f"{READ_OTHER} < 62 61 20 5A\n"
    played = play(restore_individual(job(), (KEPT, OTHER), ()), script + BACK + "mark IndividualRestored 12 6120\n")
    assert played.failure is None


@pytest.mark.parametrize(
    "script",
    [
        "12 > 10 03 < nrc 22",
        EXTENDED + f"{READ} < silence",
        EXTENDED + f"{READ} < 62 61 10 FF",
        EXTENDED + LOST + "12 > 2E 61 10 00 A7 3C 51 < nrc 33",
        EXTENDED + LOST + WRITTEN + RESET + EXTENDED + LOST,
    ],
)
def test_what_is_not_given_back_is_a_failure_of_its_own_and_is_not_marked(script: str) -> None:
    played = play(restore_individual(job(), (KEPT,), ()), script)
    failure = played.failed_with(IndividualFailed)
    assert "individual data 6110 was not written back" in failure.what
    assert "the saved data is in the report" in failure.do
    assert played.facts == ()


def test_what_was_given_back_in_an_earlier_life_is_left_alone() -> None:
    assert play(restore_individual(job(), (KEPT,), (IndividualRestored(DME, 0x6110),)), "").steps == ()


CODED = f"12 > 22 30 00 < 62 30 00 {CODING_SAVED.data.hex()}\nmark CodingRestored 12 3000\n"
DONE: tuple[Fact, ...] = (KEPT, CODING_SAVED, *BEGUN, *PROVEN, PROGRAMMED)


def test_it_is_given_back_before_coding() -> None:
    assert play(prove_and_code(job(), DONE), EXTENDED + THERE + BACK + CODED).failure is None


def test_where_it_cannot_be_given_back_coding_is_written_all_the_same_and_it_fails() -> None:
    played = play(prove_and_code(job(), DONE), "12 > 10 03 < nrc 22\n" + CODED)
    assert "6110" in played.failed_with(IndividualFailed).what


def test_where_both_fail_coding_is_what_is_told() -> None:
    played = play(prove_and_code(job(), DONE), "12 > 10 03 < nrc 22\n12 > 22 30 00 < nrc 31")
    assert "coding data 3000" in played.failed_with(CodingFailed).what


def test_no_stronger_way_of_recovery_helps_against_it() -> None:
    assert not climbs(IndividualFailed("it was not written back"), (), DME)


@pytest.mark.parametrize(
    ("facts", "owed"),
    [
        ((KEPT,), False),
        ((KEPT, BEGUN[0]), True),
        ((KEPT, BEGUN[0], IndividualRestored(DME, 0x6110)), False),
        ((KEPT, BEGUN[0], IndividualRestored(0x18, 0x6110)), True),
        ((KEPT, DatablockBegun(0x18, 0, "", 1)), False),
    ],
)
def test_it_is_owed_from_the_erase_until_all_of_it_is_back(facts: tuple[Fact, ...], owed: bool) -> None:
    assert owes_coding(DME, facts) is owed
