"""Several small campaigns of one car, by the control units of `tests.campaign.levels`, without level catalogues."""

from __future__ import annotations

from dataclasses import replace

from appliance.campaign.catalogue import as_campaign_unit
from appliance.campaign.model import Campaign, CampaignUnit, Target
from appliance.campaign.selection import Judged, Offer, judge_offers
from appliance.campaign.together import Choice, choices
from appliance.car.integration_level import parse_level
from appliance.car.vehicle import Vehicle
from tests.campaign.cars import bulletin
from tests.campaign.levels import NEW, datablock, software, unit, variant

DME, CLUSTER, BODY = 0x12, 0x60, 0x40
THIS, LATER = "F056-17-03-502", "F056-18-07-502"


def brings(address: int, version: int = NEW, **changed: object) -> CampaignUnit:
    """A control unit that is brought to this version."""
    target = software(address, version)
    made = as_campaign_unit(unit(address), variant(address), order=address)
    return replace(made, target_software=(target,), datablocks=(datablock(target),), **changed)  # type: ignore[arg-type]


def campaign(name: str, *units: CampaignUnit, level: str = THIS, **changed: object) -> Campaign:
    """The bulletin's cars, with control units and a level of its own."""
    target = Target("F056", parse_level(level))
    made = replace(bulletin(), id=name, defect_code=f"00{len(name)}", units=units, targets=(target,), supply=())
    return replace(made, **changed)  # type: ignore[arg-type]


def judged(vehicle: Vehicle, *campaigns: Campaign | Offer) -> tuple[Judged, ...]:
    offers = [one if isinstance(one, Offer) else Offer(one) for one in campaigns]
    return judge_offers(offers, vehicle, None)


def chosen_by(vehicle: Vehicle, *campaigns: Campaign | Offer, begun: str = "") -> tuple[Choice, ...]:
    return choices(judged(vehicle, *campaigns), vehicle, begun)
