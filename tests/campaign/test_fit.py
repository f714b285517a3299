"""Campaigns that would leave one control unit with different software."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from appliance.campaign.fit import contradictions
from appliance.campaign.model import AffectedVehicles, Campaign, Kind, Target
from appliance.car.integration_level import parse_level
from appliance.car.sgbm import parse_sgbm
from tests.campaign.cars import NEW, bulletin
from tests.campaign.levels import bench_catalogue, catalogue, unit, variant
from tests.campaign.levels import campaign as by_catalogue

HIGHER = ("swfl_00002cce-021_030_002", *NEW[1:])
LOWER = ("swfl_00002cce-021_015_002", *NEW[1:])


def other(software: tuple[str, ...] = HIGHER, level: str = "F056-17-03-502", **changed: object) -> Campaign:
    """A second campaign with the bulletin's control unit and its own software."""
    unit = replace(bulletin().units[0], target_software=tuple(parse_sgbm(text) for text in software))
    made = replace(bulletin(), id="other", units=(unit,), targets=(Target("F056", parse_level(level)),))
    return replace(made, **changed)  # type: ignore[arg-type]


def affecting(**changed: object) -> AffectedVehicles:
    return replace(bulletin().affected, **changed)  # type: ignore[arg-type]


def test_two_that_hold_one_control_unit_to_different_software_contradict_each_other() -> None:
    (found,) = contradictions([bulletin(), other()])
    assert (found.campaigns, found.address) == (("service-action-dme", "other"), 0x12)
    assert found.sentence == (
        "DME 0x12 is to carry swfl_00002cce-021_020_002 by service-action-dme and swfl_00002cce-021_030_002 by other, "
        "and both may be for one vehicle"
    )


def test_a_later_level_with_higher_software_goes_on_from_the_earlier_one() -> None:
    assert contradictions([bulletin(), other(level="F056-18-07-502")]) == ()


def test_a_later_level_with_lower_software_contradicts() -> None:
    assert contradictions([bulletin(), other(LOWER, level="F056-18-07-502")])


@pytest.mark.parametrize(
    "changed",
    [
        {"affected": affecting(bodies=("F45",))},
        {"affected": affecting(main_series=("F020",))},
        {"affected": affecting(produced_from=date(2018, 1, 1), produced_to=date(2018, 12, 31))},
        {"kind": Kind.RECOVERY},
    ],
    ids=["other bodies", "other series", "other years", "a recovery"],
)
def test_those_that_are_never_for_one_vehicle_do_not(changed: dict[str, object]) -> None:
    assert contradictions([bulletin(), replace(other(), **changed)]) == ()  # type: ignore[arg-type]


def test_other_type_keys_are_other_vehicles() -> None:
    one = replace(bulletin(), affected=affecting(type_keys=("XM51",)))
    assert contradictions([one, other(affected=affecting(type_keys=("XM71",)))]) == ()


def test_other_hardware_is_another_control_unit() -> None:
    theirs = other()
    unit = replace(theirs.units[0], hwel=(parse_sgbm("hwel_00009999-001_000_000"),))
    assert contradictions([bulletin(), replace(theirs, units=(unit,))]) == ()


def test_another_bootloader_is_another_control_unit() -> None:
    theirs = other()
    unit = replace(theirs.units[0], bootloader=(parse_sgbm("btld_00002ccd-099_000_000"),))
    assert contradictions([bulletin(), replace(theirs, units=(unit,))]) == ()


def test_the_same_software_contradicts_nobody() -> None:
    assert contradictions([bulletin(), other(NEW)]) == ()


def test_what_a_catalogue_brings_counts_as_its_campaigns() -> None:
    campaigns = [by_catalogue(id="by-catalogue"), other()]
    assert contradictions(campaigns) == ()
    (found,) = contradictions(campaigns, [bench_catalogue()])
    assert found.campaigns == ("by-catalogue", "other")


def test_what_a_campaign_does_not_choose_of_its_catalogue_does_not_count() -> None:
    campaigns = [by_catalogue(id="by-catalogue", only=(0x60,)), other()]
    assert contradictions(campaigns, [bench_catalogue()]) == ()


def test_two_campaigns_of_one_catalogue_agree() -> None:
    level = catalogue(unit(0x12, variants=(variant(0x12, kind=0), variant(0x12, kind=1))))
    assert contradictions([by_catalogue(), by_catalogue(id="second")], [level]) == ()
