"""What a run takes over from the runs it goes on with."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from appliance.campaign.plan import Action, Plan
from appliance.campaign.recovery import UNKNOWN_VIN
from appliance.car.svk import Svk
from appliance.engine.journal import BEFORE, Journal, Run
from appliance.procedure.facts import (
    CodingBegun,
    CodingRestored,
    CodingSaved,
    Fact,
    IndividualSaved,
    UnitProgrammed,
    standing,
)


def facts_of(journal: Journal, run: Run, plan: Plan | None) -> tuple[Fact, ...]:
    """This run's facts, oldest first, behind those it takes over.

    That is the data earlier runs saved, which are still to be given back, coding they began and did not see as it is to
    be, and that they programmed a control unit which this run's plan left alone because the car names its software by
    now.  All else is found out anew.
    """
    stuck = {unit.address for unit in plan.units if unit.in_bootloader} if plan else set()
    named = {unit.address for unit in plan.units if unit.action is not Action.PROGRAM} if plan else set()
    earlier = standing(fact for one in journal.lineage(run)[:-1] for fact in journal.facts(one.id))
    settled = {(fact.address, fact.did) for fact in earlier if isinstance(fact, CodingRestored)}
    kept = tuple(fact for fact in earlier if _taken_over(fact, named, settled))
    return (*saved_coding(journal, run, stuck), *kept, *journal.facts(run.id))


def saved_coding(journal: Journal, run: Run, addresses: Collection[int]) -> tuple[CodingSaved | IndividualSaved, ...]:
    """Coding and individual data of these control units that any earlier run saved from the same vehicle, oldest first.

    For units found in their bootloader: what they hold by now may be the loss itself, and an older copy is the best
    there is.  What an earlier run coded anew is newer than what it had saved.  Without a VIN there is none: it could be
    another vehicle's.
    """
    if not addresses or not run.vin or run.vin == UNKNOWN_VIN:
        return ()
    of_vehicle = [one for one in reversed(journal.runs()) if one.vin == run.vin and one.id != run.id]
    facts = (fact for one in of_vehicle for fact in journal.facts(one.id))
    return tuple(copy for fact in facts for copy in _copies(fact) if copy.address in addresses)


def _copies(fact: Fact) -> Iterator[CodingSaved | IndividualSaved]:
    if isinstance(fact, CodingSaved | IndividualSaved):
        yield fact
    elif isinstance(fact, CodingRestored) and fact.data:
        yield CodingSaved(fact.address, fact.did, fact.data)


def known_svk(journal: Journal, vin: str, address: int) -> Svk | None:
    """What a control unit named when an earlier run saw it in the same vehicle, newest first; None: none did."""
    for run in journal.runs():
        before = journal.observed(run.id, BEFORE) if run.vin == vin != UNKNOWN_VIN else None
        seen = before.unit(address) if before else None
        if seen is not None and seen.svk is not None:
            return seen.svk
    return None


def _taken_over(fact: Fact, named: set[int], settled: set[tuple[int, int]]) -> bool:
    """`settled`: coding, by control unit and identifier, that was seen as it is to be."""
    match fact:
        case CodingSaved() | IndividualSaved():
            return True
        case CodingBegun():
            return (fact.address, fact.did) not in settled
        case UnitProgrammed():
            return fact.address in named
        case _:
            return False
