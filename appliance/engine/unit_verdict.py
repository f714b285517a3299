"""What became of a control unit, from the facts of the journal and how the plan found it."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.campaign.plan import Plan, PlanUnit
from appliance.procedure.facts import (
    CodingBegun,
    CodingRestored,
    DatablockBegun,
    Fact,
    UnitProgrammed,
    standing,
)


def unit_verdict(unit: PlanUnit, facts: Sequence[Fact]) -> str:
    """As `UnitReport` has it, but for `failed`; from the facts and how the plan found it."""
    mine = [fact for fact in standing(facts) if getattr(fact, "address", None) == unit.address]
    if any(isinstance(fact, UnitProgrammed) for fact in mine):
        return "programmed"
    if unit.in_bootloader or any(isinstance(fact, DatablockBegun) for fact in mine):
        return "in-bootloader"
    coded = {fact.did: fact.data for fact in mine if isinstance(fact, CodingRestored)}
    if any(isinstance(fact, CodingBegun) and fact.did not in coded for fact in mine):
        return "half-coded"
    return "coded" if any(coded.values()) else "untouched"


def programmed_all(plan: Plan, facts: Sequence[Fact]) -> bool:
    """Whether every unit the plan programs has been proven programmed."""
    return all(unit_verdict(unit, facts) == "programmed" for unit in plan.units if unit.action.value == "program")
