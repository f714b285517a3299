"""The measures plan: which control unit, from which software to which, why, how long, and where not to unplug.

Made once, before the first request that changes anything, and then frozen: its hash is in journal and report, and it
carries the hash of the campaign it was made from.  A control unit that already carries the target is left alone;
programming it would be a needless risk.  What speaks against programming a unit (`campaign.suitability`) refuses the
whole plan, before contact (law 2).

Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.campaign.eligibility import Affected, AlreadyAtTarget, CannotDecide, Eligibility, NotAffected
from appliance.campaign.model import Campaign, CampaignUnit
from appliance.campaign.needs import require_needs
from appliance.campaign.plan_unit import RATE_BYTES_PER_S, Action, PlanUnit, Untouched, line
from appliance.campaign.recode import changes_for, coding_words
from appliance.campaign.software import SOFTWARE, listed
from appliance.campaign.suitability import require_suitable, where
from appliance.campaign.turns import Turns
from appliance.car.coding import Change
from appliance.car.own_voltage import OwnVoltage
from appliance.car.sgbm import SgbmId
from appliance.car.svk import missing_and_surplus
from appliance.car.vehicle import UnitSeen
from appliance.car.vehicle_order import VehicleOrder
from appliance.errors import RefusedError
from appliance.values import to_json

__all__ = [
    "Action",
    "Plan",
    "PlanUnit",
    "Untouched",
    "campaign_hash",
    "line",
    "make_plan",
    "plan_hash",
    "value_hash",
]

CARRIED = "it already carries the target software, and its own check passed"
CODED_IF_NEEDED = (
    "it already carries the target software; its coding data are read, and written where they are not so yet"
)
AT_LEVEL = "the vehicle already has the target integration level or a higher one"
ON_ITS_WORD = "on the campaign's word: no level catalogue says which control units the level stands for"
ALONE = "control units programmed alone do not make the vehicle's level"


@dataclass(frozen=True, slots=True)
class Plan:
    """The measures plan of one vehicle.

    Attributes:
        vin: `unknown` when it could not be read.
        target: The integration level the vehicle has afterwards; empty: it is not touched.
        why: What eligibility said.
        body_address: As in the campaign.
        supply: Whom to ask for a second opinion about the supply, and how, in this order; as in the campaign.
        campaign_hash: SHA-256 of everything in the campaign, so that a resumed run notices another one.
        recovers: It programs one stuck control unit and nothing else (`campaign.recovery`).
        max_open: How many control units are programmed at the same time, at most.
        untouched: Control units of the level catalogue, or of the vehicle, that are no units of this plan, and why.
        level_why: Why the integration level is written at the end, or why not; empty in a recovery.
        catalogue_hash: SHA-256 of everything in the level catalogue; empty: the campaign goes by none.
        fulfils: Ids of other campaigns that this plan carries out as well (`campaign.together`).
    """

    campaign_id: str
    campaign_hash: str
    title: str
    vin: str
    target: str
    why: str
    body_address: int | None
    units: tuple[PlanUnit, ...]
    supply: tuple[OwnVoltage, ...] = ()
    recovers: bool = False
    max_open: int = 1
    untouched: tuple[Untouched, ...] = ()
    level_why: str = ""
    catalogue_hash: str = ""
    fulfils: tuple[str, ...] = ()

    @property
    def raises_level(self) -> bool:
        """Whether the integration level is written when every control unit is proven; `level_why` says why."""
        return bool(self.target)

    @property
    def groups(self) -> tuple[tuple[PlanUnit, ...], ...]:
        """What is prepared together, group after group, in the plan's order; in a group `turns` says who begins when.

        A group ends where somebody is alone.  One after the other, each is a group of its own.
        """
        groups: list[tuple[PlanUnit, ...]] = []
        for unit in self.units:
            if unit.action is Action.NONE:
                continue
            last = groups[-1] if groups else ()
            apart = unit.alone or any(one.alone for one in last)
            if last and self.max_open > 1 and not apart:
                groups[-1] = (*last, unit)
            else:
                groups.append((unit,))
        return tuple(groups)

    @property
    def turns(self) -> Turns:
        """Who of a group may be at work at the same time."""
        return Turns(self.max_open, frozenset(unit.address for unit in self.units if unit.critical))

    @property
    def expected_s(self) -> float:
        """All control units one after the other, worst case."""
        return sum(unit.expected_s for unit in self.units)

    @property
    def changes_something(self) -> bool:
        """Whether any control unit is programmed or coded."""
        return any(unit.action is not Action.NONE for unit in self.units)


def make_plan(
    campaign: Campaign,
    eligibility: Eligibility,
    units_seen: Sequence[UnitSeen],
    *,
    vin: str,
    order: VehicleOrder | None = None,
    rate_bytes_per_s: float = RATE_BYTES_PER_S,
) -> Plan:
    """What is to be done to an affected vehicle.

    Args:
        vin: For the report; `unknown` when it could not be read.
        order: The vehicle order, for rules of new coding; None: it could not be read.
        rate_bytes_per_s: Measured or assumed throughput of a download.

    Raises:
        RefusedError: the vehicle is not for this campaign, or a control unit is silent, of other hardware, has
            software the campaign does not start from, may not be programmed any more, or cannot be told its new coding.
    """
    if campaign.levels:
        raise RefusedError(
            f"the campaign goes by the level catalogue {campaign.levels}, which is not there",
            where=f"campaign {campaign.id}",
            do="import the repository that has both; nothing was changed",
        )
    due = due_for(campaign, eligibility)
    seen = {one.address: one for one in units_seen}

    def planned(unit: CampaignUnit, found: UnitSeen | None) -> PlanUnit:
        if not isinstance(due, Affected):
            return line(unit, found, *leave_alone(unit, found), rate_bytes_per_s)
        changes = changes_for(unit, order)
        return line(unit, found, *decide(unit, found, changes), rate_bytes_per_s, changes)

    in_order = sorted(campaign.units, key=lambda unit: unit.order)
    units = tuple(planned(unit, seen.get(unit.address)) for unit in in_order)
    require_needs(campaign, units_seen, [one.address for one in units if one.action is Action.PROGRAM])
    return Plan(
        campaign_id=campaign.id,
        campaign_hash=campaign_hash(campaign),
        title=campaign.title,
        vin=vin,
        target=str(due.target) if campaign.raises_level else "",
        why=due.why,
        body_address=campaign.body_address,
        units=units,
        supply=campaign.supply,
        max_open=campaign.max_open,
        level_why=ON_ITS_WORD if campaign.raises_level else ALONE,
    )


def plan_hash(plan: Plan) -> str:
    """SHA-256 of the plan's canonical JSON, in hex."""
    return value_hash(plan)


def campaign_hash(campaign: Campaign) -> str:
    """SHA-256 of everything in a campaign, in hex."""
    return value_hash(campaign)


def decide(unit: CampaignUnit, seen: UnitSeen | None, changes: Sequence[Change] = ()) -> tuple[Action, str]:
    """What an affected vehicle's control unit needs, and why.

    Args:
        changes: Its new coding in this vehicle.

    Raises:
        RefusedError: it is silent, or `campaign.suitability` speaks against it.
    """
    if seen is None or seen.svk is None:
        raise RefusedError(
            "it did not name its hardware and software (DID F101), expected an answer",
            where=where(unit),
            do="ignition on, charger connected; check that the vehicle has this control unit, then read again",
        )
    require_suitable(unit, seen, seen.svk)
    missing, surplus = missing_and_surplus(seen.svk.entries, unit.target_software, SOFTWARE)
    if unit.datablocks and seen.in_bootloader:
        why = f"its software is not proven ({seen.svk.check.explanation}): it is programmed again"
        return Action.PROGRAM, why + coding_words(changes)
    if unit.datablocks and (missing or surplus):
        why = f"it carries {listed(surplus)}, the target is {listed(missing)}{_lowered(unit, surplus)}"
        return Action.PROGRAM, why + coding_words(changes)
    if changes:
        return Action.CODE, CODED_IF_NEEDED + coding_words(changes)
    if unit.datablocks or not unit.coding:
        return Action.NONE, CARRIED
    return Action.CODE, "it already carries the target software and is only coded"


def _lowered(unit: CampaignUnit, surplus: tuple[SgbmId, ...]) -> str:
    higher = tuple(one for one in surplus if one in unit.lowers)
    return f"; {listed(higher)} is higher and replaced on the campaign's word: {unit.lowers_why}" if higher else ""


def leave_alone(unit: CampaignUnit, seen: UnitSeen | None) -> tuple[Action, str]:
    """A vehicle at the target level is not touched; but one with a dead control unit is not called done either.

    Raises:
        RefusedError: its software is not proven.
    """
    require_alive(seen, where(unit))
    return Action.NONE, AT_LEVEL


def require_alive(seen: UnitSeen | None, at: str) -> None:
    """That a control unit of a vehicle at the target level, called `at`, is not in its bootloader.

    Raises:
        RefusedError: it is.
    """
    if seen and seen.svk and seen.in_bootloader:
        raise RefusedError(
            "the vehicle has the target integration level, but this control unit's software is not proven: found "
            f"{listed(seen.svk.entries)}, {seen.svk.check.explanation}",
            where=at,
            do="program this control unit again with the dealer tool before the vehicle is given back",
        )


def due_for(campaign: Campaign, eligibility: Eligibility) -> Affected | AlreadyAtTarget:
    """As `require_due`; where no level is raised, the one the vehicle has does not speak for its control units.

    Raises:
        RefusedError: as `require_due`.
    """
    due = require_due(eligibility)
    return due if campaign.raises_level else Affected(due.why, due.target)


def require_due(eligibility: Eligibility) -> Affected | AlreadyAtTarget:
    """The verdict on a vehicle the campaign is for.

    Raises:
        RefusedError: it is not, or that cannot be decided.
    """
    match eligibility:
        case NotAffected(why):
            raise RefusedError(f"the vehicle is not affected: {why}")
        case CannotDecide(why, supply):
            raise RefusedError(f"it cannot be decided whether the vehicle is affected: {why}", do=supply)
        case _:
            return eligibility


def value_hash(value: object) -> str:
    """SHA-256 of a dataclass's canonical JSON, in hex."""
    return hashlib.sha256(to_json(value).encode("utf-8")).hexdigest()
