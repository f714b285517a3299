"""One run of a campaign that was chosen among several: a campaign run whose measures plan is made already.

What is different is here.  The plan may carry out others of the level as well (`campaign.together`).  It is filed under
the chosen campaign, and goes on with whatever any of them has begun on this vehicle: what one run saved of a control
unit's coding, the next gives back, whichever bulletin is invoiced.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.campaign.eligibility import Eligibility
from appliance.campaign.plan import Plan
from appliance.campaign.together import Choice
from appliance.campaign.verdict import Verdict
from appliance.car.vehicle import Vehicle
from appliance.engine.campaign_run import CampaignRun, WrongCar
from appliance.engine.frozen import Frozen
from appliance.engine.journal import Run
from appliance.engine.report import Ending
from appliance.engine.workshop import Workshop
from appliance.errors import RefusedError


class ChosenRun(CampaignRun):
    """One run; `choice` is what it is for."""

    def __init__(self, workshop: Workshop, run: Run, choice: Choice) -> None:
        self._ids = tuple(offer.campaign.id for offer in workshop.trusted.offers)
        super().__init__(replace(workshop, trusted=workshop.trusted.only(choice.offer)), run)
        self._choice = choice

    def of(self, vehicle: Vehicle) -> Ending:
        """As the campaign run's; what became of the others is in every ending, a refusal included.

        Raises:
            JournalError, LinkError: our own side failed.
        """
        try:
            ending = super().of(vehicle)
        except WrongCar:
            raise
        except RefusedError as refusal:
            ending = Ending(Verdict.REFUSED, str(refusal))
        return replace(ending, campaign=self._choice.campaign, beside=self._choice.beside)

    def _planned(self, eligibility: Eligibility, vehicle: Vehicle, vin: str) -> Plan:
        return self._choice.plan or super()._planned(eligibility, vehicle, vin)

    def _frozen_as(self, plan: Plan) -> Frozen:
        return replace(super()._frozen_as(plan), beside=self._choice.beside)

    def _filed(self, plan: Plan) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*super()._filed(plan), *self._ids)))

    def _freeze(self, frozen: Frozen, earlier: Run | None) -> None:
        self._write_frozen(frozen, earlier.id if earlier else "", frozen.plan.campaign_id)
