"""A plan for one stuck control unit: which campaign of the cache has its software, and what proves that it fits.

What the vehicle cannot prove any more (its gateway or body control unit may be the dead one), the control unit must:

1. its hardware (HWEL) and bootloader (BTLD) are ones the software is made for; a campaign without a list of
   bootloaders recovers nothing;
2. software it still names is of the campaign's units, and not higher;
3. what the vehicle does say must not contradict: main series, body and type key, where they can be read;
4. nothing of the vehicle is changed: no integration level, no other control unit (law 9).

New coding is by the campaign's rules, as ever; but where they ask for a vehicle order that cannot be read, they are
left out, and the plan says so: the gateway that holds the order may be the dead one, and software comes before coding.

A unit that does not name its hardware any more may be known from an earlier run of ours: the caller brings that SVK.
Pure.  Sources: decision 0020; facts.md §5.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance.campaign.catalogue import Catalogue, brought_to
from appliance.campaign.eligibility import body_of
from appliance.campaign.model import Campaign, CampaignUnit
from appliance.campaign.plan import Action, Plan, campaign_hash, line
from appliance.campaign.recode import asks_for_order, changes_for, coding_words
from appliance.campaign.software import SOFTWARE, name
from appliance.campaign.suitability import require_suitable, where
from appliance.car.condition import Condition
from appliance.car.svk import ProgrammingCheck, Svk
from appliance.car.vehicle import UnitSeen, Vehicle
from appliance.errors import RefusedError

UNKNOWN_VIN = "unknown"
NOT_CODED_ANEW = "; its new coding is left out, because it cannot be decided without the vehicle order"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a control unit's software comes from."""

    campaign: Campaign
    unit: CampaignUnit


def sources_of(campaigns: Sequence[Campaign], address: int, catalogue: Catalogue | None = None) -> tuple[Source, ...]:
    """Every campaign's entry for this control unit that brings software; none is an empty tuple.

    Args:
        catalogue: Each of its variants is an entry of the campaign that goes by it; None: there is none.
    """
    return tuple(
        Source(campaign, unit)
        for campaign in campaigns
        for unit in brought_to(campaign, catalogue)
        if unit.address == address and unit.datablocks
    )


def recovery_source(
    campaigns: Sequence[Campaign],
    vehicle: Vehicle,
    address: int,
    known: Svk | None,
    catalogue: Catalogue | None = None,
) -> Source:
    """The first entry of a campaign whose software fits the control unit.

    Args:
        catalogue: As for `sources_of`.
        known: Its SVK from an earlier run of the same vehicle, for one that names nothing now; None: there is none.

    Raises:
        RefusedError: there is no software for it, or why the first there is does not fit.
    """
    sources = sources_of(campaigns, address, catalogue)
    if not sources:
        raise RefusedError(
            "the firmware cache holds no software for this control unit",
            where=f"control unit 0x{address:02X}",
            do="import a campaign that has it; until then leave the charger on and do not replace the control unit",
        )
    return first_fit(sources, vehicle, known)


def first_fit(sources: Sequence[Source], vehicle: Vehicle, known: Svk | None) -> Source:
    """The first of these, which are not none, whose software fits.

    Raises:
        RefusedError: why the first one does not.
    """
    refusals: list[RefusedError] = []
    for source in sources:
        try:
            require_fit(source, vehicle, known)
        except RefusedError as refusal:
            refusals.append(refusal)
        else:
            return source
    raise refusals[0]


def recovery_plan(source: Source, vehicle: Vehicle, condition: Condition) -> Plan:
    """The measures plan that programs this one control unit and raises no level."""
    seen = vehicle.unit(source.unit.address) or UnitSeen(source.unit.address)
    why = f"it is {condition.words}"
    undecided = vehicle.order is None and asks_for_order(source.unit)
    changes = () if undecided else changes_for(source.unit, vehicle.order)
    coded = NOT_CODED_ANEW if undecided else coding_words(changes)
    planned = line(source.unit, seen, Action.PROGRAM, why + coded, changes=changes)
    unit = replace(planned, in_bootloader=True)
    campaign = source.campaign
    return Plan(
        campaign_id=campaign.id,
        campaign_hash=campaign_hash(campaign),
        title=f"Recovery of {source.unit.name} 0x{source.unit.address:02X}",
        vin=vehicle.vin.text if vehicle.vin else UNKNOWN_VIN,
        target="",
        why=why,
        body_address=campaign.body_address,
        units=(unit,),
        supply=tuple(one for one in campaign.supply if one.address != source.unit.address),
        recovers=True,
    )


def require_fit(source: Source, vehicle: Vehicle, known: Svk | None) -> None:
    """Whether this software may be written to the control unit at all.

    Args:
        known: As for `recovery_source`.

    Raises:
        RefusedError: what was found, what was expected, and what to do.
    """
    unit = source.unit
    seen = vehicle.unit(unit.address) or UnitSeen(unit.address)
    svk = seen.svk or known
    if svk is None:
        raise RefusedError(
            "it does not name its hardware, and no earlier run of this appliance knows it",
            where=where(unit),
            do="switch the ignition off and on and read it again; without proof of its hardware nothing is written",
        )
    if not unit.bootloader:
        raise RefusedError(
            f"the campaign {source.campaign.id} does not say which bootloaders it is made for",
            where=where(unit),
            do="use a campaign that lists them: for a unit in its bootloader that is half of the proof",
        )
    require_suitable(unit, replace(seen, svk=replace(svk, check=ProgrammingCheck.NOT_PASSED)), svk)
    _require_same_family(unit, svk)
    _require_uncontradicted(source, vehicle)


def _require_same_family(unit: CampaignUnit, svk: Svk) -> None:
    """Hardware is shared by variants; software it still names tells which one it was."""
    targets = {name(one) for one in unit.target_software}
    named = [one for one in svk.entries if one.class_name in SOFTWARE and not one.unknown]
    foreign = [one for one in named if name(one) not in targets]
    if foreign:
        raise RefusedError(
            f"it still names {', '.join(one.psdz for one in foreign)}, which is no unit of this software",
            where=where(unit),
            do="use a campaign made for this variant of the control unit; nothing was changed",
        )


def _require_uncontradicted(source: Source, vehicle: Vehicle) -> None:
    affected, at = source.campaign.affected, where(source.unit)
    level = vehicle.levels.current if vehicle.levels else None
    if level is not None and level.series not in affected.main_series:
        raise _for_others(at, f"the vehicle's main series is {level.series}", ", ".join(affected.main_series))
    order = vehicle.order
    if order is None:
        return
    if body_of(order) not in affected.bodies:
        raise _for_others(at, f"the vehicle order says {body_of(order)}", ", ".join(affected.bodies))
    if affected.type_keys and order.type_key not in affected.type_keys:
        raise _for_others(at, f"the vehicle's type key is {order.type_key}", ", ".join(affected.type_keys))


def _for_others(at: str, said: str, expected: str) -> RefusedError:
    return RefusedError(f"{said}, the software is for {expected}", where=at, do="use a campaign made for this vehicle")
