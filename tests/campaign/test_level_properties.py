"""Random vehicles against random catalogues: what a plan never does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from appliance.campaign.catalogue import Catalogue, CatalogueUnit, Fitted, Outside, Place, Variant
from appliance.campaign.eligibility import AlreadyAtTarget
from appliance.campaign.level_plan import measures_plan
from appliance.campaign.model import Campaign
from appliance.campaign.plan import Action, Plan
from appliance.car.svk import ProgrammingCheck
from appliance.car.vehicle import UnitSeen, Vehicle
from appliance.errors import RefusedError
from tests.campaign.cars import VIN
from tests.campaign.levels import (
    AFFECTED,
    LEVEL,
    NEW,
    NEWER,
    OLD,
    after,
    campaign,
    car,
    catalogue,
    need,
    seen,
    unit,
    variant,
)

ADDRESSES = (0x10, 0x12, 0x18, 0x29, 0x40, 0x60)
T = TypeVar("T")
STRANGERS = (0x76, 0x78)  # in no list, and outside the level


@dataclass(frozen=True, slots=True)
class Case:
    """A campaign, its catalogue and a vehicle."""

    campaign: Campaign
    catalogue: Catalogue
    vehicle: Vehicle

    def plan(self) -> Plan:
        return measures_plan(self.campaign, self.catalogue, AFFECTED, self.vehicle, vin=VIN)

    def in_variant(self, found: UnitSeen) -> Variant:
        """The kind a control unit was drawn as."""
        its = self.catalogue.unit(found.address)
        assert its
        assert found.svk
        return next(one for one in its.variants if one.hwel[0] in found.svk.entries)


class Dice:
    """Choices out of one drawn number: a draw for each would be a hundred times slower."""

    def __init__(self, number: int) -> None:
        self._left = number

    def pick(self, options: Sequence[T]) -> T:
        self._left, index = divmod(self._left, len(options))
        return options[index]

    def one_in(self, count: int) -> bool:
        return self.pick(range(count)) == 0


def a_unit(address: int, others: Sequence[int], dice: Dice) -> CatalogueUnit:
    """One that may need the software of `others`."""
    needs = tuple(need(other, dice.pick((NEW, NEW, OLD))) for other in others if dice.one_in(3))
    made = [variant(address, *needs)]
    if dice.one_in(3):
        made.append(variant(address, kind=1))
    if dice.one_in(8):
        coding = (0x3000,) if dice.one_in(2) else ()
        made = [replace(one, datablocks=(), coding=coding) for one in made]
    return unit(
        address,
        variants=tuple(made),
        fitted=dice.pick((Fitted.EITHER, Fitted.EITHER, Fitted.BY_ORDER)),
        options=("205",),
        place=dice.pick(tuple(Place)),
        alone=dice.one_in(5),
        critical=dice.one_in(3),
    )


def a_found_unit(one: CatalogueUnit, dice: Dice) -> UnitSeen:
    kind = dice.pick(range(len(one.variants)))
    check = ProgrammingCheck.NOT_PASSED if dice.one_in(12) else ProgrammingCheck.PASSED
    return seen(one.address, dice.pick((OLD, OLD, OLD, OLD, OLD, OLD, NEW, NEWER)), kind=kind, check=check)


def a_case(number: int) -> Case:
    """Needs mostly go one way, so that mostly there is an order; the catalogue's own order is another."""
    dice = Dice(number)
    left = list(ADDRESSES)
    ranked = [left.pop(dice.pick(range(len(left)))) for _ in ADDRESSES][: dice.pick((2, 3, 4, 5, 6, 6))]
    needed = {one: ranked[:index] for index, one in enumerate(ranked)}
    if dice.one_in(12):
        needed[ranked[0]] = ranked[-1:]
    units = [a_unit(one, needed[one], dice) for one in ADDRESSES if one in ranked]
    level = catalogue(*units, outside=(Outside(STRANGERS[1], "trailer", "x"),))
    found = [a_found_unit(one, dice) for one in units if not dice.one_in(12)]
    strangers = [seen(address) for address in STRANGERS if dice.one_in(4)]
    only = (ranked[0],) if dice.one_in(6) else ()
    by = campaign(max_open=dice.pick((1, 2, 3, 4)), only=only)
    return Case(by, level, car(*found, *strangers, options=("205",) if dice.one_in(3) else ()))


def cases() -> st.SearchStrategy[Case]:
    return st.integers(0, 2**256).map(a_case)


def plan_of(case: Case) -> Plan:
    """The plan, where there is one: a refusal plans nothing."""
    try:
        return case.plan()
    except RefusedError:
        assume(False)
        raise


some = settings(max_examples=120, suppress_health_check=[HealthCheck.filter_too_much])


@some
@given(cases())
def test_nobody_is_programmed_who_is_not_behind(case: Case) -> None:
    for line in plan_of(case).units:
        found = case.vehicle.unit(line.address)
        assert found
        behind = found.in_bootloader or found.svk != seen(found.address, NEW, kind=_kind(case, found)).svk
        assert behind or line.action is not Action.PROGRAM


def _kind(case: Case, found: UnitSeen) -> int:
    its = case.catalogue.unit(found.address)
    assert its
    return its.variants.index(case.in_variant(found))


@some
@given(cases())
def test_nobody_gets_software_of_another_variant_or_lower_than_its_own(case: Case) -> None:
    for line in plan_of(case).units:
        found = case.vehicle.unit(line.address)
        assert found
        assert line.software_target == tuple(one.psdz for one in case.in_variant(found).target_software)
        assert not (line.action is Action.PROGRAM and f"-{NEWER:03}" in " ".join(line.software_before))


@some
@given(cases())
def test_nobody_comes_before_what_it_needs(case: Case) -> None:
    """At each group of the plan every need is met by the car as it is by then."""
    plan = plan_of(case)
    now = case.vehicle
    for group in plan.groups:
        for line in (one for one in group if one.action is Action.PROGRAM):
            found = now.unit(line.address)
            assert found
            for one in case.in_variant(found).needs:
                other = now.unit(one.address)
                assert other
                assert other.svk
                assert not other.in_bootloader
                wanted = (one.software.identifier, one.software.main)
                assert any(wanted[0] == number and wanted[1] <= main for number, main in _carried(other))
        now = replace(now, units=after(replace(plan, units=group), now.units))


def _carried(found: UnitSeen) -> list[tuple[int, int]]:
    """Number and main version of everything in it."""
    assert found.svk
    return [(one.identifier, one.main) for one in found.svk.entries]


@some
@given(cases())
def test_no_group_holds_somebody_alone(case: Case) -> None:
    for group in plan_of(case).groups:
        assert len(group) == 1 or case.campaign.max_open > 1
        assert len(group) == 1 or not any(one.alone or one.address in (0x10, 0x40) for one in group)


@some
@given(cases())
def test_the_same_car_gets_the_same_plan(case: Case) -> None:
    plan = plan_of(case)
    shuffled = replace(case, vehicle=replace(case.vehicle, units=case.vehicle.units[::-1]))
    assert case.plan() == plan
    assert shuffled.plan().units == plan.units


@some
@given(cases())
def test_a_plan_that_was_carried_out_leaves_nothing_to_program(case: Case) -> None:
    plan = plan_of(case)
    done = replace(case, vehicle=replace(case.vehicle, units=after(plan, case.vehicle.units)))
    again = done.plan()
    assert [one for one in again.units if one.action is Action.PROGRAM] == []
    assert again.raises_level is plan.raises_level
    if plan.raises_level:
        there = AlreadyAtTarget("there", LEVEL)
        assert not measures_plan(done.campaign, done.catalogue, there, done.vehicle, vin=VIN).changes_something


@some
@given(cases())
def test_a_level_is_raised_only_where_everybody_is_at_it_afterwards(case: Case) -> None:
    plan = plan_of(case)
    at_level = all(
        found.address == STRANGERS[1]
        or (found.address in ADDRESSES and not found.in_bootloader and max(main for _, main in _carried(found)) >= NEW)
        for found in after(plan, case.vehicle.units)
    )
    assert plan.raises_level is at_level


@some
@given(cases())
def test_everybody_is_in_the_plan_or_untouched_with_a_reason(case: Case) -> None:
    plan = plan_of(case)
    told = [*(one.address for one in plan.units), *(one.address for one in plan.untouched)]
    assert len(set(told)) == len(told)
    everybody = {one.address for one in case.catalogue.units} | {one.address for one in case.vehicle.units}
    assert set(told) == everybody
    assert all([*(one.why for one in plan.units), *(one.why for one in plan.untouched)])
