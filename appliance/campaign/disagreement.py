"""Do open campaigns contradict each other on this vehicle?  Asked before anything is written (`campaign.together`, 1).

`campaign.fit` asks the same of files, for any vehicle there may be, and refuses them at the import.  Here the vehicle
is known, and with it what each control unit is.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product

from appliance.campaign.plan_unit import PlanUnit
from appliance.campaign.reach import below, covers, label, leaves, target_of, units_of
from appliance.campaign.selection import Judged
from appliance.campaign.software import listed, name, version
from appliance.car.coding import differ, includes
from appliance.car.vehicle import Vehicle
from appliance.errors import RefusedError


def require_agreeing(due: Sequence[Judged], vehicle: Vehicle) -> None:
    """Check that open campaigns do not contradict each other.

    Raises:
        RefusedError: every contradiction there is.
    """
    found = [what for one, other in combinations(due, 2) for what in _between(one, other, vehicle)]
    if found:
        raise RefusedError(
            f"campaigns contradict each other: {'; '.join(found)}",
            do="ask your publisher to withdraw or correct one of them; nothing was changed",
        )


def _between(one: Judged, other: Judged, vehicle: Vehicle) -> Iterator[str]:
    low, high = (other, one) if below(other, one) else (one, other)
    theirs = {unit.address: unit for unit in units_of(high)}
    for unit in units_of(low):
        same = theirs.get(unit.address)
        if same is None:
            continue
        if not _goes_on(low, high, unit, same):
            yield (
                f"{label(unit)} is to carry {listed(target_of(unit))} by {low.campaign.id} and "
                f"{listed(target_of(same))} by {high.campaign.id}"
            )
        yield from _coded(low, high, unit, same)
    if one.campaign.raises_level and other.campaign.raises_level:
        yield from _levels(low, high, vehicle)


def _coded(low: Judged, high: Judged, unit: PlanUnit, same: PlanUnit) -> Iterator[str]:
    """New coding that cannot be had from both: bits set differently, or left out by the level that goes further."""
    differing = [(a, b) for a, b in product(unit.changes, same.changes) if differ(a, b)]
    for one, other in differing:
        yield (
            f"{label(unit)} is to be coded {one.words} by {low.campaign.id}, and {other.words} by {high.campaign.id}"
        )
    if below(low, high) and not differing and not includes(same.changes, unit.changes):
        named = "; ".join(change.words for change in unit.changes)
        yield f"{label(unit)} is to be coded {named} by {low.campaign.id}, and {high.campaign.id} goes on without that"


def _levels(low: Judged, high: Judged, vehicle: Vehicle) -> Iterator[str]:
    known = {unit.address for unit in units_of(high)}
    named = low.campaign.levels, high.campaign.levels
    if below(low, high):
        for unit in units_of(low):
            if unit.address not in known and not leaves(high, vehicle, unit):
                yield (
                    f"{high.campaign.id} raises the level to {high.target} and does not know {label(unit)}, which "
                    f"{low.campaign.id} brings to {listed(target_of(unit))} for {low.target}"
                )
    elif all(named) and named[0] != named[1] and not (covers(low, high, vehicle) or covers(high, low, vehicle)):
        yield (
            f"{low.campaign.id} goes by the level catalogue {named[0]}, {high.campaign.id} by {named[1]}, and neither "
            "carries out the other"
        )


def _goes_on(low: Judged, high: Judged, before: PlanUnit, after: PlanUnit) -> bool:
    """Whether both mean the same software for a control unit, or the higher level goes on from the lower one's."""
    old = {name(one): version(one) for one in target_of(before)}
    new = {name(one): version(one) for one in target_of(after)}
    return old == new or (below(low, high) and old.keys() == new.keys() and all(new[key] >= old[key] for key in old))
