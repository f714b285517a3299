"""A campaign by level catalogue: everything that is behind, in order, and the level only if it is the vehicle's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.campaign.catalogue import Catalogue, Fitted, Outside, Place
from appliance.campaign.eligibility import AlreadyAtTarget, NotAffected
from appliance.campaign.level_plan import looked_at, measures_plan
from appliance.campaign.model import Campaign
from appliance.campaign.plan import Action, Plan, make_plan
from appliance.car.sgbm import SgbmId
from appliance.car.svk import ProgrammingCheck
from appliance.car.vehicle import UnitSeen
from appliance.errors import CampaignError, RefusedError
from appliance.values import from_json, to_json
from tests.campaign.cars import OLD as DME_OLD
from tests.campaign.cars import VIN, bulletin, dme
from tests.campaign.levels import (
    AFFECTED,
    ID,
    LEVEL,
    NEW,
    NEWER,
    OLD,
    actions,
    bench_catalogue,
    bootloader,
    campaign,
    car,
    catalogue,
    datablock,
    groups,
    hardware,
    need,
    planned,
    seen,
    software,
    unit,
    variant,
    whys,
)

NOT_PASSED = ProgrammingCheck.NOT_PASSED


def refusal(level: Catalogue, *units: UnitSeen, options: tuple[str, ...] = (), by: Campaign | None = None) -> str:
    with pytest.raises(RefusedError) as raised:
        planned(level, *units, options=options, by=by)
    assert raised.value.do
    return f"{raised.value.where}: {raised.value.what}"


# -- what is done


def test_who_is_behind_is_programmed_and_who_is_not_is_left_alone() -> None:
    plan = planned(catalogue(unit(0x12), unit(0x60)), seen(0x12, OLD), seen(0x60, NEW))
    assert actions(plan) == {0x12: Action.PROGRAM, 0x60: Action.NONE}


def test_every_line_of_the_plan_says_why() -> None:
    plan = planned(catalogue(unit(0x12), unit(0x60)), seen(0x12, OLD), seen(0x60, NEW))
    assert [one.why for one in plan.units] == [
        "it carries swfl_00001200-001_000_000, the target is swfl_00001200-002_000_000",
        "it already carries the target software, and its own check passed",
    ]


def test_who_is_only_to_be_coded_is_only_coded() -> None:
    coded = unit(0x60, variants=(variant(0x60, datablocks=(), coding=(0x3000,)),))
    assert actions(planned(catalogue(coded), seen(0x60, NEW))) == {0x60: Action.CODE}


def test_who_is_in_its_bootloader_is_programmed_again() -> None:
    plan = planned(catalogue(unit(0x12)), seen(0x12, NEW, check=NOT_PASSED))
    assert actions(plan) == {0x12: Action.PROGRAM}


def test_who_is_above_the_level_is_left_alone_and_does_not_block_it() -> None:
    plan = planned(catalogue(unit(0x12), unit(0x60)), seen(0x12, NEWER), seen(0x60))
    assert "higher than the level's" in whys(plan)[0x12]
    assert plan.raises_level


def test_the_variant_that_is_fitted_decides_the_target() -> None:
    two = unit(0x12, variants=(variant(0x12, kind=0), variant(0x12, kind=1)))
    (line,) = planned(catalogue(two), seen(0x12, kind=1)).units
    assert line.software_target == (software(0x12, NEW, 1).psdz,)


def test_of_variants_with_the_same_hardware_the_software_decides() -> None:
    same = variant(0x12).hwel
    two = unit(0x12, variants=(variant(0x12, kind=0), variant(0x12, kind=1, hwel=same)))
    assert planned(catalogue(two), seen(0x12)).units[0].software_target == (software(0x12, NEW, 0).psdz,)


def test_a_spent_programming_counter_is_no_fault_of_one_that_is_at_the_level() -> None:
    spent = replace(seen(0x12, NEW), counter=9, counter_max=9)
    assert actions(planned(catalogue(unit(0x12)), spent)) == {0x12: Action.NONE}


# -- who is not fitted


def test_who_is_not_fitted_by_the_order_is_untouched_and_the_plan_says_so() -> None:
    camera = unit(0x5D, fitted=Fitted.BY_ORDER, options=("5AS", "5AT"))
    plan = planned(catalogue(unit(0x12), camera), seen(0x12), options=("205",))
    assert whys(plan) == {0x5D: "not fitted: the vehicle order has none of 5AS, 5AT"}
    assert plan.raises_level


def test_who_may_be_fitted_and_is_silent_counts_as_not_fitted() -> None:
    plan = planned(catalogue(unit(0x12), unit(0x63, fitted=Fitted.EITHER)), seen(0x12))
    assert "does not answer" in whys(plan)[0x63]
    assert plan.raises_level


def test_who_is_fitted_against_the_order_is_held_to_the_level_all_the_same() -> None:
    camera = unit(0x5D, fitted=Fitted.BY_ORDER, options=("5AS",))
    assert actions(planned(catalogue(camera), seen(0x5D))) == {0x5D: Action.PROGRAM}


@pytest.mark.parametrize(
    ("fitted", "options", "said"),
    [
        (Fitted.ALWAYS, (), "every vehicle of this level has it"),
        (Fitted.BY_ORDER, ("5AS",), "by the vehicle order (5AS) it is fitted"),
    ],
)
def test_who_is_fitted_and_silent_is_refused_by_name(fitted: Fitted, options: tuple[str, ...], said: str) -> None:
    camera = unit(0x5D, fitted=fitted, options=options)
    told = refusal(catalogue(unit(0x12), camera), seen(0x12), options=("205", "5AS"))
    assert "control unit 0x5D unit 5D" in told
    assert said in told


def test_without_a_vehicle_order_nobody_is_taken_to_be_not_fitted() -> None:
    camera = catalogue(unit(0x5D, fitted=Fitted.BY_ORDER, options=("5AS",)))
    with pytest.raises(RefusedError, match="cannot be told without the vehicle order"):
        measures_plan(campaign(), camera, AFFECTED, replace(car(), order=None), vin=VIN)


# -- what is refused


def test_hardware_the_catalogue_does_not_know_is_refused_with_what_it_knows() -> None:
    told = refusal(catalogue(unit(0x12)), seen(0x12, kind=7))
    assert "found hardware hwel_00001207-001_000_000" in told
    assert "knows hwel_00001200-001_000_000 (kind 0)" in told


def test_another_bootloader_is_refused() -> None:
    level = catalogue(unit(0x12, variants=(variant(0x12, bootloader=(bootloader(0x12, 9),)),)))
    assert "with bootloader btld_00001200-001_000_000" in refusal(level, seen(0x12))


def test_who_cannot_be_told_from_its_twin_is_refused() -> None:
    same = variant(0x12).hwel
    level = catalogue(unit(0x12, variants=(variant(0x12, kind=0), variant(0x12, kind=1, hwel=same))))
    whole = seen(0x12).svk
    assert whole is not None
    found = UnitSeen(0x12, svk=replace(whole, entries=whole.entries[:2], check=NOT_PASSED))
    assert "does not tell which it is" in refusal(level, found)


def test_who_is_past_the_level_in_one_unit_and_behind_in_another_is_refused() -> None:
    target = (software(0x12, NEW), software(0x12, NEW, 1))
    level = catalogue(unit(0x12, variants=(variant(0x12, target_software=target, datablocks=()),)))
    told = refusal(with_blocks(level), carrying(software(0x12, NEWER), software(0x12, OLD, 1)))
    assert "which is higher than" in told


def with_blocks(level: Catalogue) -> Catalogue:
    """The catalogue, with a datablock for each unit of software."""
    (one,) = level.units
    (its,) = one.variants
    blocks = tuple(
        replace(datablock(target), name=target.psdz, address=number * 0x1000)
        for number, target in enumerate(its.target_software)
    )
    return replace(level, units=(replace(one, variants=(replace(its, datablocks=blocks),)),))


def carrying(*entries: SgbmId, named: tuple[SgbmId, ...] = (hardware(0x12),)) -> UnitSeen:
    whole = seen(0x12).svk
    assert whole is not None
    return UnitSeen(0x12, svk=replace(whole, entries=(*named, *entries)))


def test_who_does_not_name_its_hardware_is_refused() -> None:
    assert "found hardware none" in refusal(catalogue(unit(0x12)), carrying(software(0x12, NEW), named=()))


def test_who_carries_software_of_both_twins_is_refused() -> None:
    same = variant(0x12).hwel
    level = catalogue(unit(0x12, variants=(variant(0x12, kind=0), variant(0x12, kind=1, hwel=same))))
    both = carrying(software(0x12, OLD, 0), software(0x12, OLD, 1))
    assert "its hardware fits kind 0 and kind 1" in refusal(level, both)


def test_who_answers_without_naming_its_software_is_refused() -> None:
    assert "does not name its hardware and software" in refusal(catalogue(unit(0x12)), UnitSeen(0x12))


def test_everybody_who_is_refused_is_named_at_once() -> None:
    told = refusal(catalogue(unit(0x12), unit(0x60), unit(0x18)), seen(0x12, kind=7), seen(0x60))
    assert "2 control units speak against it" in told
    assert "0x12" in told
    assert "0x18" in told


def test_needs_in_a_circle_are_refused_by_name() -> None:
    level = catalogue(unit(0x12, need(0x60)), unit(0x60, need(0x12)))
    assert "unit 12 0x12, which needs unit 60 0x60, which needs unit 12 0x12" in refusal(level, seen(0x12), seen(0x60))


def test_a_circle_that_the_car_has_broken_is_none() -> None:
    level = catalogue(unit(0x12, need(0x60)), unit(0x60, need(0x12)))
    assert groups(planned(level, seen(0x12, NEW), seen(0x60))) == [[0x60]]


def test_a_need_nobody_meets_is_refused() -> None:
    told = refusal(catalogue(unit(0x12, need(0x60, NEWER)), unit(0x60)), seen(0x12), seen(0x60))
    assert "needs swfl_00006000-003_000_000 or higher in control unit 0x60" in told


def test_a_campaign_without_its_catalogue_is_refused() -> None:
    with pytest.raises(RefusedError, match=f"level catalogue {ID}, which is not there"):
        measures_plan(campaign(), None, AFFECTED, car(), vin=VIN)


def test_a_car_that_is_not_for_the_campaign_gets_no_plan() -> None:
    with pytest.raises(RefusedError, match="it is an F45"):
        planned(catalogue(unit(0x12)), seen(0x12), eligibility=NotAffected("it is an F45"))


# -- the level (law 9)


def test_the_level_is_raised_when_everybody_is_at_it_then() -> None:
    plan = planned(catalogue(unit(0x12)), seen(0x12))
    assert (plan.raises_level, plan.target) == (True, str(LEVEL))
    assert plan.level_why == f"every control unit is at {LEVEL} then, by the level catalogue {ID}"


def test_somebody_the_catalogue_does_not_know_blocks_the_level_and_nothing_else() -> None:
    plan = planned(catalogue(unit(0x12)), seen(0x12), seen(0x76))
    assert actions(plan) == {0x12: Action.PROGRAM}
    assert (plan.raises_level, plan.target) == (False, "")
    assert "0x76: it answers, and the level catalogue f056-17-03-502 does not know it" in plan.level_why


def test_somebody_the_catalogue_puts_outside_the_level_blocks_nothing() -> None:
    level = catalogue(unit(0x12), outside=(Outside(0x76, "trailer", "of another maker"),))
    plan = planned(level, seen(0x12), seen(0x76))
    assert whys(plan) == {0x76: "outside the level: of another maker"}
    assert plan.raises_level


@pytest.mark.parametrize(("version", "raised"), [(OLD, False), (NEW, True)])
def test_who_the_catalogue_has_no_software_for_blocks_the_level_where_it_is_behind(version: int, raised: bool) -> None:
    watched = unit(0x60, variants=(variant(0x60, datablocks=(), security=""),))
    plan = planned(catalogue(unit(0x12), watched), seen(0x12), seen(0x60, version))
    assert plan.raises_level is raised
    assert ("brings no software for it" in plan.level_why) is not raised


@pytest.mark.parametrize(("version", "raised"), [(OLD, False), (NEW, True)])
def test_one_control_unit_alone_raises_the_level_only_if_it_was_the_last(version: int, raised: bool) -> None:
    level = catalogue(unit(0x12), unit(0x60))
    plan = planned(level, seen(0x12), seen(0x60, version), by=campaign(only=(0x12,)))
    assert actions(plan) == {0x12: Action.PROGRAM}
    assert "this campaign does not program it" in whys(plan)[0x60]
    assert plan.raises_level is raised


def test_who_is_not_chosen_stops_nobody_and_blocks_the_level() -> None:
    level = catalogue(unit(0x12), unit(0x60), unit(0x18))
    plan = planned(level, seen(0x12), seen(0x60, kind=7), by=campaign(only=(0x12,)))
    assert actions(plan) == {0x12: Action.PROGRAM}
    assert [one.address for one in plan.untouched if one.blocks_level] == [0x60, 0x18]


def test_without_a_catalogue_the_level_is_the_campaigns_word_as_ever() -> None:
    plan = make_plan(bulletin(), AFFECTED, (dme(*DME_OLD),), vin=VIN)
    assert plan.raises_level
    assert "on the campaign's word" in plan.level_why


def test_without_a_catalogue_the_plan_is_the_campaigns_own() -> None:
    found = car(dme(*DME_OLD))
    plan = measures_plan(bulletin(), None, AFFECTED, found, vin=VIN)
    assert plan == make_plan(bulletin(), AFFECTED, found.units, vin=VIN)


# -- a car at the level


def test_a_car_at_the_level_is_not_touched_whatever_it_carries() -> None:
    done = AlreadyAtTarget("there", LEVEL)
    plan = planned(catalogue(unit(0x12), unit(0x60)), seen(0x12, kind=7), eligibility=done)
    assert not plan.changes_something
    assert plan.target == str(LEVEL)


def test_a_car_at_the_level_with_a_dead_control_unit_is_not_called_done() -> None:
    with pytest.raises(RefusedError, match="not proven"):
        planned(catalogue(unit(0x12)), seen(0x12, NEW, check=NOT_PASSED), eligibility=AlreadyAtTarget("there", LEVEL))


# -- the order


def test_who_needs_anothers_new_software_comes_behind_it() -> None:
    level = catalogue(unit(0x12, need(0x60)), unit(0x60, need(0x18)), unit(0x18))
    assert groups(planned(level, seen(0x12), seen(0x60), seen(0x18))) == [[0x18], [0x60], [0x12]]


def test_a_need_that_is_met_already_puts_nobody_in_order() -> None:
    level = catalogue(unit(0x12, need(0x60, OLD)), unit(0x60))
    assert groups(planned(level, seen(0x12), seen(0x60))) == [[0x12], [0x60]]


def test_where_needs_leave_a_choice_it_is_first_between_last_and_then_the_catalogues_order() -> None:
    level = catalogue(unit(0x10, place=Place.LAST), unit(0x60), unit(0x12), unit(0x40, place=Place.FIRST))
    assert groups(planned(level, *map(seen, (0x10, 0x12, 0x40, 0x60)))) == [[0x40], [0x60], [0x12], [0x10]]


def test_needs_come_before_places() -> None:
    level = catalogue(unit(0x10, place=Place.LAST), unit(0x12, need(0x10)))
    assert groups(planned(level, seen(0x10), seen(0x12))) == [[0x10], [0x12]]


def test_gateway_and_body_are_alone_without_being_said() -> None:
    level = catalogue(unit(0x60), unit(0x10), unit(0x40), unit(0x63))
    plan = planned(level, *map(seen, (0x10, 0x40, 0x60, 0x63)), by=campaign(max_open=4))
    assert groups(plan) == [[0x60], [0x10], [0x40], [0x63]]


def test_two_critical_ones_are_prepared_together_and_never_at_work_together() -> None:
    level = catalogue(unit(0x12, critical=True), unit(0x60), unit(0x18, critical=True), unit(0x63))
    plan = planned(level, *map(seen, (0x12, 0x18, 0x60, 0x63)), by=campaign(max_open=4))
    assert groups(plan) == [[0x12, 0x60, 0x18, 0x63]]
    assert plan.turns.begins((0x12, 0x60, 0x18, 0x63), ()) == (0x12, 0x60)


def test_who_waits_is_in_no_group_with_the_one_it_waits_for() -> None:
    level = catalogue(unit(0x12), unit(0x60, need(0x12)))
    assert groups(planned(level, seen(0x12), seen(0x60), by=campaign(max_open=2))) == [[0x12], [0x60]]


# -- the campaign's own control units beside the catalogue


def test_a_control_unit_of_the_campaign_takes_the_catalogues_place() -> None:
    own = replace(bulletin().units[0], address=0x12, order=9)
    level = catalogue(unit(0x12, variants=(variant(0x12, kind=1),)), unit(0x60))
    plan = planned(level, dme(*DME_OLD), seen(0x60), by=campaign(units=(own,)))
    assert groups(plan) == [[0x12], [0x60]]
    assert plan.units[0].datablocks == own.datablocks


def test_a_control_unit_only_the_campaign_has_comes_behind_the_catalogues() -> None:
    level = catalogue(unit(0x60))
    plan = planned(level, dme(*DME_OLD), seen(0x60), by=campaign(units=bulletin().units))
    assert groups(plan) == [[0x60], [0x12]]
    assert plan.raises_level


def test_a_campaign_that_says_something_else_than_its_catalogue_is_an_error() -> None:
    own = replace(
        bulletin().units[0],
        hwel=variant(0x12).hwel,
        bootloader=(),
        target_software=(software(0x12, NEWER),),
        datablocks=(datablock(software(0x12, NEWER)),),
    )
    with pytest.raises(CampaignError, match="is to carry swfl_00001200-003_000_000 by the campaign"):
        planned(catalogue(unit(0x12)), seen(0x12), by=campaign(units=(own,)))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"levels": "another"}, "goes by the level catalogue another"),
        ({"only": (0x77,)}, "only names 0x77"),
    ],
)
def test_a_campaign_that_does_not_fit_its_catalogue_is_an_error(changed: dict[str, object], said: str) -> None:
    with pytest.raises(CampaignError, match=said):
        planned(catalogue(unit(0x12)), seen(0x12), by=replace(campaign(), **changed))  # type: ignore[arg-type]


def test_another_level_than_the_campaigns_target_is_an_error() -> None:
    level = replace(catalogue(unit(0x12)), level=replace(LEVEL, version=505))
    with pytest.raises(CampaignError, match="the catalogue is F056-17-03-505"):
        planned(level, seen(0x12))


# -- the bench's car


def test_the_benchs_car_gets_engine_control_then_cluster_and_then_its_level() -> None:
    plan = planned(bench_catalogue(), *_bench_units())
    assert groups(plan) == [[0x12], [0x60]]
    assert plan.raises_level
    assert whys(plan).keys() == {0x5D, 0x63}


def _bench_units() -> list[UnitSeen]:
    texts = {
        0x10: ("hwel_00001c31-003_001_007", "btld_00001c33-004_002_000", "swfl_00001c34-004_006_011"),
        0x40: ("hwel_00001c30-003_001_007", "btld_00001c32-004_002_000", "swfl_00001c35-004_006_020"),
        0x60: ("hwel_00002b10-001_000_002", "btld_00002b12-003_001_000", "swfl_00002b14-010_004_001"),
    }
    others = [replace(dme(*text[2:], fixed=text[:2]), address=address) for address, text in texts.items()]
    return [dme(*DME_OLD), *others]


def test_everybody_the_catalogue_knows_is_looked_at() -> None:
    assert looked_at(bulletin(), None) == (0x12,)
    assert looked_at(campaign(units=bulletin().units), catalogue(unit(0x60), unit(0x10))) == (0x10, 0x12, 0x60)


def test_a_plan_by_catalogue_survives_the_journal() -> None:
    plan = planned(catalogue(unit(0x12)), seen(0x12), seen(0x76))
    assert from_json(to_json(plan), Plan) == plan


def test_another_catalogue_gives_another_plan_hash() -> None:
    one, other = (catalogue(unit(0x12), title=title) for title in ("a", "b"))
    assert planned(one, seen(0x12)).catalogue_hash != planned(other, seen(0x12)).catalogue_hash
