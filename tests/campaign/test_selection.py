"""Which of several campaigns are open for a car, and why the others are not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.campaign.model import Campaign
from appliance.campaign.selection import Standing
from appliance.car.vehicle import Vehicle
from tests.campaign.cars import vehicle
from tests.campaign.levels import NEW, OLD, seen
from tests.campaign.several import CLUSTER, DME, brings, campaign, judged


def car(level: str = "F056-16-07-502", dme: int = OLD, **changed: object) -> Vehicle:
    made = replace(vehicle(level), units=(seen(DME, dme), seen(CLUSTER, OLD)))
    return replace(made, **changed)  # type: ignore[arg-type]


def standing(of: Campaign, vehicle: Vehicle) -> Standing:
    (one,) = judged(vehicle, of)
    return one.standing


ONE = campaign("one", brings(DME))
OTHER_BODIES = replace(ONE, affected=replace(ONE.affected, bodies=("F45",)))


@pytest.mark.parametrize(
    ("of", "to", "expected"),
    [
        (ONE, car(), Standing.OPEN),
        (ONE, car(dme=NEW), Standing.OPEN),  # the level is still to be written
        (ONE, car("F056-17-03-502", NEW), Standing.ALREADY_AT_TARGET),
        (replace(ONE, raises_level=False), car(dme=NEW), Standing.ALREADY_AT_TARGET),
        (replace(ONE, raises_level=False), car("F056-17-03-502"), Standing.OPEN),
        (OTHER_BODIES, car(), Standing.NOT_AFFECTED),
        (ONE, car(vin=None), Standing.CANNOT_DECIDE),
        (ONE, car(order=None), Standing.CANNOT_DECIDE),
        (ONE, car(units=()), Standing.REFUSED),
    ],
    ids=[
        "behind", "only the level", "at the target", "alone and carried", "alone in a car at the level", "another body",
        "no VIN", "no order", "silent",
    ],
)  # fmt: skip
def test_each_campaign_is_judged_as_if_it_were_the_only_one(of: Campaign, to: Vehicle, expected: Standing) -> None:
    assert standing(of, to) is expected


def test_each_says_why() -> None:
    found = judged(car(), ONE, OTHER_BODIES, replace(ONE, units=(brings(0x71),)))
    assert "below the target" in found[0].why
    assert "it is a F56, the campaign is for F45" in found[1].why
    assert "control unit 0x71" in found[2].why
