"""SVT actual against SVT target: what each control unit of the car is held to, and what speaks against the level.

Rules.  For every control unit of the level catalogue:

1. One that names its software is held to the variant it is (`campaign.variants`), whatever the vehicle order says.
   One that should be fitted and is silent is refused, and so is one of no known variant.
2. Behind, and the catalogue brings its software: programmed.  At the level: left alone, or only coded, if a rule of
   new coding applies or there is nothing else to do.  Higher than
   the level, unit for unit: left alone; nothing is replaced by something lower.
3. What cannot be brought to the level (the catalogue has no software for it, or the campaign programs `only` others) is
   left alone and blocks the level.  So does whoever answers and is in no list.  Nobody of them blocks more than that:
   the level belongs to the vehicle, a control unit's software to the control unit (law 9).
4. A control unit the campaign has an entry of its own for is the campaign's; the catalogue is not asked about it.

Everything that is refused is refused at once, by name.  Pure.  Sources: facts.md §4, §5.5; decision 0026.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from appliance.campaign.catalogue import Catalogue, CatalogueUnit, Fitted, Place, as_campaign_unit
from appliance.campaign.model import Campaign, CampaignUnit
from appliance.campaign.plan import CARRIED, CODED_IF_NEEDED, decide
from appliance.campaign.plan_unit import Action, Untouched
from appliance.campaign.recode import changes_for, coding_words
from appliance.campaign.software import SOFTWARE, listed, name, version
from appliance.campaign.variants import variant_of, where
from appliance.car.addresses import name_of
from appliance.car.coding import Change
from appliance.car.svk import Svk, missing_and_surplus
from appliance.car.vehicle import UnitSeen, Vehicle
from appliance.errors import RefusedError

GATEWAY = 0x10  # facts.md §1, confirmed
_READ_AGAIN = "ignition on, charger connected; check that the vehicle has this control unit, then read again"


@dataclass(frozen=True, slots=True)
class Measure:
    """A control unit that is held to a target, what is done to it, and why; `changes`: its new coding."""

    unit: CampaignUnit
    place: Place
    action: Action
    why: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """What is compared: a campaign, its catalogue, and the vehicle as observed."""

    campaign: Campaign
    catalogue: Catalogue
    vehicle: Vehicle


@dataclass(frozen=True, slots=True)
class Compared:
    """The whole car against its target; measures in the catalogue's order, the campaign's own behind them."""

    measures: tuple[Measure, ...]
    untouched: tuple[Untouched, ...]


def compare_with_target(case: Case) -> Compared:
    """Hold every control unit of an affected vehicle against campaign and catalogue.

    Raises:
        RefusedError: every control unit that speaks against it, with its reason.
    """
    found: list[Measure | Untouched] = []
    refusals: list[RefusedError] = []
    for unit in _subjects(case):
        try:
            found.append(_own(case, unit) if isinstance(unit, CampaignUnit) else _of_level(case, unit))
        except RefusedError as refusal:
            refusals.append(refusal)
    if refusals:
        raise together(refusals)
    return Compared(
        tuple(one for one in found if isinstance(one, Measure)),
        (*(one for one in found if isinstance(one, Untouched)), *_bystanders(case)),
    )


def together(refusals: list[RefusedError]) -> RefusedError:
    """Several refusals (at least one) as one that names them all."""
    if len(refusals) == 1:
        return refusals[0]
    what = "; ".join(f"{one.where}: {one.what}" for one in refusals)
    return RefusedError(f"{len(refusals)} control units speak against it: {what}", do=refusals[0].do)


def _subjects(case: Case) -> Iterator[CampaignUnit | CatalogueUnit]:
    for unit in case.catalogue.units:
        yield case.campaign.unit(unit.address) or unit
    for own in sorted(case.campaign.units, key=lambda one: one.order):
        if case.catalogue.unit(own.address) is None:
            yield own


def _own(case: Case, unit: CampaignUnit) -> Measure:
    listed_as = case.catalogue.unit(unit.address)
    place = listed_as.place if listed_as else Place.BETWEEN
    changes = changes_for(unit, case.vehicle.order)
    action, why = decide(unit, case.vehicle.unit(unit.address), changes)
    return Measure(_guarded(case, unit), place, action, why, changes)


def _of_level(case: Case, unit: CatalogueUnit) -> Measure | Untouched:
    chosen = not case.campaign.only or unit.address in case.campaign.only
    try:
        return _held(case, unit, chosen=chosen)
    except RefusedError as refusal:
        if chosen:
            raise
        return _untouched(unit, f"this campaign does not program it, and {refusal.what}", blocks_level=True)


def _held(case: Case, unit: CatalogueUnit, *, chosen: bool) -> Measure | Untouched:
    """A control unit of the level, held to the variant it is.

    Args:
        chosen: The campaign programs it where it is behind.

    Raises:
        RefusedError: it is silent and fitted, of no known variant, or `campaign.suitability` speaks against it.
    """
    seen = case.vehicle.unit(unit.address)
    if seen is None:
        return _untouched(unit, _absent(case, unit))
    if seen.svk is None:
        raise RefusedError("it answers and does not name its hardware and software", where=where(unit), do=_READ_AGAIN)
    target = as_campaign_unit(unit, variant_of(unit, seen.svk, case.catalogue.id))
    if _higher(target, seen, seen.svk):
        return _untouched(unit, f"it carries {_software(seen.svk)}, which is higher than the level's: left as it is")
    behind = _behind(target, seen, seen.svk)
    if behind and not chosen:
        return _untouched(unit, f"{behind}; this campaign does not program it", blocks_level=True)
    if behind and not target.datablocks:
        return _untouched(unit, f"{behind}; the catalogue brings no software for it", blocks_level=True)
    if not chosen:
        return _untouched(unit, "it carries the level's software; this campaign does not program it")
    guarded, changes = _guarded(case, target), changes_for(target, case.vehicle.order)
    # Not asked whether it may be programmed: a spent programming counter is no fault of one that is not.
    if not behind and changes:
        return Measure(guarded, unit.place, Action.CODE, CODED_IF_NEEDED + coding_words(changes), changes)
    if not behind and (target.datablocks or not target.coding):
        return Measure(guarded, unit.place, Action.NONE, CARRIED)
    return Measure(guarded, unit.place, *decide(target, seen, changes), changes)


def _absent(case: Case, unit: CatalogueUnit) -> str:
    """Why it may be silent.

    Raises:
        RefusedError: it may not.
    """
    if unit.fitted is Fitted.EITHER:
        return "it does not answer; whether it is fitted, the vehicle order does not tell"
    if unit.fitted is Fitted.ALWAYS:
        raise RefusedError(
            "it does not answer, and every vehicle of this level has it", where=where(unit), do=_READ_AGAIN
        )
    order = case.vehicle.order
    if order is None:
        raise RefusedError(
            "it does not answer, and whether it is fitted cannot be told without the vehicle order",
            where=where(unit),
            do="read the vehicle order again, ignition on (DID 3F06, gateway)",
        )
    if present := [one for one in unit.options if one in order.options]:
        raise RefusedError(
            f"it does not answer, and by the vehicle order ({', '.join(present)}) it is fitted",
            where=where(unit),
            do=_READ_AGAIN,
        )
    return f"not fitted: the vehicle order has none of {', '.join(unit.options)}"


def _behind(target: CampaignUnit, seen: UnitSeen, svk: Svk) -> str:
    """In which way it is not at the level; empty: it is."""
    if seen.in_bootloader:
        return f"its software is not proven ({svk.check.explanation})"
    missing, surplus = missing_and_surplus(svk.entries, target.target_software, SOFTWARE)
    return f"it carries {listed(surplus)}, the level's is {listed(missing)}" if missing or surplus else ""


def _higher(target: CampaignUnit, seen: UnitSeen, svk: Svk) -> bool:
    """Whether it is past the level: each unit of software the level's or higher, and one of them higher."""
    present = {name(one): one for one in svk.entries if one.class_name in SOFTWARE}
    wanted = {name(one): one for one in target.target_software}
    if seen.in_bootloader or present.keys() != wanted.keys() or any(one in target.lowers for one in present.values()):
        return False
    steps = [(version(present[key]), version(wanted[key])) for key in wanted]
    return all(found >= level for found, level in steps) and any(found > level for found, level in steps)


def _guarded(case: Case, unit: CampaignUnit) -> CampaignUnit:
    """Gateway and body are nobody's neighbours: everybody's messages and terminal 15 hang on them (decision 0021)."""
    vital = unit.address in (GATEWAY, case.campaign.body_address)
    return replace(unit, alone=unit.alone or vital, critical=unit.critical or vital)


def _bystanders(case: Case) -> tuple[Untouched, ...]:
    """Who answers and is no control unit of catalogue or campaign."""
    outside = {one.address: one for one in case.catalogue.outside}
    return tuple(
        Untouched(seen.address, outside[seen.address].name, f"outside the level: {outside[seen.address].why}")
        if seen.address in outside
        else Untouched(
            seen.address,
            name_of(seen.address),
            f"it answers, and the level catalogue {case.catalogue.id} does not know it",
            blocks_level=True,
        )
        for seen in case.vehicle.units
        if case.catalogue.unit(seen.address) is None and case.campaign.unit(seen.address) is None
    )


def _untouched(unit: CatalogueUnit, why: str, *, blocks_level: bool = False) -> Untouched:
    return Untouched(unit.address, unit.name, why, blocks_level)


def _software(svk: Svk) -> str:
    return listed(tuple(one for one in svk.entries if one.class_name in SOFTWARE))
