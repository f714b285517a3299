"""How far the programming of one campaign reaches: whether another one is carried out by it as well.  Pure."""

from __future__ import annotations

from appliance.campaign.needs import proven_software
from appliance.campaign.plan_unit import Action, PlanUnit
from appliance.campaign.selection import Judged
from appliance.campaign.software import name, version
from appliance.car.coding import includes
from appliance.car.integration_level import Comparison, compare
from appliance.car.sgbm import SgbmId, parse_sgbm
from appliance.car.vehicle import Vehicle


def below(one: Judged, other: Judged) -> bool:
    """Whether its target is the lower one; both are of the vehicle's main series."""
    return one.target is not None and other.target is not None and compare(one.target, other.target) is Comparison.BELOW


def covers(one: Judged, other: Judged, vehicle: Vehicle) -> bool:
    """Whether the control units of the other carry its software, or higher, when this one's plan is carried out."""
    return all(leaves(one, vehicle, unit) for unit in units_of(other))


def leaves(one: Judged, vehicle: Vehicle, unit: PlanUnit) -> bool:
    """Whether this control unit carries the software, or higher, and is coded, when this one's plan is carried out."""
    mine = next((planned for planned in units_of(one) if planned.address == unit.address), None)
    carried = target_of(mine) if mine else proven_software(vehicle.unit(unit.address))
    has = {name(entry): version(entry) for entry in carried}
    if any(name(wanted) not in has or has[name(wanted)] < version(wanted) for wanted in target_of(unit)):
        return False
    if not includes(mine.changes if mine else (), unit.changes):
        return False
    return unit.action is not Action.CODE or (mine is not None and mine.action is not Action.NONE)


def units_of(one: Judged) -> tuple[PlanUnit, ...]:
    """The control units of its measures plan; none without a plan."""
    return one.plan.units if one.plan else ()


def target_of(unit: PlanUnit) -> tuple[SgbmId, ...]:
    """The software it is to carry."""
    return tuple(parse_sgbm(text) for text in unit.software_target)


def label(unit: PlanUnit) -> str:
    """How messages name it."""
    return f"{unit.name} 0x{unit.address:02X}"
