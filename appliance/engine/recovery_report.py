"""What a report says of a recovery: what was found, what proved that the software fits, what was tried, what to keep.

A function of the frozen plan, the facts and two observations.  Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.campaign.plan import Plan, PlanUnit
from appliance.campaign.recovery import UNKNOWN_VIN
from appliance.car.condition import condition_of
from appliance.car.sgbm import ProcessClass
from appliance.car.vehicle import UnitSeen, Vehicle
from appliance.procedure.facts import (
    CodingRestored,
    CodingSaved,
    Fact,
    IndividualRestored,
    IndividualSaved,
    RungBegun,
    StepConfirmed,
    UnitProgrammed,
)

DO_NOT = (
    "do not replace the control unit before somebody who knows it has looked at this report",
    "do not program other control units meanwhile",
    "do not try other tools at random: each erase takes something away",
    "do not disconnect the charger while the control unit is in its bootloader",
)
CODING_MUST = "coding data must be restored: code the control unit with the dealer tool before the car is used"
INDIVIDUAL_MUST = "what it had learned is lost: have it learn anew, or calibrate it, with the dealer tool"


@dataclass(frozen=True, slots=True)
class RungReport:
    """One way it was tried; `result` is `helped`, `did not help`, or `not finished`."""

    rung: str
    confirmed: bool
    result: str


@dataclass(frozen=True, slots=True)
class RecoveryReport:
    """One recovered control unit.

    Attributes:
        condition / evidence: As found, before the first write.
        identity: What proved that the software fits, sentences.
        rungs: In the order they were tried.
        coding: What became of its coding data; empty: it has none that the campaign names.
        do_not: What not to do now; empty when it was recovered.
        keep: Files of the data folder to keep for whoever is asked; relative names.
    """

    address: str
    condition: str
    evidence: tuple[str, ...]
    identity: tuple[str, ...]
    rungs: tuple[RungReport, ...]
    coding: str
    do_not: tuple[str, ...]
    keep: tuple[str, ...]


def recovery_of(
    plan: Plan, run: str, facts: Sequence[Fact], before: Vehicle | None, after: Vehicle | None
) -> RecoveryReport | None:
    """None: the run is no recovery."""
    if not plan.recovers:
        return None
    (unit,) = plan.units
    mine = tuple(fact for fact in facts if getattr(fact, "address", None) == unit.address)
    seen = (before.unit(unit.address) if before else None) or UnitSeen(unit.address)
    condition = condition_of(seen)
    done = any(isinstance(fact, UnitProgrammed) for fact in mine)
    return RecoveryReport(
        address=f"0x{unit.address:02X}",
        condition=condition.state.value,
        evidence=condition.evidence,
        identity=_identity(plan, unit, before),
        rungs=_rungs(mine),
        coding=coding_words(unit, mine, after.unit(unit.address) if after else None),
        do_not=() if done else DO_NOT,
        keep=(f"reports/{run}.json", f"reports/{run}.html", "journal.sqlite", "recordings"),
    )


def coding_words(unit: PlanUnit, mine: Sequence[Fact], after: UnitSeen | None) -> str:
    """What became of the coding and individual data of a unit found in its bootloader; its own words count before ours.

    Args:
        mine: Facts of this control unit.
        after: As observed at the end; None: it was not.
    """
    if not any(isinstance(fact, UnitProgrammed) for fact in mine):
        return ""
    return "; ".join(filter(None, (_coding(unit, mine, after), _individual(unit, mine))))


def _coding(unit: PlanUnit, mine: Sequence[Fact], after: UnitSeen | None) -> str:
    entries = after.svk.entries if after is not None and after.svk is not None else ()
    if any(entry.process_class == ProcessClass.CAFD and entry.unknown for entry in entries):
        return f"it names an empty coding (cafd_ffffffff): {CODING_MUST}"
    saved = {fact.did for fact in mine if isinstance(fact, CodingSaved)}
    restored = {fact.did for fact in mine if isinstance(fact, CodingRestored)}
    missing = [did for did in unit.coding if did not in saved & restored]
    if missing:
        listed = ", ".join(f"{did:04X}" for did in missing)
        return f"no copy of its coding data {listed} from before the failed programming is here: {CODING_MUST}"
    changed = ", and changed by the campaign's rules" if unit.changes else ""
    return f"its coding data was written back from a saved copy{changed}" if unit.coding else ""


def _individual(unit: PlanUnit, mine: Sequence[Fact]) -> str:
    saved = {fact.did for fact in mine if isinstance(fact, IndividualSaved)}
    restored = {fact.did for fact in mine if isinstance(fact, IndividualRestored)}
    missing = ", ".join(f"{did:04X}" for did in unit.individual if did not in saved & restored)
    if missing:
        return f"no copy of its individual data {missing} from before is here: {INDIVIDUAL_MUST}"
    return "its individual data was written back from a saved copy" if unit.individual else ""


def _identity(plan: Plan, unit: PlanUnit, before: Vehicle | None) -> tuple[str, ...]:
    hwel = f"its hardware {unit.hwel} and its bootloader are ones this software is made for"
    known = "its hardware and bootloader are known from an earlier run, and this software is made for them"
    vin = (
        f"the VIN {plan.vin} as other control units name it" if plan.vin != UNKNOWN_VIN else "no VIN: nobody names one"
    )
    order = "" if before is not None and before.order is not None else "the vehicle order could not be read"
    return tuple(filter(None, (hwel if unit.hwel else known, vin, order)))


def _rungs(mine: Sequence[Fact]) -> tuple[RungReport, ...]:
    begun = [place for place, fact in enumerate(mine) if isinstance(fact, RungBegun)]
    reports = []
    for place, end in zip(begun, [*begun[1:], len(mine)], strict=True):
        rung, during = mine[place], mine[place:end]
        helped = any(isinstance(fact, UnitProgrammed) for fact in during)
        result = "helped" if helped else "did not help" if end < len(mine) else "not finished"
        confirmed = any(isinstance(fact, StepConfirmed) for fact in during)
        assert isinstance(rung, RungBegun)
        reports.append(RungReport(rung.rung.value, confirmed, result))
    return tuple(reports)
