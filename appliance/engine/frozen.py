"""What a run is held to: frozen before its first write, and read back from the journal by every life after it."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.campaign.catalogue import Catalogue
from appliance.campaign.model import Campaign
from appliance.campaign.plan import Plan
from appliance.campaign.together import Beside
from appliance.engine.journal import Run
from appliance.errors import JournalError
from appliance.values import from_json


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a run is held to, as it was before the first write: bulletin, measures plan, and the level catalogue.

    `catalogue` is None where the campaign goes by none; `beside` are other campaigns of the cache, as they were judged.
    """

    campaign: Campaign
    plan: Plan
    catalogue: Catalogue | None = None
    beside: tuple[Beside, ...] = ()


def read_frozen(run: Run) -> Frozen:
    """What the journal holds of it.

    Raises:
        JournalError: it cannot be read.
    """
    try:
        return from_json(run.plan, Frozen)
    except ValueError as error:
        raise JournalError(
            f"the measures plan of run {run.id} cannot be read: {error}",
            do="finish the job with the version of KL30 that began it",
        ) from error


def filed_as(campaign_id: str, address: int) -> str:
    """What a run is filed under in the journal that programs one control unit of a campaign alone."""
    return f"{campaign_id}, 0x{address:02X} alone"
