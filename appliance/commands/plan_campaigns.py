"""What several campaigns of the firmware cache are to a car, as `kl30 plan` and `kl30 identify` tell it."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.campaign.plan import plan_hash
from appliance.campaign.selection import Offer, Standing, judge_offers
from appliance.campaign.together import choices, chosen
from appliance.car.vehicle import Vehicle
from appliance.commands.plan_view import PlanView, measures_view
from appliance.engine.campaigns_view import campaign_seen
from appliance.errors import RefusedError
from appliance.events import CampaignSeen

_VERDICTS = {Standing.OPEN: "affected"}  # the others are called alike


def plan_among(offers: Sequence[Offer], vehicle: Vehicle, open_list: frozenset[str] | None, wanted: str) -> PlanView:
    """What START would do: for the default, or for the campaign that is wanted.

    Args:
        wanted: Its id; empty: the default.
    """
    judged = judge_offers(offers, vehicle, open_list)
    vin = vehicle.vin.text if vehicle.vin else None
    try:
        made = choices(judged, vehicle)
    except RefusedError as refusal:
        ids = ", ".join(one.campaign.id for one in judged)
        return PlanView("refused", str(refusal), ids, vin, None, "", tuple(map(campaign_seen, judged)))
    choice = chosen(made, judged, wanted) if wanted else made[0]
    found = next(one for one in judged if one.campaign.id == choice.campaign.id)
    planned = choice.plan if found.standing in (Standing.OPEN, Standing.ALREADY_AT_TARGET) else None
    return PlanView(
        _VERDICTS.get(found.standing, found.standing.value),
        found.why,
        found.campaign.id,
        vin,
        measures_view(planned) if planned else None,
        plan_hash(planned) if planned else "",
        tuple(campaign_seen(one, choice) for one in judged),
    )


def campaign_lines(
    offers: Sequence[Offer], vehicle: Vehicle, open_list: frozenset[str] | None
) -> tuple[CampaignSeen, ...]:
    """What each campaign is to the car."""
    return tuple(map(campaign_seen, judge_offers(offers, vehicle, open_list)))
