"""One programming is invoiced once; what it carried out beside is closed, and keeps the work around programming."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.campaign.claim import Claim, make_claim
from appliance.campaign.claim_beside import OtherClaim
from appliance.campaign.model import AlreadyAtTargetMeans, Campaign, Occasion
from appliance.campaign.selection import Standing
from appliance.campaign.together import Beside
from appliance.campaign.verdict import Verdict
from tests.campaign.cars import bulletin

OTHER = replace(
    bulletin(), id="other", defect_code="0099", work_before="Note the mileage.", work_after="Set the clock."
)
DIAGNOSED = replace(
    OTHER,
    already_at_target=AlreadyAtTargetMeans.DIAGNOSE_FURTHER,
    labour=tuple(one for one in OTHER.labour if one.when is Occasion.PROGRAMMED),
)


def claim(one: Beside, verdict: Verdict = Verdict.PROGRAMMED, unpaid: str = "", invoiced: str = "") -> Claim:
    return make_claim(bulletin(), verdict, (), (), unpaid, beside=(one,), invoiced=invoiced)


def other(campaign: Campaign = OTHER, standing: Standing = Standing.OPEN, *, fulfilled: bool = False) -> Beside:
    return Beside(campaign, standing, "it is behind", fulfilled)


def told(made: Claim) -> OtherClaim:
    (one,) = made.others
    return one


def test_one_carried_out_by_the_same_programming_is_closed_under_the_invoice_of_the_other() -> None:
    found = told(claim(other(fulfilled=True)))
    assert found.closing == "closed"
    assert (
        "programming already invoiced under 00 64 979, defect code 0012440400 (service-action-dme)"
        in found.sentences[0]
    )


def test_it_is_paid_what_its_bulletin_pays_where_programming_was_done_for_another() -> None:
    found = told(claim(other(fulfilled=True)))
    assert (found.labour_operation, found.fru) == ("00 64 978", 1)
    assert "under defect code 0099" in found.sentences[1]


def test_it_keeps_its_work_before_and_after_programming() -> None:
    found = told(claim(other(fulfilled=True)))
    assert (found.work_before, found.work_after) == ("Note the mileage.", "Set the clock.")
    assert found.sentences[-2:] == ("Before programming it asks for: Note the mileage.", "After it: Set the clock.")


def test_one_that_would_be_diagnosed_at_the_target_is_closed_without_a_labour_operation() -> None:
    found = told(claim(other(DIAGNOSED, fulfilled=True)))
    assert (found.closing, found.labour_operation) == ("closed", "")
    assert not any("diagnosis" in sentence for sentence in found.sentences)


@pytest.mark.parametrize("verdict", [one for one in Verdict if one is not Verdict.PROGRAMMED])
def test_nothing_is_closed_by_a_run_that_did_not_program(verdict: Verdict) -> None:
    found = told(claim(other(fulfilled=True), verdict))
    assert (found.closing, found.labour_operation, found.work_after) == ("open", "", "")
    assert f"its verdict is {verdict.value}" in found.sentences[0]


def test_nothing_is_closed_by_a_run_that_left_the_level_as_it_was() -> None:
    found = told(claim(other(fulfilled=True), unpaid="the vehicle does not have the level"))
    assert (found.closing, found.sentences[0]) == ("open", "It stays open: the vehicle does not have the level.")


@pytest.mark.parametrize("verdict", Verdict)
def test_one_whose_target_the_vehicle_had_is_paid_by_its_own_bulletin_whatever_the_run_did(verdict: Verdict) -> None:
    found = told(claim(other(standing=Standing.ALREADY_AT_TARGET), verdict))
    assert (found.closing, found.labour_operation) == ("done-before", "00 64 978")


def test_one_found_at_the_target_whose_bulletin_asks_for_diagnosis_is_paid_nothing() -> None:
    found = told(claim(other(DIAGNOSED, Standing.ALREADY_AT_TARGET)))
    assert found.labour_operation == ""
    assert "further diagnosis" in found.sentences[-1]


@pytest.mark.parametrize("standing", [Standing.OPEN, Standing.REFUSED])
def test_one_that_was_not_carried_out_stays_open_and_says_why(standing: Standing) -> None:
    found = told(claim(other(standing=standing)))
    assert (found.closing, found.labour_operation, found.sentences) == ("open", "", ("It is behind.",))


@pytest.mark.parametrize("standing", [Standing.NOT_AFFECTED, Standing.CANNOT_DECIDE])
def test_one_that_is_not_for_the_vehicle_claims_nothing(standing: Standing) -> None:
    found = told(claim(other(standing=standing)))
    assert (found.closing, found.labour_operation) == ("nothing", "")


def test_a_second_programming_in_one_visit_is_not_invoiced() -> None:
    made = claim(other(fulfilled=True), invoiced="00 99 621, defect code 0099620100 (first)")
    assert (made.labour_operation, made.fru) == ("", 0)
    assert "programming already invoiced under 00 99 621" in made.sentences[0]


def test_what_a_second_programming_carries_out_is_closed_under_the_first_invoice() -> None:
    found = told(claim(other(fulfilled=True), invoiced="00 99 621, defect code 0099620100 (first)"))
    assert found.closing == "closed"
    assert "invoiced under 00 99 621" in found.sentences[0]


def test_a_vehicle_at_the_target_is_claimed_although_another_programming_was_invoiced() -> None:
    made = make_claim(bulletin(), Verdict.ALREADY_AT_TARGET, (), (), invoiced="00 99 621 (first)")
    assert made.labour_operation == "00 64 978"
