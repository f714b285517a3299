"""One run of the journal, rendered as its report.

Everything here is a function of what the journal holds, so that the report of a run that was cut five times reads the
same as its journal.
"""

from __future__ import annotations

from collections.abc import Sequence

from appliance import __version__
from appliance.campaign.claim import (
    Claim,
    consequential_failures,
    label_of,
    make_claim,
    prior_failures,
    why_unpaid,
)
from appliance.campaign.model import Campaign
from appliance.campaign.plan import Plan, PlanUnit, Untouched
from appliance.campaign.vehicle_test import vehicle_test
from appliance.campaign.verdict import Verdict
from appliance.car.vehicle import UnitSeen, Vehicle
from appliance.engine.chain import samples_digest
from appliance.engine.foresight import answer
from appliance.engine.journal import AFTER, BEFORE, Journal, Logged, Run, Sample
from appliance.engine.lineage import facts_of
from appliance.engine.punctuality import punctuality
from appliance.engine.recovery_report import CODING_MUST, INDIVIDUAL_MUST, coding_words, recovery_of
from appliance.engine.report import (
    CampaignView,
    Ending,
    ForecastReport,
    HoldReport,
    Line,
    LinkReport,
    Report,
    SupplyReport,
    UnitReport,
    UntouchedReport,
)
from appliance.engine.trace import trace_of
from appliance.engine.unit_verdict import unit_verdict
from appliance.engine.vehicle_view import address_text, software_of, view_of
from appliance.engine.visit import invoiced_before, stages
from appliance.events import (
    Asked,
    ChargerTested,
    Commanded,
    FaultDetailed,
    Forecast,
    HeldBegan,
    HeldEnded,
    LinkJudged,
    LinkSeen,
    Noted,
    Phase,
    PhaseEntered,
    Retried,
    Started,
    StepBegun,
)
from appliance.power.limits import Limits
from appliance.procedure.facts import (
    CodingRestored,
    CodingSaved,
    DatablockBegun,
    Fact,
    IndividualSaved,
    standing,
)


def build_report(journal: Journal, run: Run, ending: Ending, ended: str) -> Report:
    """The report of one run."""
    first, *_ = journal.lineage(run)
    before, after = journal.observed(first.id, BEFORE), journal.observed(run.id, AFTER)
    events, plan = journal.events(run.id), ending.plan
    facts = facts_of(journal, run, plan)
    lives = sum(1 for logged in events if isinstance(logged.event, Started))
    return Report(
        verdict=ending.verdict.value,
        reason=ending.reason,
        run=run.id,
        begun=run.begun,
        ended=ended,
        version=__version__,
        vehicle=view_of(before) if before else None,
        vehicle_after=view_of(after) if after else None,
        campaign=_campaign(ending.campaign, plan),
        plan_hash=run.plan_hash,
        claim=_claim(journal, run, ending, facts, before, after),
        units=tuple(_unit(unit, facts, before, after, ending.refusing) for unit in plan.units) if plan else (),
        supply=_supply(journal.samples(run.id), events, ending.limits),
        link=_link(events),
        interruptions=lives,
        notes=tuple(one.event.text for one in events if isinstance(one.event, Noted) and one.event.attention),
        timeline=tuple(Line(logged.wall, text) for logged in events if (text := _line(logged))),
        recovery=recovery_of(plan, run.id, facts, before, after) if plan else None,
        events=journal.told(run.id),
        untouched=tuple(_untouched(one) for one in plan.untouched) if plan else (),
        level_why=plan.level_why if plan else "",
        punctuality=punctuality(events) if ending.verdict is Verdict.PROGRAMMED else None,
        vehicle_test=vehicle_test(before, after, _kept(events)) if before and after else (),
    )


def _kept(events: Sequence[Logged]) -> dict[tuple[int, int], tuple[str, ...]]:
    told = (logged.event for logged in events if isinstance(logged.event, FaultDetailed))
    return {(event.address, event.code): event.words for event in told}


def _untouched(one: Untouched) -> UntouchedReport:
    return UntouchedReport(address_text(one.address), one.name, one.why, one.blocks_level)


def _campaign(campaign: Campaign | None, plan: Plan | None) -> CampaignView | None:
    if campaign is None:
        return None
    return CampaignView(campaign.id, campaign.title, campaign.source, (plan.target or None) if plan else None)


def _claim(
    journal: Journal,
    run: Run,
    ending: Ending,
    facts: Sequence[Fact],
    before: Vehicle | None,
    after: Vehicle | None,
) -> Claim | None:
    """Prior are the failures of the first look in the whole lineage: what an earlier try of ours broke is not prior."""
    if ending.campaign is None:
        return None
    prior = prior_failures(before) if before else ()
    consequential = consequential_failures(before, after) if before and after else ()
    unpaid = why_unpaid(ending.campaign, ending.plan)
    return make_claim(
        ending.campaign,
        ending.verdict,
        prior,
        consequential,
        unpaid,
        beside=ending.beside,
        failed=_failed(ending, facts),
        stages=stages(journal, run, ending.verdict),
        invoiced=invoiced_before(journal, run, ending.campaign),
    )


def _failed(ending: Ending, facts: Sequence[Fact]) -> tuple[str, ...]:
    """Control units that a failed run has left without proven software."""
    if ending.plan is None or ending.verdict is not Verdict.FAILED:
        return ()
    units = ending.plan.units
    return tuple(label_of(unit.address) for unit in units if unit_verdict(unit, facts) == "in-bootloader")


_WHAT_TO_DO = {
    "half-coded": "its new coding was begun and not read back: press START, the appliance goes on from what it saved; "
    "the saved coding data is in this report",
    "in-bootloader": "do not replace the control unit; leave the charger on and the ignition as it is, press START: "
    "the appliance programs it again",
    "failed": "it answers but refuses to be programmed: leave the charger on and the ignition as it is, do not unplug, "
    "do not replace the control unit yet; pressing START again does not help by itself; take this report and the "
    "data folder to the manufacturer's remote support, who can recover it or authorise a replacement",
}


def _unit(
    unit: PlanUnit, facts: Sequence[Fact], before: Vehicle | None, after: Vehicle | None, refusing: int | None
) -> UnitReport:
    verdict = unit_verdict(unit, facts)
    if verdict == "in-bootloader" and unit.address == refusing:
        verdict = "failed"
    seen_before = before.unit(unit.address) if before else None
    unchanged = seen_before if verdict == "untouched" else None
    seen_after = after.unit(unit.address) if after else unchanged
    mine = [fact for fact in facts if getattr(fact, "address", None) == unit.address]
    return UnitReport(
        address=address_text(unit.address),
        name=unit.name,
        action=unit.action.value,
        verdict=verdict,
        why=unit.why,
        software_before=software_of(seen_before),
        software_after=software_of(seen_after),
        attempts=sum(1 for fact in mine if isinstance(fact, DatablockBegun)),
        calibration_before=_calibration(seen_before),
        calibration_after=_calibration(seen_after),
        coding_saved=tuple(_data(f.did, f.data) for f in mine if isinstance(f, CodingSaved)),
        what_to_do=_WHAT_TO_DO.get(verdict, "") or _coding_lost(unit, mine, seen_after),
        individual_saved=tuple(_data(f.did, f.data) for f in mine if isinstance(f, IndividualSaved)),
        coding_changes=tuple(change.words for change in unit.changes),
        coded_to=tuple(_data(f.did, f.data) for f in standing(mine) if isinstance(f, CodingRestored) and f.data),
    )


def _data(did: int, data: bytes) -> tuple[str, str]:
    return f"{did:04X}", data.hex().upper()


def _coding_lost(unit: PlanUnit, mine: Sequence[Fact], after: UnitSeen | None) -> str:
    """A unit found in its bootloader had no coding data to save: programmed is not coded, and somebody must be told."""
    words = coding_words(unit, mine, after) if unit.in_bootloader else ""
    return words if CODING_MUST in words or INDIVIDUAL_MUST in words else ""


def _calibration(unit: object) -> str:
    identifier, cvn = getattr(unit, "calibration_id", ""), getattr(unit, "cvn", "")
    return f"{identifier} / {cvn}" if identifier or cvn else ""


def _supply(samples: Sequence[Sample], events: Sequence[Logged], limits: Limits | None) -> SupplyReport:
    volts = [sample.volts for sample in samples if sample.volts is not None]
    trace = trace_of(samples, events)
    tested = [logged.event for logged in events if isinstance(logged.event, ChargerTested)]
    return SupplyReport(
        min_v=round(min(volts), 3) if volts else None,
        max_v=round(max(volts), 3) if volts else None,
        hold_limit_v=limits.hold_v if limits else None,
        upper_limit_v=limits.upper_warn_v if limits else None,
        holds=_holds(events),
        forecasts=tuple(
            ForecastReport(said.step, said.allowed, said.criterion, said.reason, said.predicted_v, said.for_s)
            for logged in events
            if isinstance(said := logged.event, Forecast)
        ),
        trace=trace.points,
        spans=trace.spans,
        marks=trace.marks,
        charger_test=tested[-1] if tested else None,
        samples=len(samples),
        samples_sha256=samples_digest((sample.at_s, sample.volts) for sample in samples),
    )


def _link(events: Sequence[Logged]) -> LinkReport:
    judged = [logged.event for logged in events if isinstance(logged.event, LinkJudged)]
    seen = [logged.event for logged in events if isinstance(logged.event, LinkSeen)]
    return LinkReport(judged[-1] if judged else None, seen[-1] if seen else None)


def _holds(events: Sequence[Logged]) -> tuple[HoldReport, ...]:
    holds: list[HoldReport] = []
    open_hold: HeldBegan | None = None
    for logged in events:
        match logged.event:
            case HeldBegan() as began:
                open_hold = began
                holds.append(_hold(began, None))
            case HeldEnded() as ended if open_hold is not None:
                holds[-1] = _hold(open_hold, ended.held_s)
                open_hold = None
            case _:
                pass
    return tuple(holds)


def _hold(began: HeldBegan, held_s: float | None) -> HoldReport:
    volts = round(began.volts, 3) if began.volts is not None else None
    return HoldReport(began.step, began.reason, volts, began.limit_v, began.reaction_s, held_s)


_TOLD_ONCE = frozenset({"passed", "refused", "off"})  # the others are noted, too


def _line(logged: Logged) -> str:  # noqa: PLR0911 – one line for each kind of event
    match logged.event:
        case Started(resuming=run) if run:
            return f"the appliance came back and found run {run} unfinished"
        case PhaseEntered(phase=Phase() as phase, what=what):
            return f"{phase.value}: {what}"
        case StepBegun(address=address, step=step):
            return f"{address_text(address)}: {step}" if address else step
        case Forecast(step=step, allowed=allowed, criterion=criterion, reason=reason):
            return f"forecast for {step}: {answer(allowed, criterion)}, {reason}"
        case Asked(what=what) if what:
            return f"asked: {what}"
        case ChargerTested(verdict=verdict, words=words) if verdict in _TOLD_ONCE:
            return f"charger test {verdict}: {words}"
        case LinkJudged(words=words):
            return f"link to the car: {words}"
        case LinkSeen(trouble=trouble, state=state) if trouble:
            return f"link to the car: {trouble}; controller {state}"
        case HeldBegan(reason=reason, step=step):
            return f"held before {step}: {reason}"
        case HeldEnded(held_s=held_s):
            return f"went on after {held_s:.1f} s"
        case Retried(address=address, step=step, reason=reason):
            return f"{address_text(address)}: {step}: again, because {reason}"
        case Commanded(command=command, outcome=outcome):
            return f"{command.upper()}: {outcome}"
        case Noted(text=text):
            return text
        case _:
            return ""
