"""The measures plan of a campaign that goes by a level catalogue: every control unit that is behind, in order.

Rules.  The order is that of the needs: who needs software that another gets here comes behind it.  Where needs leave a
choice, first, between, last; then the catalogue's order.  Needs in a circle are refused by name.  With several at once,
one that waits for another is in no group with it, two critical ones are in no group, and gateway and body control unit
are alone.  The integration level is written only if nobody blocks it (law 9): every control unit of the vehicle is
then at the level, above it, or outside it.

`measures_plan` is the way in for every campaign, with and without a catalogue.  Pure.  Source: decision 0026.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from appliance.campaign.catalogue import Catalogue, Place
from appliance.campaign.eligibility import AlreadyAtTarget, Eligibility
from appliance.campaign.fit import require_fit
from appliance.campaign.model import Campaign, CampaignUnit
from appliance.campaign.needs import carries, proven_software, require_needs
from appliance.campaign.order import circle, in_order
from appliance.campaign.plan import (
    ALONE,
    AT_LEVEL,
    Plan,
    campaign_hash,
    due_for,
    leave_alone,
    make_plan,
    require_alive,
    value_hash,
)
from appliance.campaign.plan_unit import RATE_BYTES_PER_S, Action, PlanUnit, Untouched, line
from appliance.campaign.target import Case, Measure, compare_with_target
from appliance.campaign.variants import where
from appliance.car.integration_level import Level
from appliance.car.vehicle import Vehicle
from appliance.errors import RefusedError

_RANKS = {place: rank for rank, place in enumerate(Place)}


def measures_plan(
    campaign: Campaign,
    catalogue: Catalogue | None,
    eligibility: Eligibility,
    vehicle: Vehicle,
    *,
    vin: str,
    rate_bytes_per_s: float = RATE_BYTES_PER_S,
) -> Plan:
    """What is to be done to an affected vehicle.

    Args:
        catalogue: The one the campaign names; None: it names none, or there is none.
        vin, rate_bytes_per_s: As for `make_plan`.

    Raises:
        RefusedError: as `make_plan`; the catalogue is not there; needs in a circle.
        CampaignError: campaign and catalogue do not fit each other.
    """
    if catalogue is None or not campaign.levels:
        rate = rate_bytes_per_s
        return make_plan(campaign, eligibility, vehicle.units, vin=vin, order=vehicle.order, rate_bytes_per_s=rate)
    require_fit(campaign, catalogue)
    due = due_for(campaign, eligibility)
    case = Case(campaign, catalogue, vehicle)
    at_level = isinstance(due, AlreadyAtTarget)
    units, untouched = _left_alone(case) if at_level else _planned(case, rate_bytes_per_s)
    blocked = not campaign.raises_level or (not at_level and any(one.blocks_level for one in untouched))
    return Plan(
        campaign_id=campaign.id,
        campaign_hash=campaign_hash(campaign),
        title=campaign.title,
        vin=vin,
        target="" if blocked else str(due.target),
        why=due.why,
        body_address=campaign.body_address,
        units=units,
        supply=campaign.supply,
        max_open=campaign.max_open,
        untouched=untouched,
        level_why=AT_LEVEL if at_level else _level_why(campaign, due.target, catalogue, untouched),
        catalogue_hash=value_hash(catalogue),
    )


def looked_at(campaign: Campaign, catalogue: Catalogue | None) -> tuple[int, ...]:
    """Addresses of the control units that are asked for everything before the plan is made, each once, ascending."""
    own = {unit.address for unit in campaign.units}
    return tuple(sorted(own | {unit.address for unit in catalogue.units} if catalogue else own))


def require_at_level(campaign: Campaign, catalogue: Catalogue, vehicle: Vehicle) -> None:
    """Check, when everything was programmed, that the level is the vehicle's: nobody blocks it any more.

    The plan has said so beforehand; this asks the control units themselves (law 9).

    Raises:
        RefusedError: every control unit that is not at the level, with its reason.
    """
    compared = compare_with_target(Case(campaign, catalogue, vehicle))
    behind = [f"{_label(one.unit)}: {one.why}" for one in compared.measures if one.action is Action.PROGRAM]
    blocking = [one.sentence for one in compared.untouched if one.blocks_level]
    if behind or blocking:
        raise RefusedError(
            f"{catalogue.level} is not written, because not every control unit is at it: "
            f"{'; '.join((*behind, *blocking))}",
            do="press START to have what is behind programmed; the vehicle keeps the level it had",
        )


def _planned(case: Case, rate_bytes_per_s: float) -> tuple[tuple[PlanUnit, ...], tuple[Untouched, ...]]:
    compared = compare_with_target(case)
    measures = _ordered(case, compared.measures)
    units = tuple(replace(one.unit, order=number) for number, one in enumerate(measures, start=1))
    programmed = [one.unit.address for one in measures if one.action is Action.PROGRAM]
    require_needs(replace(case.campaign, units=units), case.vehicle.units, programmed)
    lines = (
        line(unit, case.vehicle.unit(unit.address), one.action, one.why, rate_bytes_per_s, one.changes)
        for unit, one in zip(units, measures, strict=True)
    )
    return tuple(lines), compared.untouched


def _ordered(case: Case, measures: Sequence[Measure]) -> tuple[Measure, ...]:
    waits = {number: _waits_for(case, one, measures) for number, one in enumerate(measures)}
    if found := circle(waits):
        names = [_label(measures[number].unit) for number in (*found, found[0])]
        raise RefusedError(
            f"there is no order to program them in: {', which needs '.join(names)}",
            where=f"level catalogue {case.catalogue.id}",
            do="tell the catalogue's author; nothing was changed",
        )
    ranks = [(_RANKS[one.place], number) for number, one in enumerate(measures)]
    return tuple(_apart(measures[number]) if waits[number] else measures[number] for number in in_order(ranks, waits))


def _apart(measure: Measure) -> Measure:
    """In no group with the one it waits for."""
    return replace(measure, unit=replace(measure.unit, alone=True))


def _waits_for(case: Case, measure: Measure, measures: Sequence[Measure]) -> tuple[int, ...]:
    """Who must be programmed before; what is there already is waited for by nobody."""
    if measure.action is not Action.PROGRAM:
        return ()
    unmet = [
        need
        for need in measure.unit.needs
        if not carries(proven_software(case.vehicle.unit(need.address)), need.software)
    ]
    return tuple(
        number
        for number, other in enumerate(measures)
        if other.action is Action.PROGRAM
        and any(
            need.address == other.unit.address and carries(other.unit.target_software, need.software) for need in unmet
        )
    )


def _left_alone(case: Case) -> tuple[tuple[PlanUnit, ...], tuple[Untouched, ...]]:
    """A vehicle at the level: nobody is touched, and nobody may be dead."""
    own = sorted(case.campaign.units, key=lambda one: one.order)
    seen = {one.address: one for one in case.vehicle.units}
    lines = tuple(line(unit, seen.get(unit.address), *leave_alone(unit, seen.get(unit.address))) for unit in own)
    others = [one for one in case.catalogue.units if one.address in seen and case.campaign.unit(one.address) is None]
    for unit in others:
        require_alive(seen[unit.address], where(unit))
    return lines, tuple(Untouched(unit.address, unit.name, AT_LEVEL) for unit in others)


def _level_why(campaign: Campaign, level: Level, catalogue: Catalogue, untouched: Sequence[Untouched]) -> str:
    if not campaign.raises_level:
        return ALONE
    blocking = [one.sentence for one in untouched if one.blocks_level]
    if blocking:
        return f"{level} is not written, because not every control unit is at it then: {'; '.join(blocking)}"
    return f"every control unit is at {level} then, by the level catalogue {catalogue.id}"


def _label(unit: CampaignUnit) -> str:
    return f"{unit.name} 0x{unit.address:02X}"
