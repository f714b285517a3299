"""Which of several campaigns are open for this vehicle, and why the others are not.

Rules.  Each campaign is judged by itself, by its own bulletin and its own measures plan, as if it were the only one.
*Open* is one that would change something: a control unit, or the level.  What they mean to each other is
`campaign.together`.

Pure.  Source: decision 0028.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from appliance.campaign.catalogue import Catalogue
from appliance.campaign.eligibility import (
    Affected,
    AlreadyAtTarget,
    CannotDecide,
    NotAffected,
    judge,
)
from appliance.campaign.level_plan import measures_plan
from appliance.campaign.model import Campaign
from appliance.campaign.plan import Plan
from appliance.car.integration_level import Level
from appliance.car.vehicle import Vehicle
from appliance.errors import RefusedError


class Standing(Enum):
    """What a campaign is to a vehicle, in the words of report and command line."""

    OPEN = "open"
    REFUSED = "refused"  # it is for this vehicle, and something speaks against carrying it out
    CANNOT_DECIDE = "cannot-decide"
    ALREADY_AT_TARGET = "already-at-target"
    NOT_AFFECTED = "not-affected"


@dataclass(frozen=True, slots=True)
class Offer:
    """A campaign of the firmware cache; `catalogue` is None where it goes by none."""

    campaign: Campaign
    catalogue: Catalogue | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A campaign held against a vehicle.

    Attributes:
        why: A sentence without a full stop.
        target: The level the vehicle should have; None: the campaign is not for it, or that is not known.
        plan: What would be done if it were the only one; None: there is no plan.
    """

    offer: Offer
    standing: Standing
    why: str
    target: Level | None = None
    plan: Plan | None = None

    @property
    def campaign(self) -> Campaign:
        """The one that was judged."""
        return self.offer.campaign

    @property
    def open(self) -> bool:
        """Whether there is something to do."""
        return self.standing is Standing.OPEN


def judge_offers(offers: Sequence[Offer], vehicle: Vehicle, open_list: frozenset[str] | None) -> tuple[Judged, ...]:
    """Every campaign held against the vehicle, in the order given.

    Args:
        open_list: VINs the manufacturer shows as open; None: no list was given.

    Raises:
        CampaignError: a campaign and its level catalogue do not fit each other.
    """
    return tuple(_judged(offer, vehicle, open_list) for offer in offers)


def _judged(offer: Offer, vehicle: Vehicle, open_list: frozenset[str] | None) -> Judged:
    eligibility = judge(offer.campaign, vehicle, open_list)
    match eligibility:
        case NotAffected(why):
            return Judged(offer, Standing.NOT_AFFECTED, why)
        case CannotDecide(why, supply):
            return Judged(offer, Standing.CANNOT_DECIDE, f"{why}; {supply}")
        case _:
            pass
    if vehicle.vin is None:
        return Judged(offer, Standing.CANNOT_DECIDE, "the VIN could not be read; read it again, ignition on")
    try:
        plan = measures_plan(offer.campaign, offer.catalogue, eligibility, vehicle, vin=vehicle.vin.text)
    except RefusedError as refusal:
        return Judged(offer, Standing.REFUSED, str(refusal).rstrip("."), eligibility.target)
    return _planned(offer, eligibility, plan)


def _planned(offer: Offer, eligibility: Affected | AlreadyAtTarget, plan: Plan) -> Judged:
    target = eligibility.target
    if plan.changes_something:
        return Judged(offer, Standing.OPEN, eligibility.why, target, plan)
    if isinstance(eligibility, AlreadyAtTarget):
        return Judged(offer, Standing.ALREADY_AT_TARGET, eligibility.why, target, plan)
    if not offer.campaign.raises_level:
        why = "every control unit of it already carries the target software"
        return Judged(offer, Standing.ALREADY_AT_TARGET, why, target, plan)
    if plan.raises_level:
        return Judged(offer, Standing.OPEN, eligibility.why, target, plan)
    why = f"there is nothing that it could program, and {plan.level_why}"
    return Judged(offer, Standing.REFUSED, why, target, plan)
