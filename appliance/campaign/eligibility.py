"""Is this vehicle affected, done already, or is it not ours to say?

Rules, in this order; the first that decides is the verdict.

1. What is known to exclude the vehicle excludes it: main series, body, type key, level range, production date.
2. What would be needed and is not known ends in `CannotDecide`, with what to supply; never in "already at target".
3. The vehicle order gives the month of production only.  A month that lies partly in the window decides nothing: the
   manufacturer's list of open campaigns does.  Where there is a list, it also decides for every vehicle in the window.
4. An affected vehicle at its main series' target or above is done; levels of different main series do not compare.

Sources: the bulletin (window, "Open"); facts.md §4 (levels, confirmed) and §8 (month granularity, confirmed).
Pure.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from appliance.campaign.model import Campaign
from appliance.car.confidence import Confidence
from appliance.car.integration_level import Comparison, Level, compare, in_range
from appliance.car.vehicle import Vehicle
from appliance.car.vehicle_order import VehicleOrder

SUPPLY_LIST = "give the list of open campaigns (one VIN a line), as AIR, DCSnet or the key reader shows it"

_CREDIBLE = (Confidence.CONFIRMED, Confidence.LIKELY)


@dataclass(frozen=True, slots=True)
class NotAffected:
    """The bulletin is not about this vehicle."""

    why: str


@dataclass(frozen=True, slots=True)
class CannotDecide:
    """Something is unknown; `supply` says what would decide it."""

    why: str
    supply: str


@dataclass(frozen=True, slots=True)
class AlreadyAtTarget:
    """Affected, and its integration level is the target or above."""

    why: str
    target: Level


@dataclass(frozen=True, slots=True)
class Affected:
    """Affected and below the target."""

    why: str
    target: Level


Eligibility: TypeAlias = NotAffected | CannotDecide | AlreadyAtTarget | Affected


def judge(campaign: Campaign, vehicle: Vehicle, open_list: frozenset[str] | None) -> Eligibility:
    """Hold the vehicle against the bulletin.

    Args:
        open_list: VINs the manufacturer shows as open; None: no list was given.
    """
    level = vehicle.levels.current if vehicle.levels else None
    if level is None:
        return CannotDecide("the integration level could not be read", "read it again, ignition on (DID 100B, gateway)")
    target = campaign.target(level.series)
    if target is None:
        series = ", ".join(campaign.affected.main_series)
        return NotAffected(f"its main series is {level.series}, the campaign is for {series}")

    decided = _by_type(campaign, vehicle) or _by_level_range(campaign, level) or _by_date(campaign, vehicle, open_list)
    if decided:
        return decided
    match compare(level, target):
        case Comparison.MET:
            return AlreadyAtTarget(f"its integration level {level} is the target {target} or above", target)
        case Comparison.BELOW:
            return Affected(f"its integration level {level} is below the target {target}", target)
        case _:
            return CannotDecide(f"{level} and {target} do not compare", "check the campaign's targets")


def _by_type(campaign: Campaign, vehicle: Vehicle) -> NotAffected | CannotDecide | None:
    """Body and type key; None: they do not speak against it."""
    order, affected = vehicle.order, campaign.affected
    if order is None:
        return CannotDecide("the vehicle order could not be read", "read it again, ignition on (DID 3F06, gateway)")
    body = body_of(order)
    if body not in affected.bodies:
        return NotAffected(f"it is a {body}, the campaign is for {', '.join(affected.bodies)}")
    # A gateway from another car brings that car's order along; the VIN's body counts only where a real VIN backs it.
    vin = vehicle.vin
    if vin and vin.body_confidence in _CREDIBLE and vin.body not in affected.bodies:
        return CannotDecide(
            f"the vehicle order says {body}, the VIN {vin} says {vin.body}", "check which is this vehicle's"
        )
    if affected.type_keys and order.type_key not in affected.type_keys:
        return NotAffected(f"its type key is {order.type_key}, the campaign is for {', '.join(affected.type_keys)}")
    return None


def body_of(order: VehicleOrder) -> str:
    """The development code as bulletins print it: the order's `F056` is an `F56`, `F001` an `F01`."""
    series = order.series
    return series[0] + series[2:] if len(series) == 4 and series[1] == "0" else series


def _by_level_range(campaign: Campaign, level: Level) -> NotAffected | None:
    for one in campaign.affected.level_ranges:
        if in_range(level, one.min, one.below) is False:
            return NotAffected(f"its level {level} is not from {one.min} to below {one.below}")
    return None


def _by_date(
    campaign: Campaign, vehicle: Vehicle, open_list: frozenset[str] | None
) -> NotAffected | CannotDecide | None:
    """Production date and open list; None: it is in the window, and open if there is a list."""
    first, last = campaign.affected.produced_from, campaign.affected.produced_to
    ambiguous = ""
    if first and last:
        month = _production_month(vehicle)
        if month is None:
            return CannotDecide("the month of production is unknown", "read the vehicle order again, ignition on")
        month_first, month_last = month
        built = f"{month_first.month:02}/{month_first.year}"
        window = f"{first} to {last}"
        if month_last < first or month_first > last:
            return NotAffected(f"it was built in {built}, the campaign is for {window}")
        if month_first < first or month_last > last:
            ambiguous = f"it was built in {built}, which lies partly in {window}"
    if open_list is None:
        return CannotDecide(ambiguous, SUPPLY_LIST) if ambiguous else None
    if vehicle.vin is None:
        return CannotDecide(
            "the VIN could not be read, and the open list goes by VIN", "read the VIN again, ignition on"
        )
    if vehicle.vin.text not in open_list:
        return NotAffected(f"the campaign is not open for {vehicle.vin}: it is not on the list of open campaigns")
    return None


def _production_month(vehicle: Vehicle) -> tuple[date, date] | None:
    """First and last day of the month of production; None: unknown."""
    order = vehicle.order
    if order is None or order.year is None or order.month is None:
        return None
    return date(order.year, order.month, 1), date(
        order.year, order.month, calendar.monthrange(order.year, order.month)[1]
    )
