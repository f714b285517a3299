"""How a run ends: from its facts and from what the car itself says.  Pure."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.campaign.eligibility import AlreadyAtTarget, Eligibility
from appliance.campaign.model import Campaign
from appliance.campaign.plan import Plan, PlanUnit
from appliance.campaign.software import SOFTWARE, listed
from appliance.campaign.verdict import Verdict
from appliance.car.integration_level import Comparison, compare, parse_level
from appliance.car.sgbm import parse_sgbm
from appliance.car.svk import ProgrammingCheck, missing_and_surplus
from appliance.car.vehicle import Vehicle
from appliance.engine.report import Ending
from appliance.engine.unit_verdict import programmed_all, unit_verdict
from appliance.errors import CarError, Kl30Error, RefusedError
from appliance.procedure.facts import Fact
from appliance.procedure.failures import ProgrammingRefused


class SeveralFailed(CarError):
    """Control units that were programmed at the same time failed, each for its own reason."""

    def __init__(self, failures: Sequence[Kl30Error]) -> None:
        super().__init__("; ".join(_of_one(failure) for failure in failures), do=failures[0].do)
        self.failures = tuple(failures)


def several(failures: Sequence[Kl30Error]) -> Kl30Error | None:
    """All of them as one; None: there is none."""
    return SeveralFailed(failures) if len(failures) > 1 else next(iter(failures), None)


def _of_one(failure: Kl30Error) -> str:
    return f"{failure.where}: {failure.what}" if failure.where else failure.what


def judged(
    campaign: Campaign,
    plan: Plan,
    facts: Sequence[Fact],
    failure: Kl30Error | None,
    troubles: Sequence[str],
    stopped: str,
) -> Ending:
    """The verdict.

    Args:
        failure: What a procedure failed with; None: none did.
        troubles: What could not be given back or is not named, in words.
        stopped: Why the work was stopped before its end; empty: it was not.
    """
    opened = [unit for unit in plan.units if unit_verdict(unit, facts) == "in-bootloader"]
    if failure is None and not troubles and not stopped and programmed_all(plan, facts):
        level = f"integration level {plan.target}" if plan.target else _not_touched(plan)
        reason = f"every control unit of the plan names the target software; {level}"
        return Ending(Verdict.PROGRAMMED, reason, campaign, plan)
    if stopped and failure is None:
        half = [unit for unit in plan.units if unit_verdict(unit, facts) == "half-coded"]
        return Ending(Verdict.INTERRUPTED, _stopped(stopped, opened) + _half_coded(half), campaign, plan)
    reason = str(failure) if failure else "; ".join(troubles) or "a control unit is not proven"
    touched = any(unit_verdict(unit, facts) != "untouched" for unit in plan.units)
    failures = failure.failures if isinstance(failure, SeveralFailed) else (failure,)
    refused = all(isinstance(one, RefusedError) for one in failures) and not touched
    refusing = next((one.address for one in failures if isinstance(one, ProgrammingRefused)), None)
    return Ending(Verdict.REFUSED if refused else Verdict.FAILED, reason, campaign, plan, refusing=refusing)


def nothing_to_do(campaign: Campaign, plan: Plan, eligibility: Eligibility) -> Ending | None:
    """How a run ends whose plan has nothing to do; None: it has something, if only to write the level.

    Raises:
        RefusedError: nothing can be programmed, and something keeps the vehicle from the level.
    """
    if plan.changes_something:
        return None
    if not campaign.raises_level:
        names = ", ".join(f"{unit.name} 0x{unit.address:02X}" for unit in plan.units)
        reason = f"{names} already carries the target software, and its own check passed; {_not_touched(plan)}"
        return Ending(Verdict.ALREADY_AT_TARGET, reason, campaign, plan)
    if isinstance(eligibility, AlreadyAtTarget):
        return Ending(Verdict.ALREADY_AT_TARGET, eligibility.why, campaign, plan)
    if not plan.raises_level:
        raise RefusedError(
            f"there is nothing that this campaign could program, and {plan.level_why}",
            do="bring these control units up to date first, or tell the catalogue's author; nothing was changed",
        )
    return None


def _not_touched(plan: Plan) -> str:
    why = f": {plan.level_why}" if plan.level_why else ""
    return f"the integration level was not touched{why}"


def not_named(after: Vehicle, plan: Plan) -> list[str]:
    """What the car itself does not confirm at the very end; the facts alone make nobody programmed (law 1)."""
    troubles = []
    for unit in plan.units:
        seen = after.unit(unit.address)
        if seen is None or seen.svk is None:
            troubles.append(f"{unit.name} 0x{unit.address:02X} does not name its software at the end")
            continue
        target = tuple(parse_sgbm(text) for text in unit.software_target)
        missing, surplus = missing_and_surplus(seen.svk.entries, target, SOFTWARE)
        if missing or surplus or seen.svk.check is not ProgrammingCheck.PASSED:
            troubles.append(f"{unit.name} 0x{unit.address:02X} names {listed(seen.svk.entries)} at the end")
    if not plan.target:
        return troubles
    level = after.levels.current if after.levels else None
    if compare(level, parse_level(plan.target)) is not Comparison.MET:
        troubles.append(f"the integration level reads {level or 'nothing'} at the end instead of {plan.target}")
    return troubles


def silent_at_end(after: Vehicle, plan: Plan) -> bool:
    """Whether something the verdict needs was not told at all; it may be asked once more."""
    seen = [after.unit(unit.address) for unit in plan.units]
    return (bool(plan.target) and after.levels is None) or any(unit is None or unit.svk is None for unit in seen)


def _stopped(why: str, opened: Sequence[PlanUnit]) -> str:
    if not opened:
        return f"{why}; no control unit was left half programmed"
    names = ", ".join(f"{unit.name} 0x{unit.address:02X}" for unit in opened)
    return f"{why}; {names} is in its bootloader: press START to go on, the car cannot drive"


def _half_coded(units: Sequence[PlanUnit]) -> str:
    names = ", ".join(f"{unit.name} 0x{unit.address:02X}" for unit in units)
    return f"; the new coding of {names} was begun and not read back: press START to go on" if units else ""
