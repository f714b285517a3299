"""What a run takes over from the runs it goes on with."""

from __future__ import annotations

from appliance.campaign.plan import Action, Plan
from appliance.engine.journal import Journal, Run
from appliance.procedure.facts import CodingSaved, Fact, UnitProgrammed, standing


def facts_of(journal: Journal, run: Run, plan: Plan | None) -> tuple[Fact, ...]:
    """This run's facts, oldest first, behind those it takes over.

    That is the coding data earlier runs saved, which are still to be given back, and that they programmed a control
    unit which this run's plan left alone because the car names its software by now.  All else is found out anew.
    """
    named = {unit.address for unit in plan.units if unit.action is not Action.PROGRAM} if plan else set()
    earlier = standing(fact for one in journal.lineage(run)[:-1] for fact in journal.facts(one.id))
    return (*(fact for fact in earlier if _taken_over(fact, named)), *journal.facts(run.id))


def _taken_over(fact: Fact, named: set[int]) -> bool:
    return isinstance(fact, CodingSaved) or (isinstance(fact, UnitProgrammed) and fact.address in named)
