"""What several campaigns of the firmware cache are to a car, for people: status, page, `kl30 plan`, `kl30 identify`."""

from __future__ import annotations

from appliance.campaign.selection import Judged
from appliance.campaign.together import Choice
from appliance.events import CampaignSeen


def campaign_seen(one: Judged, choice: Choice | None = None) -> CampaignSeen:
    """One campaign as it was judged; `choice`: what is carried out, None: nothing is chosen yet."""
    campaign = one.campaign
    beside = next((other for other in choice.beside if other.campaign.id == campaign.id), None) if choice else None
    return CampaignSeen(
        campaign.id,
        campaign.title,
        one.standing.value,
        beside.why if beside else one.why,
        chosen=choice is not None and choice.campaign.id == campaign.id,
        fulfilled=beside is not None and beside.fulfilled,
    )
