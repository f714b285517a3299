"""One run that programs one control unit alone: a campaign run of a plan with one unit and no integration level.

What is different from a campaign is here.  It is filed under a name of its own, so that its good end does not hide what
a campaign has begun and not finished; it goes on with whichever of the two is newer.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.campaign.alone import alone
from appliance.campaign.plan import Plan
from appliance.engine.campaign_run import CampaignRun
from appliance.engine.frozen import Frozen, filed_as
from appliance.engine.journal import Run
from appliance.engine.workshop import Workshop


class AloneRun(CampaignRun):
    """One run; `address` is the control unit.

    Raises:
        RefusedError: the campaign brings nothing for it.
    """

    def __init__(self, workshop: Workshop, run: Run, address: int) -> None:
        trusted = workshop.trusted
        campaign = alone(trusted.campaign, trusted.catalogue, address)
        super().__init__(replace(workshop, trusted=replace(trusted, campaign=campaign)), run)
        self._address = address

    def _filed(self, plan: Plan) -> tuple[str, ...]:
        return (filed_as(plan.campaign_id, self._address), plan.campaign_id)

    def _freeze(self, frozen: Frozen, earlier: Run | None) -> None:
        name = filed_as(frozen.plan.campaign_id, self._address)
        self._write_frozen(frozen, earlier.id if earlier else "", name)
