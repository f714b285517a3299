"""New coding: which rules of a campaign apply to a vehicle, by its vehicle order.

Rules.  A rule applies if the order has everything in `with` and nothing in `without`.  A rule that asks for neither
applies to every vehicle.  Without a readable order nothing is decided that asks for one (law 3).  Two rules that set
one bit differently contradict each other: for any vehicle where one applies wherever the other does, which is refused
in the file, else for the vehicle both apply to, which is refused with its plan.

What applies is frozen in the measures plan, as changes; the bytes come of them and of what was saved (`car.coding`).
Pure.  Source: decision 0030.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from appliance.campaign.model import CampaignUnit, Recode
from appliance.campaign.suitability import where
from appliance.car.coding import Change, contradiction, differ
from appliance.car.vehicle_order import VehicleOrder
from appliance.errors import RefusedError
from appliance.toml_file import KeyPath


def changes_for(unit: CampaignUnit, order: VehicleOrder | None) -> tuple[Change, ...]:
    """What is written anew of a control unit's coding data in a vehicle of this order, in the file's sequence.

    Args:
        order: None: it could not be read.

    Raises:
        RefusedError: a rule asks for the order, and there is none; or two that apply contradict each other.
    """
    if order is None and asks_for_order(unit):
        raise RefusedError(
            "how it is to be coded cannot be decided without the vehicle order",
            where=where(unit),
            do="read the vehicle order again, ignition on (DID 3F06, gateway); nothing was changed",
        )
    elements = order.elements if order else frozenset()
    changes = tuple(change_of(rule) for rule in unit.recode if applies(rule, elements))
    if found := contradiction(changes):
        raise RefusedError(
            f"by this vehicle order its new coding contradicts itself: {found[0].words}; {found[1].words}",
            where=where(unit),
            do="tell the campaign's author; nothing was changed",
        )
    return changes


def asks_for_order(unit: CampaignUnit) -> bool:
    """Whether any of its rules depends on the vehicle order."""
    return any(rule.with_ or rule.without for rule in unit.recode)


def applies(rule: Recode, elements: frozenset[str]) -> bool:
    """Whether a rule is for a vehicle whose order has these elements."""
    return elements.issuperset(rule.with_) and elements.isdisjoint(rule.without)


def change_of(rule: Recode) -> Change:
    """What a rule does where it applies."""
    return Change(rule.did, rule.byte, rule.mask, rule.value, rule.why)


def coding_words(changes: Sequence[Change]) -> str:
    """New coding as a sentence goes on with it; empty: there is none."""
    return "".join(f"; new coding: {change.words}" for change in changes)


def recode_problems(unit: CampaignUnit) -> Iterator[tuple[KeyPath, str]]:
    """What contradicts itself in the rules of one control unit; key paths begin inside it."""
    for index, rule in enumerate(unit.recode):
        at: KeyPath = ("recode", index)
        if rule.did not in unit.coding:
            yield (*at, "did"), f"{rule.did:04X} is not in coding: only what is saved before can be coded anew"
        if rule.value & ~rule.mask:
            yield (*at, "value"), f"{rule.value:02X} has bits that the mask {rule.mask:02X} has not"
        if both := sorted({*rule.with_} & {*rule.without}):
            yield (*at, "without"), f"{', '.join(both)} is in with as well, so that the rule never applies"
    for (_, one), (index, other) in combinations(enumerate(unit.recode), 2):
        if differ(change_of(one), change_of(other)) and (_implies(one, other) or _implies(other, one)):
            yield ("recode", index), f"it sets bits of {other.did:04X} byte {other.byte} differently than: {one.why}"


def _implies(one: Recode, other: Recode) -> bool:
    """Whether the other applies wherever this one does."""
    return {*other.with_} <= {*one.with_} and {*other.without} <= {*one.without}
