"""The claim: one labour operation or none, and each failure where it belongs."""

from __future__ import annotations

import pytest

from appliance.campaign.claim import Claim, consequential_failures, make_claim, prior_failures
from appliance.campaign.claim_repairs import ClaimItem
from appliance.campaign.verdict import Verdict
from appliance.car.faults import Fault
from appliance.car.svk import ProgrammingCheck
from appliance.car.vehicle import UnitSeen, Vehicle
from tests.campaign.cars import NEW, OLD, UNKNOWN, bulletin, dme

OLD_FAULT, NEW_FAULT = Fault(0x105A20, 0x2F), Fault(0xE12402, 0x28)


def claim(verdict: Verdict) -> Claim:
    return make_claim(bulletin(), verdict, (), ())


def car(*units: UnitSeen) -> Vehicle:
    return Vehicle(units=units)


@pytest.mark.parametrize(
    ("verdict", "number", "fru", "minutes"),
    [(Verdict.ALREADY_AT_TARGET, "00 64 978", 1, 5), (Verdict.PROGRAMMED, "00 64 979", 8, 40)],
)
def test_a_paid_outcome_has_its_one_labour_operation(verdict: Verdict, number: str, fru: int, minutes: int) -> None:
    found = claim(verdict)
    assert (found.labour_operation, found.fru, found.minutes) == (number, fru, minutes)
    assert "plus work" in found.sentences[0]


@pytest.mark.parametrize("verdict", [v for v in Verdict if v not in (Verdict.ALREADY_AT_TARGET, Verdict.PROGRAMMED)])
def test_every_other_outcome_has_none_and_says_why(verdict: Verdict) -> None:
    found = claim(verdict)
    assert (found.labour_operation, found.fru, found.minutes) == ("", 0, 0)
    assert found.sentences[0].startswith("Claim no labour operation of this campaign: ")


def test_the_defect_code_is_there_whatever_the_outcome() -> None:
    """Consequential repairs are claimed under it even when programming failed."""
    assert claim(Verdict.FAILED).defect_code == "0012440400"


def test_failures_are_told_in_the_bulletins_words() -> None:
    item = ClaimItem("0x12 DME/DDE", "105A20", "confirmed")
    sentences = make_claim(bulletin(), Verdict.PROGRAMMED, (item,), (item, item)).sentences
    assert sentences[1] == "2 failures appeared during programming."
    assert sentences[3] == "1 failure existed before programming."
    assert (sentences[2], sentences[4]) == (bulletin().consequential, bulletin().prior)


def test_a_fault_from_before_stays_prior() -> None:
    before, after = car(UnitSeen(0x60, faults=(OLD_FAULT,))), car(UnitSeen(0x60, faults=(OLD_FAULT,)))
    assert prior_failures(before) == (ClaimItem("0x60 KOMBI", "105A20", OLD_FAULT.status_text),)
    assert consequential_failures(before, after) == ()


def test_a_new_fault_is_consequential() -> None:
    before, after = car(UnitSeen(0x60, faults=())), car(UnitSeen(0x60, faults=(NEW_FAULT,)))
    assert prior_failures(before) == ()
    assert [item.code for item in consequential_failures(before, after)] == ["E12402"]


def test_faults_nobody_could_read_before_are_not_called_new() -> None:
    assert consequential_failures(car(UnitSeen(0x60)), car(UnitSeen(0x60, faults=(NEW_FAULT,)))) == ()


def test_a_unit_that_fell_silent_is_consequential() -> None:
    (item,) = consequential_failures(car(UnitSeen(0x40)), car())
    assert item.code == ""
    assert "does not answer now" in item.text


def test_a_unit_found_in_its_bootloader_is_prior_and_not_consequential_as_well() -> None:
    dead = dme(UNKNOWN, check=ProgrammingCheck.NOT_PASSED)
    assert [item.code for item in prior_failures(car(dead))] == [""]
    assert consequential_failures(car(dead), car(dead)) == ()


def test_a_unit_left_in_its_bootloader_is_consequential() -> None:
    dead = dme(UNKNOWN, check=ProgrammingCheck.NOT_PASSED)
    assert len(consequential_failures(car(dme(*OLD)), car(dead))) == 1
    assert consequential_failures(car(dme(*OLD)), car(dme(*NEW))) == ()


def test_a_unit_without_a_name_is_named_by_its_address() -> None:
    (item,) = prior_failures(car(UnitSeen(0x33, faults=(OLD_FAULT,))))
    assert item.unit == "0x33"
