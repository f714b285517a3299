"""What new software needs of other control units, and the exception from "nothing is replaced by something lower"."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.campaign.check import problems
from appliance.campaign.eligibility import Affected
from appliance.campaign.model import Campaign, CampaignUnit, Need
from appliance.campaign.plan import Action, Plan, make_plan
from appliance.car.integration_level import parse_level
from appliance.car.svk import ProgrammingCheck, parse_sgbm
from appliance.car.vehicle import UnitSeen
from appliance.errors import RefusedError
from tests.campaign.cars import NEW, OLD, VIN, bulletin, dme, svk

AFFECTED = Affected("below", parse_level("F056-17-03-502"))
BODY = 0x40
BODY_OLD, BODY_NEW, BODY_NEWER = (f"swfl_00001c35-004_00{n}_020" for n in (5, 6, 7))
NEED = Need(BODY, parse_sgbm(BODY_NEW))
HIGHER = "swfl_00002cce-250_000_000"


def needing(*needs: Need, **changed: object) -> CampaignUnit:
    return replace(bulletin().units[0], needs=needs, **changed)  # type: ignore[arg-type]


def body(*software: str, check: ProgrammingCheck = ProgrammingCheck.PASSED) -> UnitSeen:
    return UnitSeen(BODY, svk=svk(*software, check=check))


def body_unit(order: int) -> CampaignUnit:
    """The campaign brings the body control unit its new software, too."""
    first = bulletin().units[0]
    blocks = (replace(first.datablocks[0], software=parse_sgbm(BODY_NEW)),)
    return replace(
        first, address=BODY, name="body", order=order, target_software=(parse_sgbm(BODY_NEW),), datablocks=blocks
    )


def planned(seen: tuple[UnitSeen, ...], *units: CampaignUnit) -> Plan:
    return make_plan(replace(bulletin(), units=units), AFFECTED, (dme(*OLD), *seen), vin=VIN)


@pytest.mark.parametrize("software", [BODY_NEW, BODY_NEWER])
def test_a_need_is_met_by_that_version_or_a_higher_one(software: str) -> None:
    assert planned((body(software),), needing(NEED)).units[0].action is Action.PROGRAM


@pytest.mark.parametrize(
    "seen",
    [
        (),
        (UnitSeen(BODY),),
        (body(BODY_OLD),),
        (body("swfl_00009999-099_000_000"),),
        (body(BODY_NEW, check=ProgrammingCheck.NOT_PASSED),),
    ],
    ids=["no such unit", "silent", "lower", "other software", "not proven"],
)
def test_a_need_that_is_not_met_refuses_the_plan_by_name(seen: tuple[UnitSeen, ...]) -> None:
    with pytest.raises(RefusedError) as refused:
        planned(seen, needing(NEED))
    assert f"needs {BODY_NEW} or higher in control unit 0x40" in refused.value.what


def test_a_need_is_met_by_what_the_campaign_brings_before() -> None:
    plan = planned((body(BODY_OLD),), needing(NEED, order=2), body_unit(order=1))
    assert [unit.address for unit in plan.units] == [BODY, 0x12]


def test_what_the_campaign_brings_afterwards_does_not_meet_it() -> None:
    with pytest.raises(RefusedError):
        planned((body(BODY_OLD),), needing(NEED, order=1), body_unit(order=2))


def test_two_that_need_each_others_new_software_are_refused_whatever_their_order() -> None:
    back = replace(body_unit(order=2), needs=(Need(0x12, parse_sgbm(NEW[0])),))
    with pytest.raises(RefusedError):
        planned((body(BODY_OLD),), needing(NEED, order=1), back)


def test_who_is_left_alone_needs_nothing() -> None:
    plan = make_plan(replace(bulletin(), units=(needing(NEED),)), AFFECTED, (dme(*NEW),), vin=VIN)
    assert plan.units[0].action is Action.NONE


def said(campaign: Campaign) -> list[str]:
    return [what for _, what in problems(campaign)]


@pytest.mark.parametrize(
    ("unit", "what"),
    [
        (needing(Need(0x12, parse_sgbm(NEW[0]))), "does not need itself"),
        (needing(Need(BODY, parse_sgbm("cafd_000029b7-000_020_010"))), "expected software"),
        (needing(lowers=(parse_sgbm(OLD[0]),), lowers_why="x"), "no exception to make"),
        (needing(lowers=(parse_sgbm(HIGHER),)), "lowers_why is missing"),
        (needing(lowers_why="x"), "lowers is missing"),
    ],
)
def test_what_contradicts_itself_is_named(unit: CampaignUnit, what: str) -> None:
    assert any(what in one for one in said(replace(bulletin(), units=(unit,))))


def test_a_need_the_campaign_itself_breaks_is_named() -> None:
    need = Need(BODY, parse_sgbm(BODY_NEWER))
    assert "body is given" in " ".join(said(replace(bulletin(), units=(needing(need), body_unit(order=9)))))


def test_side_by_side_nobody_is_before_the_other() -> None:
    units = (needing(NEED, order=2), body_unit(order=1))
    assert "write alone = true" in " ".join(said(replace(bulletin(), units=units, max_open=2)))


# -- the exception from "nothing is replaced by something lower"


def test_the_exact_version_a_campaign_names_is_replaced_by_a_lower_one_and_the_plan_says_why() -> None:
    unit = needing(lowers=(parse_sgbm(HIGHER),), lowers_why="recalled by its maker")
    seen = dme(HIGHER, *OLD[1:])
    line = make_plan(replace(bulletin(), units=(unit,)), AFFECTED, (seen,), vin=VIN).units[0]
    assert line.action is Action.PROGRAM
    assert "is higher and replaced on the campaign's word: recalled by its maker" in line.why


def test_any_other_higher_version_is_not() -> None:
    unit = needing(lowers=(parse_sgbm(HIGHER),), lowers_why="recalled by its maker")
    seen = dme("swfl_00002cce-250_000_001", *OLD[1:])
    with pytest.raises(RefusedError):
        make_plan(replace(bulletin(), units=(unit,)), AFFECTED, (seen,), vin=VIN)
