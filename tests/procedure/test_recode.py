"""New coding: what was saved, changed by the job's rules; never anything made of what is read back."""

from __future__ import annotations

import pytest

from appliance.car.coding import Change
from appliance.procedure.backup import owes_coding
from appliance.procedure.code import restore_coding, save_coding
from appliance.procedure.facts import CodingBegun, CodingRestored, DatablockBegun, Fact
from appliance.procedure.failures import CodingFailed
from appliance.procedure.job import Job
from appliance.procedure.program import prepare, program
from tests.procedure.jobs import BEGUN, CODING_SAVED, DME, RESET, job
from tests.procedure.script import play

READ = "12 > 22 30 00"
SAVED, NEW = "01 04 22 A0", "01 04 12 A0"
BITS = Change(0x3000, 2, 0x30, 0x10, "the order has 205")
BEYOND = Change(0x3000, 4, 0x01, 0x01, "it is so")
ONCE_MORE = f"{READ} < 62 30 00 {NEW}\nmark CodingRestored 12 3000 {NEW}\n"
WRITTEN = f"""
mark CodingBegun 12 3000
12 > 10 41
12 > 27 01 FF FF FF FF < 67 01 A1 A2
12 > 27 02 FF FF FF FF A2 A1
12 > 2E 30 00 {NEW}
12 > 31 01 0F 01 < 71 01 0F 01 00
"""
NEW_ONE = CodingRestored(DME, 0x3000, bytes.fromhex(NEW))


def coded(**changed: object) -> Job:
    return job(**{"coding": (0x3000,), "changes": (BITS,), **changed})


@pytest.mark.parametrize("found", ["FF FF FF FF", SAVED])
def test_the_new_bytes_are_written_and_read_back_whatever_is_there(found: str) -> None:
    script = f"{READ} < 62 30 00 {found}\n" + WRITTEN + RESET + ONCE_MORE
    assert play(restore_coding(coded(), (CODING_SAVED,), ()), script).failure is None


@pytest.mark.parametrize("facts", [(), (CodingBegun(DME, 0x3000),)])
def test_where_it_is_so_already_nothing_is_written(facts: tuple[Fact, ...]) -> None:
    """Also after a cut between the write and its fact: the base is what was saved, not what is read."""
    played = play(restore_coding(coded(), (CODING_SAVED,), facts), ONCE_MORE)
    assert played.requests("2e") == played.requests("11") == []


def test_a_value_that_was_taken_half_is_written_from_what_was_saved() -> None:
    script = f"{READ} < 62 30 00 01 04 00 A0\n" + WRITTEN + RESET + ONCE_MORE
    assert play(restore_coding(coded(), (CODING_SAVED,), (CodingBegun(DME, 0x3000),)), script).failure is None


def test_new_coding_that_was_read_back_in_an_earlier_life_is_left_alone() -> None:
    assert play(restore_coding(coded(), (CODING_SAVED,), (NEW_ONE,)), "").steps == ()


def test_coding_given_back_as_it_was_is_not_the_new_one() -> None:
    script = f"{READ} < 62 30 00 {SAVED}\n" + WRITTEN + RESET + ONCE_MORE
    played = play(restore_coding(coded(), (CODING_SAVED,), (CodingRestored(DME, 0x3000),)), script)
    assert played.failure is None


def test_a_rule_that_changes_nothing_of_what_was_saved_is_as_none() -> None:
    same = Change(0x3000, 2, 0x30, 0x20, "it is so already")
    script = f"{READ} < 62 30 00 {SAVED}\nmark CodingRestored 12 3000\n"
    assert play(restore_coding(coded(changes=(same,)), (CODING_SAVED,), ()), script).failure is None


def test_a_rule_of_another_identifier_leaves_this_one_as_it_was() -> None:
    other = Change(0x3010, 9, 0xFF, 0x00, "of another")
    script = f"{READ} < 62 30 00 {SAVED}\nmark CodingRestored 12 3000\n"
    assert play(restore_coding(coded(changes=(other,)), (CODING_SAVED,), ()), script).failure is None


def test_new_coding_that_does_not_read_back_fails() -> None:
    script = f"{READ} < 62 30 00 {SAVED}\n" + WRITTEN + RESET + f"{READ} < 62 30 00 {SAVED}"
    played = play(restore_coding(coded(), (CODING_SAVED,), ()), script)
    assert "did not read back as written" in played.failed_with(CodingFailed).what


def test_a_rule_beyond_what_was_saved_fails_before_anything_is_changed() -> None:
    script = f"{READ} < 62 30 00 {SAVED}\n" * 2 + f"mark CodingSaved 12 3000 {SAVED}\n"
    played = play(program(coded(changes=(BITS, BEYOND)), ()), script)
    failure = played.failed_with(CodingFailed)
    assert "found 4 bytes, expected 5 or more: 3000 byte 4" in failure.what
    assert "campaign's author" in failure.do


def test_where_the_datablock_was_begun_already_the_software_comes_first() -> None:
    """It has to be finished; what does not fit is said when it is coded."""
    facts = (CODING_SAVED, BEGUN[0])
    assert play(save_coding(coded(changes=(BEYOND,)), facts), "").result == (CODING_SAVED,)
    failure = play(restore_coding(coded(changes=(BEYOND,)), (CODING_SAVED,), facts), "").failed_with(CodingFailed)
    assert "does not fit" in failure.what


def test_who_is_only_coded_is_asked_for_nothing_else() -> None:
    script = f"{READ} < 62 30 00 {SAVED}\n" * 2 + f"mark CodingSaved 12 3000 {SAVED}\n"
    script += f"{READ} < 62 30 00 {SAVED}\n" + WRITTEN + RESET + ONCE_MORE
    assert play(program(coded(datablocks=()), ()), script).failure is None


def test_who_is_only_coded_and_coded_so_already_is_only_read() -> None:
    is_so = CODING_SAVED.__class__(DME, 0x3000, bytes.fromhex(NEW))
    script = f"{READ} < 62 30 00 {NEW}\n" * 2 + f"mark CodingSaved 12 3000 {NEW}\n"
    script += f"{READ} < 62 30 00 {NEW}\nmark CodingRestored 12 3000\n"
    played = play(program(coded(datablocks=()), ()), script)
    assert {ask.request[0] for ask in played.asks} == {0x22}
    assert played.facts == (is_so, CodingRestored(DME, 0x3000))


@pytest.mark.parametrize(
    ("facts", "owed"),
    [
        ((CODING_SAVED, CodingBegun(DME, 0x3000)), True),
        ((CODING_SAVED, CodingBegun(DME, 0x3000), NEW_ONE), False),
        ((CODING_SAVED, NEW_ONE, DatablockBegun(0x18, 0, "", 1)), False),
    ],
)
def test_coding_that_was_begun_is_owed_until_it_reads_as_it_is_to_be(facts: tuple[Fact, ...], owed: bool) -> None:
    assert owes_coding(DME, facts) is owed


def test_who_is_half_coded_must_not_be_left_so_because_another_failed() -> None:
    facts = (CODING_SAVED, CodingBegun(DME, 0x3000))
    readied = play(prepare((coded(datablocks=()),), facts), "").result
    assert [one.opened for one in readied.ready] == [True]
