"""Several campaigns of one level as one: whoever pays for it keeps its bulletin, the others lend their control units.

Rules.  What is named twice stays as the first one has it, and the other's new coding is added to it; whether the two
agree is asked elsewhere (`campaign.together`).  The order of work is that of the files, by number; where two have one
number, the first campaign's goes first.  As few control units are open at the same time as the most careful of them
allows.  Of two that go by one level catalogue, each only in part, the parts add up.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from appliance.campaign.model import Campaign, CampaignUnit
from appliance.campaign.selection import Offer
from appliance.car.own_voltage import OwnVoltage


def joined(first: Offer, others: Sequence[Offer]) -> Offer:
    """The first one, with the control units of the others."""
    for other in others:
        first = _with(first, other)
    return first


def _with(first: Offer, other: Offer) -> Offer:
    one, two = first.campaign, other.campaign
    if first.catalogue is None:
        catalogue, levels, only = other.catalogue, two.levels, two.only
    else:
        catalogue, levels, only = first.catalogue, one.levels, _parts(first, other)
    campaign = replace(
        one,
        units=_units(one, two),
        levels=levels,
        only=only,
        body_address=two.body_address if one.body_address is None else one.body_address,
        supply=_supply(one, two),
        max_open=min(one.max_open, two.max_open),
    )
    return Offer(campaign, catalogue)


def _parts(first: Offer, other: Offer) -> tuple[int, ...]:
    mine, theirs = first.campaign.only, other.campaign.only
    if other.catalogue is None:
        return mine
    return (*mine, *(address for address in theirs if address not in mine)) if mine and theirs else ()


def _units(one: Campaign, two: Campaign) -> tuple[CampaignUnit, ...]:
    known = {unit.address for unit in one.units}
    mine = (_coded_by_both(unit, two.unit(unit.address)) for unit in one.units)
    every = (*mine, *(unit for unit in two.units if unit.address not in known))
    ordered = sorted(every, key=lambda unit: unit.order)  # stable
    return tuple(replace(unit, order=number) for number, unit in enumerate(ordered, start=1))


def _coded_by_both(unit: CampaignUnit, other: CampaignUnit | None) -> CampaignUnit:
    if other is None:
        return unit
    rules = tuple(dict.fromkeys((*unit.recode, *other.recode)))
    coding = tuple(dict.fromkeys((*unit.coding, *(rule.did for rule in rules))))
    return replace(unit, recode=rules, coding=coding)


def _supply(one: Campaign, two: Campaign) -> tuple[OwnVoltage, ...]:
    known = {(ask.address, ask.did) for ask in one.supply}
    return (*one.supply, *(ask for ask in two.supply if (ask.address, ask.did) not in known))
