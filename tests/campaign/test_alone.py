"""One control unit of a campaign alone: what is left of the campaign, and what becomes of level and claim."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.campaign.alone import alone
from appliance.campaign.claim import make_claim, why_unpaid
from appliance.campaign.eligibility import AlreadyAtTarget
from appliance.campaign.level_plan import require_at_level
from appliance.campaign.model import Campaign
from appliance.campaign.plan import ALONE, Action, make_plan
from appliance.campaign.verdict import Verdict
from appliance.car.vehicle import UnitSeen
from appliance.errors import RefusedError
from tests.campaign.cars import NEW, OLD, VIN, bulletin, dme
from tests.campaign.levels import (
    AFFECTED,
    LEVEL,
    actions,
    after,
    campaign,
    car,
    catalogue,
    planned,
    seen,
    unit,
)
from tests.campaign.levels import NEW as AT_LEVEL

ONE, OTHER = 0x12, 0x60
BOTH = catalogue(unit(ONE), unit(OTHER))
DONE = AlreadyAtTarget("at the target", LEVEL)


def test_a_campaigns_own_control_unit_brings_itself_and_nothing_else() -> None:
    found = alone(replace(bulletin(), max_open=2), None, ONE)
    assert ([one.address for one in found.units], found.levels, found.max_open) == ([ONE], "", 1)


def test_one_of_the_catalogue_is_chosen_in_it() -> None:
    found = alone(campaign(), BOTH, OTHER)
    assert (found.units, found.levels, found.only) == ((), BOTH.id, (OTHER,))


def test_nothing_is_raised_and_nothing_is_paid() -> None:
    found = alone(bulletin(), None, ONE)
    assert (found.raises_level, found.labour) == (False, ())


def test_one_that_nobody_brings_anything_for_is_refused_with_what_there_is() -> None:
    with pytest.raises(RefusedError, match=r"control unit 0x40: .* → it has 0x12 unit 12, 0x60 unit 60"):
        alone(campaign(), BOTH, 0x40)


def test_the_level_the_vehicle_has_does_not_speak_for_the_control_unit() -> None:
    plan = planned(BOTH, seen(ONE), seen(OTHER, AT_LEVEL), by=alone(campaign(), BOTH, ONE), eligibility=DONE)
    assert actions(plan)[ONE] is Action.PROGRAM
    assert (plan.raises_level, plan.level_why) == (False, ALONE)


def test_without_a_catalogue_the_same() -> None:
    plan = make_plan(alone(bulletin(), None, ONE), DONE, (dme(*OLD),), vin=VIN)
    assert (plan.units[0].action, plan.target, plan.level_why) == (Action.PROGRAM, "", ALONE)


def paid(by: Campaign) -> tuple[str, str]:
    plan = make_plan(by, AFFECTED, (dme(*OLD),), vin=VIN)
    claim = make_claim(by, Verdict.PROGRAMMED, (), (), why_unpaid(by, plan))
    return claim.labour_operation, claim.sentences[0]


def test_the_bulletin_pays_for_the_vehicle_at_its_level() -> None:
    assert paid(bulletin())[0] == "00 64 979"


def test_nobody_pays_for_a_control_unit_alone() -> None:
    labour, sentence = paid(alone(bulletin(), None, ONE))
    assert (labour, "programmed alone, which no bulletin pays for" in sentence) == ("", True)


def test_an_author_may_say_what_a_campaign_that_raises_no_level_pays() -> None:
    assert paid(replace(bulletin(), raises_level=False))[0] == "00 64 979"


def test_a_level_that_is_blocked_is_not_paid_and_the_claim_says_who_blocks_it() -> None:
    plan = planned(BOTH, seen(ONE), seen(OTHER), seen(0x71))
    assert "0x71" in why_unpaid(campaign(), plan)


def test_a_vehicle_that_reads_back_at_the_level_has_it() -> None:
    before = (seen(ONE), seen(OTHER))
    require_at_level(campaign(), BOTH, car(*after(planned(BOTH, *before), before)))


@pytest.mark.parametrize(
    ("units", "words"),
    [
        ((seen(ONE, AT_LEVEL), seen(OTHER)), "unit 60 0x60"),
        ((seen(ONE, AT_LEVEL), seen(OTHER, AT_LEVEL), seen(0x71, AT_LEVEL)), "0x71"),
        ((seen(ONE, AT_LEVEL),), "0x60 unit 60: it does not answer"),
    ],
    ids=["behind", "stranger", "silent"],
)
def test_one_that_does_not_read_back_at_the_level_keeps_it_back(units: tuple[UnitSeen, ...], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        require_at_level(campaign(), BOTH, car(*units))


def test_nothing_but_the_target_needs_no_work() -> None:
    plan = make_plan(alone(bulletin(), None, ONE), DONE, (dme(*NEW),), vin=VIN)
    assert not plan.changes_something
