"""The measures plan: touch what is behind, leave the rest, refuse what does not fit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.campaign.eligibility import Affected, AlreadyAtTarget, CannotDecide, NotAffected
from appliance.campaign.model import Campaign
from appliance.campaign.plan import Action, Plan, PlanUnit, make_plan, plan_hash
from appliance.car.integration_level import parse_level
from appliance.car.svk import ProgrammingCheck, parse_sgbm
from appliance.car.vehicle import UnitSeen
from appliance.errors import RefusedError
from appliance.values import from_json, to_json
from tests.campaign.cars import FIXED, NEW, OLD, UNKNOWN, VIN, bulletin, dme

TARGET = parse_level("F056-17-03-502")
AFFECTED = Affected("below", TARGET)
DONE = AlreadyAtTarget("there", TARGET)
NOT_PASSED = ProgrammingCheck.NOT_PASSED
HWEL, HWAP, BTLD = FIXED


def plan_for(*seen: UnitSeen, campaign: Campaign | None = None) -> Plan:
    return make_plan(campaign or bulletin(), AFFECTED, seen, vin=VIN)


def line_for(seen: UnitSeen, campaign: Campaign | None = None) -> PlanUnit:
    return plan_for(seen, campaign=campaign).units[0]


def refusal(*seen: UnitSeen, campaign: Campaign | None = None) -> RefusedError:
    with pytest.raises(RefusedError) as raised:
        plan_for(*seen, campaign=campaign)
    return raised.value


def with_unit(**changed: object) -> Campaign:
    """The bulletin with its one control unit changed."""
    campaign = bulletin()
    return replace(campaign, units=(replace(campaign.units[0], **changed),))  # type: ignore[arg-type]


def test_a_unit_behind_is_programmed_with_every_datablock() -> None:
    line = line_for(dme(*OLD))
    assert line.action is Action.PROGRAM
    assert line.datablocks == bulletin().units[0].datablocks
    assert line.software_before == OLD
    assert set(line.software_target) == set(NEW)
    assert line.hwel == HWEL


def test_a_unit_at_the_target_is_left_alone_and_the_plan_says_why() -> None:
    line = line_for(dme(*NEW))
    assert (line.action, line.datablocks, line.expected_s) == (Action.NONE, (), 0.0)
    assert "already carries the target software" in line.why


def test_one_unit_behind_of_three_is_enough() -> None:
    assert line_for(dme(OLD[0], *NEW[1:])).action is Action.PROGRAM


def test_a_unit_at_the_target_whose_own_check_failed_is_programmed_again() -> None:
    assert line_for(dme(*NEW, check=NOT_PASSED)).action is Action.PROGRAM


@pytest.mark.parametrize("software", [(UNKNOWN, *OLD[1:]), OLD[1:], (), (UNKNOWN,)])
def test_a_unit_in_its_bootloader_is_recovered_by_hardware_and_bootloader(software: tuple[str, ...]) -> None:
    line = line_for(dme(*software, check=NOT_PASSED))
    assert line.action is Action.PROGRAM
    assert line.in_bootloader


def test_a_unit_in_its_bootloader_with_other_hardware_is_not_recovered() -> None:
    seen = dme(UNKNOWN, check=NOT_PASSED, fixed=("hwel_00002ccb-001_003_005", BTLD))
    assert "found hardware hwel_00002ccb-001_003_005, expected hwel_00002ccb-001_003_004" in refusal(seen).what


def test_foreign_software_in_a_bootloader_is_no_evidence_but_in_an_application_it_is() -> None:
    foreign = ("swfl_00009999-001_000_000", *OLD[1:])
    assert line_for(dme(*foreign, check=NOT_PASSED)).action is Action.PROGRAM
    assert "found software swfl_00009999-001_000_000" in refusal(dme(*foreign)).what


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (dme(*OLD, fixed=("hwel_00002ccc-001_003_004", BTLD)), "found hardware hwel_00002ccc-001_003_004"),
        (dme(*OLD, fixed=(BTLD,)), "found hardware none"),
        (dme(*OLD, fixed=(HWEL, "btld_00002ccd-021_009_000")), "found bootloader btld_00002ccd-021_009_000"),
        (dme(*OLD, fixed=(HWEL,)), "found bootloader none"),
        (dme("swfl_00002cce-021_030_000", *OLD[1:]), "higher than the campaign's swfl_00002cce-021_020_002"),
        (dme("swfl_00002cce-021_030_000", *OLD[1:], check=NOT_PASSED), "higher than the campaign's"),
        (dme(*OLD[1:]), "found no swfl_00002cce, although its own check passed"),
        (dme(*OLD, "swfl_00009999-001_000_000"), "found software swfl_00009999-001_000_000"),
        (UnitSeen(0x12), "did not name its hardware and software"),
    ],
)
def test_what_does_not_fit_is_refused_before_contact(seen: UnitSeen, said: str) -> None:
    error = refusal(seen)
    assert said in error.what
    assert error.where == "control unit 0x12 DME"
    assert error.do


def test_a_silent_unit_is_refused() -> None:
    assert "did not name" in refusal().what


def test_a_listed_start_admits_nothing_else() -> None:
    campaign = with_unit(from_software=tuple(parse_sgbm(text) for text in OLD))
    assert line_for(dme(*OLD), campaign).action is Action.PROGRAM
    assert line_for(dme(NEW[0], *OLD[1:]), campaign).action is Action.PROGRAM
    assert (
        "expected swfl_00002cce-021_010_002 or"
        in refusal(dme("swfl_00002cce-021_005_000", *OLD[1:]), campaign=campaign).what
    )


def test_software_the_campaign_keeps_must_be_there() -> None:
    kept_data = with_unit(datablocks=bulletin().units[0].datablocks[:2])
    assert line_for(dme(*OLD[:1], NEW[1], OLD[2]), kept_data).action is Action.PROGRAM
    assert "expected it to carry swfl_000046da-021_020_052" in refusal(dme(*OLD), campaign=kept_data).what


def test_a_unit_without_datablocks_is_only_coded() -> None:
    coded = with_unit(datablocks=())
    line = line_for(dme(*NEW), coded)
    assert (line.action, line.unsafe_to_unplug) == (Action.CODE, "")


@pytest.mark.parametrize(
    ("counter", "maximum", "attempts"), [(2, 0xF7, 3), (None, 10, 3), (7, None, 3), (8, 10, 2), (9, 10, 1)]
)
def test_the_programming_counter_limits_the_attempts(counter: int | None, maximum: int | None, attempts: int) -> None:
    assert line_for(replace(dme(*OLD), counter=counter, counter_max=maximum)).max_attempts == attempts


def test_a_spent_programming_counter_is_refused() -> None:
    assert "its maximum is 10" in refusal(replace(dme(*OLD), counter=10, counter_max=10)).what


def test_times_come_from_the_unit_and_are_worst_case() -> None:
    line = line_for(dme(*OLD))
    # authentication, three times erase and check, download, two resets, settling, two coding blocks
    assert line.expected_s == pytest.approx(10 + 3 * (120 + 60) + 557_056 / 20_000 + 2 * 5 + 15 + 2 * 5)
    assert (line.expected_erase_s, line.expected_check_s, line.expected_reset_s) == (120.0, 60.0, 5.0)
    assert line.size_bytes == 557_056


def test_a_unit_that_states_no_times_gets_the_defaults() -> None:
    assert line_for(replace(dme(*OLD), timings=None)) == line_for(dme(*OLD))


def test_a_slower_link_takes_longer() -> None:
    slow = make_plan(bulletin(), AFFECTED, (dme(*OLD),), vin=VIN, rate_bytes_per_s=10_000)
    assert slow.expected_s > plan_for(dme(*OLD)).expected_s


def test_units_come_in_the_campaigns_order() -> None:
    campaign = bulletin()
    gateway = replace(campaign.units[0], address=0x10, name="ZGW", order=0)
    both = replace(campaign, units=(campaign.units[0], gateway))
    plan = plan_for(dme(*OLD), replace(dme(*OLD), address=0x10), campaign=both)
    assert [unit.address for unit in plan.units] == [0x10, 0x12]


def grouped(max_open: int, *alone: int) -> list[list[int]]:
    """Addresses of the groups of a plan with five control units, the fourth of which is at the target."""
    unit = bulletin().units[0]
    places = range(0x12, 0x17)
    units = tuple(replace(unit, address=at, name=hex(at), order=at, alone=at in alone) for at in places)
    seen = (replace(dme(*(NEW if at == 0x15 else OLD)), address=at) for at in places)
    plan = plan_for(*seen, campaign=replace(bulletin(), units=units, max_open=max_open))
    return [[one.address for one in group] for group in plan.groups]


def test_unless_the_campaign_says_more_one_is_programmed_after_the_other() -> None:
    assert bulletin().max_open == 1
    assert grouped(1) == [[0x12], [0x13], [0x14], [0x16]]


@pytest.mark.parametrize("max_open", [2, 4])
def test_neighbours_in_the_plan_form_a_group_and_who_is_left_alone_is_in_none(max_open: int) -> None:
    assert grouped(max_open) == [[0x12, 0x13, 0x14, 0x16]]


def test_who_is_to_be_programmed_alone_is_and_the_order_stays() -> None:
    assert grouped(2, 0x13) == [[0x12], [0x13], [0x14, 0x16]]


@pytest.mark.parametrize("eligibility", [NotAffected("it is an F45"), CannotDecide("no order", "read it again")])
def test_there_is_no_plan_for_a_car_that_is_not_for_the_campaign(eligibility: NotAffected | CannotDecide) -> None:
    with pytest.raises(RefusedError, match=eligibility.why):
        make_plan(bulletin(), eligibility, (dme(*OLD),), vin=VIN)


@pytest.mark.parametrize("seen", [(dme(*NEW),), (dme("swfl_00002cce-021_030_000", *NEW[1:]),), ()])
def test_a_car_at_the_target_is_not_touched(seen: tuple[UnitSeen, ...]) -> None:
    plan = make_plan(bulletin(), DONE, seen, vin=VIN)
    assert not plan.changes_something


def test_a_car_at_the_target_with_a_dead_unit_is_not_called_done() -> None:
    with pytest.raises(RefusedError, match="software is not proven") as raised:
        make_plan(bulletin(), DONE, (dme(UNKNOWN, check=NOT_PASSED),), vin=VIN)
    assert "dealer tool" in raised.value.do


def test_equal_plans_have_equal_hashes_and_others_do_not() -> None:
    plan = plan_for(dme(*OLD))
    assert plan_hash(plan) == plan_hash(plan_for(dme(*OLD)))
    assert plan_hash(plan) != plan_hash(replace(plan, vin="WMWXU3C5XH2000001"))
    assert plan_hash(plan) != plan_hash(replace(plan, supply=plan.supply[:1]))
    assert len(plan_hash(plan)) == 64


def test_the_hash_changes_with_anything_in_the_campaign() -> None:
    other = replace(bulletin(), defect_code="0012440401")
    assert plan_hash(plan_for(dme(*OLD))) != plan_hash(plan_for(dme(*OLD), campaign=other))


def test_a_plan_survives_the_journal() -> None:
    plan = plan_for(dme(*OLD))
    assert from_json(to_json(plan), Plan) == plan


def test_the_plan_says_until_when_not_to_unplug() -> None:
    assert "until DME was checked and reset, up to 9 minutes: unplugged there it stays in its bootloader" in (
        line_for(dme(*OLD)).unsafe_to_unplug
    )
    fragile = with_unit(abort_recoverable=False)
    assert "may be lost for good" in line_for(dme(*OLD), fragile).unsafe_to_unplug


def test_a_plan_carries_whom_to_ask_for_the_supply() -> None:
    campaign = bulletin()
    assert campaign.supply
    assert plan_for(dme(*OLD)).supply == campaign.supply
