"""Which attempts count against a datablock, and when only a person may have it tried again."""

from __future__ import annotations

import pytest

from appliance.errors import NegativeResponse
from appliance.procedure.attempts import Tried, is_spent, spent, tried
from appliance.procedure.download import download_until_good
from appliance.procedure.facts import DatablockBegun, DatablockFailed, Fact
from appliance.procedure.failures import AttemptsSpent
from appliance.procedure.program import due_datablocks, program
from tests.procedure.jobs import (
    BEGUN,
    CHECKED,
    DATA,
    DME,
    ENTER,
    ERASE,
    FINISH,
    PRE_PROGRAMMING,
    PROGRAM,
    PROGRAMMED,
    PROVEN,
    begun,
    data_block,
    job,
    program_block,
)
from tests.procedure.script import play

FAILED = DatablockFailed(DME, 0, PROGRAM.sha256, "check memory of program reported 01")


def history(words: str) -> tuple[Fact, ...]:
    """Facts of datablock 0: `b` begun, `f` failed, `p` programmed; anything between is for people."""
    kinds: dict[str, Fact] = {"b": BEGUN[0], "f": FAILED, "p": PROVEN[0]}
    return tuple(kinds[letter] for letter in words if letter in kinds)


@pytest.mark.parametrize(
    ("facts", "begun", "failed", "cut"),
    [
        ("", 0, 0, 0),
        ("bf", 1, 1, 0),
        ("bf bf bf", 3, 3, 0),
        ("bp", 1, 0, 0),
        ("b", 1, 0, 1),  # begun, and nothing after it: cut
        ("b b b", 3, 0, 3),
        ("b bf b bf", 4, 2, 2),
        ("b b b bp", 4, 0, 0),  # proven: that is progress
        ("bf bp b", 3, 1, 1),  # a failure is not forgotten for it
        ("bf f f", 1, 3, 0),  # the session before the erase may fail as well
        ("bp f bp f", 2, 2, 0),  # read back wrong, twice
    ],
)
def test_what_came_of_each_attempt_is_counted(facts: str, begun: int, failed: int, cut: int) -> None:
    so_far = tried(history(facts), DME, 0)
    assert (so_far.begun, so_far.failed, so_far.cut) == (begun, failed, cut)


def test_other_datablocks_and_other_control_units_have_counts_of_their_own() -> None:
    facts: tuple[Fact, ...] = (BEGUN[1], DatablockBegun(0x18, 0, "", 1), DatablockFailed(0x18, 0, "", "silence"))
    assert tried(facts, DME, 0) == Tried()


def test_the_newest_reason_is_the_one_that_is_kept() -> None:
    later = DatablockFailed(DME, 0, PROGRAM.sha256, "no answer to request 36: silence")
    assert tried((*history("bf b"), later), DME, 0).last == later.reason


@pytest.mark.parametrize(
    ("so_far", "is_so"),
    [
        (Tried(failed=2), False),
        (Tried(failed=3), True),
        (Tried(failed=2, cut=11), False),  # an innocent cut never uses up the last attempt
        (Tried(cut=11), False),
        (Tried(cut=12), True),
        (Tried(begun=100, failed=2), False),
    ],
)
def test_three_failures_or_twelve_cuts_in_a_row_need_a_person(so_far: Tried, is_so: bool) -> None:
    assert is_spent(job(), so_far) is is_so


def test_what_is_said_then_names_the_reason_and_what_to_do_and_what_not() -> None:
    words = str(spent(job(), PROGRAM, Tried(begun=4, failed=3, cut=1, last="check memory of program reported 01")))
    assert words.startswith("DME 0x12: program failed 3 times, last: check memory of program reported 01. → ")
    assert "do not replace the control unit" in words
    assert "press START for a fresh set of attempts" in words


def test_cuts_are_not_blamed_on_the_control_unit() -> None:
    words = str(spent(job(), PROGRAM, Tried(begun=12, cut=12)))
    assert "program was cut off 12 times in a row before it was done. → " in words
    assert "what takes the appliance's power away" in words
    assert "failed" not in words


# -- in the procedure


@pytest.mark.parametrize("facts", ["bf bf bf", " ".join("b" * 12), "bf b bf b bf"])
def test_a_spent_datablock_is_not_even_asked_for_a_session(facts: str) -> None:
    """A boot is no decision: nothing is sent, and what happened is said."""
    play(program(job(), history(facts)), "").failed_with(AttemptsSpent)


@pytest.mark.parametrize("facts", ["bf bf b", " ".join("b" * 11), "bf bf b b b b"])
def test_a_cut_never_uses_up_the_last_attempt(facts: str) -> None:
    script = PRE_PROGRAMMING + ENTER + program_block(facts.count("b") + 1) + data_block() + FINISH
    assert play(program(job(), history(facts)), script).failure is None


def test_a_second_datablock_that_is_spent_keeps_the_first_from_being_erased() -> None:
    facts = tuple(DatablockFailed(DME, 1, DATA.sha256, "silence") for _ in range(3))
    failure = play(program(job(), facts), "").failed_with(AttemptsSpent)
    assert failure.what.startswith("data failed 3 times")


@pytest.mark.parametrize("later", [BEGUN[0], FAILED])
def test_a_second_attempt_is_never_skipped_for_what_was_true_before_it(later: Fact) -> None:
    """An updater once skipped it, because a checksum from before the first was still there (RAUC #1585)."""
    facts: tuple[Fact, ...] = (*BEGUN, *PROVEN, CHECKED, PROGRAMMED, later)
    assert due_datablocks(job(), facts) == (PROGRAM,)
    played = play(
        program(job(), facts),
        PRE_PROGRAMMING + ENTER + program_block(attempt=2 + (later is BEGUN[0])) + FINISH,
    )
    assert any(ask.request[:4].hex() == "3101ff00" for ask in played.asks)


def test_a_refusal_that_ends_it_counts_as_a_failure() -> None:
    """So that lives which are cut before the report is written do not refuse it for ever."""
    script = PRE_PROGRAMMING + ENTER + "mark DatablockBegun 12 0 attempt 1\n"
    script += "12 > 31 01 FF 00 02 40 80 02 00 00 06 < nrc 31\nmark DatablockFailed 12 0"
    played = play(program(job(), ()), script)
    played.failed_with(NegativeResponse)
    assert tried(played.facts, DME, 0).failed == 1


def test_a_car_that_falls_asleep_under_it_uses_up_no_attempt() -> None:
    slept = begun(0) + f"{ERASE} < slept\n"
    script = slept + ("wait 1\n" + ENTER + f"{begun(0, 2)}{ERASE} < slept\n") + "wait 1\n" + ENTER + program_block(3)
    played = play(download_until_good(job(max_attempts=1), PROGRAM, Tried(), later_s=0.0), script)
    assert (played.result.failed, played.result.cut) == (0, 2)
    assert tried(played.facts, DME, 0).failed == 0


def test_a_car_that_falls_asleep_every_time_has_an_end() -> None:
    asleep = "".join(("wait 1\n" + ENTER if n else "") + begun(0, n + 1) + f"{ERASE} < slept\n" for n in range(12))
    play(download_until_good(job(), PROGRAM, Tried(), later_s=0.0), asleep).failed_with(AttemptsSpent)
