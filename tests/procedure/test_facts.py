"""What still stands of what was marked."""

from __future__ import annotations

from appliance.procedure.facts import (
    CodingBegun,
    CodingRestored,
    DatablockBegun,
    DatablockFailed,
    Fact,
    IndividualRestored,
    IndividualSaved,
    LevelWritten,
    standing,
)
from appliance.values import from_json
from tests.procedure.jobs import BEGUN, CHECKED, CODING_SAVED, DME, PROGRAMMED, PROVEN

ALL: tuple[Fact, ...] = (CODING_SAVED, *BEGUN, *PROVEN, CHECKED, PROGRAMMED, CodingRestored(DME, 0x3000))


def test_nothing_is_withdrawn_while_nothing_is_begun_again() -> None:
    assert standing(ALL) == ALL


def test_a_datablock_begun_again_withdraws_its_proof_and_its_control_units() -> None:
    again = DatablockBegun(DME, 0, "", 2)
    assert standing((*ALL, again)) == (CODING_SAVED, *BEGUN, PROVEN[1], again)


def test_an_attempt_that_failed_withdraws_the_same() -> None:
    """What does not read back was not programmed, whatever was proven of it."""
    failed = DatablockFailed(DME, 0, "", "not the target")
    assert standing((*ALL, failed)) == (CODING_SAVED, *BEGUN, PROVEN[1], failed)


def test_what_is_proven_after_that_stands() -> None:
    assert standing((*ALL, DatablockBegun(DME, 0, "", 2), PROVEN[0], CHECKED))[-2:] == (PROVEN[0], CHECKED)


def test_another_control_unit_loses_nothing() -> None:
    facts: tuple[Fact, ...] = (*ALL, LevelWritten("F056-17-03-502"), DatablockBegun(0x18, 0, "", 1))
    assert standing(facts) == facts


def test_coding_restored_by_an_older_version_was_restored_as_it_was() -> None:
    assert from_json('{"address":18,"did":12288}', CodingRestored) == CodingRestored(DME, 0x3000)


def test_a_datablock_begun_again_withdraws_what_was_given_back_and_no_copy() -> None:
    back = (IndividualRestored(DME, 0x6110), CodingRestored(DME, 0x3000, b"\x02"))
    kept = (IndividualSaved(DME, 0x6110, b"\x5a"), CodingBegun(DME, 0x3000))
    again = DatablockBegun(DME, 0, "", 2)
    assert standing((*kept, *back, again)) == (*kept, again)
