"""Software goes only into hardware it is made for, whatever the vehicle around it cannot say any more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.bench.cache import bench_campaigns
from appliance.campaign.load import parse_campaign
from appliance.campaign.recovery import UNKNOWN_VIN, Source, recovery_plan, recovery_source
from appliance.car.condition import condition_of
from appliance.car.svk import ProgrammingCheck
from appliance.car.vehicle import UnitSeen, Vehicle
from appliance.errors import CampaignError, RefusedError
from tests.campaign.cars import FIXED, OLD, UNKNOWN, bulletin, dme, svk, vehicle

DME = 0x12
STUCK = dme(UNKNOWN, *OLD[1:], check=ProgrammingCheck.NOT_PASSED)
RECOVERY = dict(bench_campaigns())["body-control-unit.toml"]


def with_dme(seen: UnitSeen, car: Vehicle | None = None) -> Vehicle:
    return replace(car or vehicle(), units=(seen,))


def found(car: Vehicle) -> Source:
    return recovery_source((bulletin(),), car, DME, None)


def test_hardware_and_bootloader_are_proof_enough_in_a_car_that_says_nothing() -> None:
    car = with_dme(STUCK, vehicle(level=None, built=None, vin=None))
    plan = recovery_plan(found(car), car, condition_of(STUCK))
    assert (plan.vin, plan.target, plan.recovers) == (UNKNOWN_VIN, "", True)
    assert [(unit.address, len(unit.datablocks)) for unit in plan.units] == [(DME, 3)]
    assert "its own check says" in plan.units[0].why


def test_a_unit_being_programmed_is_no_second_opinion_about_the_supply() -> None:
    car = with_dme(STUCK)
    assert [one.address for one in recovery_plan(found(car), car, condition_of(STUCK)).supply] == [0x40]


@pytest.mark.parametrize(
    ("fixed", "said"),
    [
        (("hwel_00002ccb-009_003_004", *FIXED[1:]), "found hardware"),
        (FIXED[1:], "found hardware none"),
        ((*FIXED[:2], "btld_00002ccd-009_010_001"), "found bootloader"),
        (FIXED[:2], "found bootloader none"),
    ],
)
def test_other_hardware_is_refused(fixed: tuple[str, ...], said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        found(with_dme(dme(UNKNOWN, *OLD[1:], check=ProgrammingCheck.NOT_PASSED, fixed=fixed)))


def test_software_of_another_variant_is_refused() -> None:
    seen = dme(UNKNOWN, "swfl_00009999-001_000_000", check=ProgrammingCheck.NOT_PASSED)
    with pytest.raises(RefusedError, match="still names swfl_00009999"):
        found(with_dme(seen))


def test_higher_software_is_never_replaced() -> None:
    seen = dme(UNKNOWN, "swfl_000046da-021_030_052", check=ProgrammingCheck.NOT_PASSED)
    with pytest.raises(RefusedError, match="higher"):
        found(with_dme(seen))


@pytest.mark.parametrize(
    ("car", "said"),
    [
        (vehicle(level="F010-17-03-502"), "main series is F010"),
        (vehicle(series="F010"), "vehicle order says F10"),
    ],
)
def test_what_the_vehicle_does_say_must_not_contradict(car: Vehicle, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        found(with_dme(STUCK, car))


def test_a_unit_without_ident_is_refused_unless_an_earlier_run_knows_it() -> None:
    car = with_dme(UnitSeen(DME, session=0x02))
    with pytest.raises(RefusedError, match="does not name its hardware"):
        found(car)
    assert recovery_source((bulletin(),), car, DME, svk(*OLD)).unit.address == DME


def test_a_campaign_that_knows_no_bootloader_recovers_nothing() -> None:
    campaign = bulletin()
    unnamed = replace(campaign, units=(replace(campaign.units[0], bootloader=()),))
    with pytest.raises(RefusedError, match="does not say which bootloaders"):
        recovery_source((unnamed,), with_dme(STUCK), DME, None)


def test_a_unit_nobody_has_software_for_is_refused() -> None:
    with pytest.raises(RefusedError, match="holds no software for this control unit"):
        recovery_source((bulletin(),), vehicle(), 0x60, None)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('defect_code = ""', 'defect_code = "0012"', "a recovery has none"),
        ("bootloader = [", "bootloader = [] #", "a recovery must know the bootloader"),
        ('bodies = ["F54", "F55", "F56", "F57", "F60"]', "bodies = []", "affected.bodies: the list is empty"),
    ],
)
def test_a_recovery_file_is_complete_and_claims_nothing(right: str, wrong: str, said: str) -> None:
    assert right in RECOVERY
    with pytest.raises(CampaignError, match=said):
        parse_campaign(RECOVERY.replace(right, wrong, 1), "x.toml")


def test_a_bulletin_must_have_its_defect_code() -> None:
    text = dict(bench_campaigns())["service-action-dme.toml"].replace('defect_code = "0012440400"', 'defect_code = ""')
    with pytest.raises(CampaignError, match="defect_code"):
        parse_campaign(text, "x.toml")


def test_a_recovery_programs_nothing_at_the_same_time() -> None:
    with pytest.raises(CampaignError, match="max_open: a recovery programs one control unit"):
        parse_campaign("max_open = 2\n" + RECOVERY, "x.toml")
