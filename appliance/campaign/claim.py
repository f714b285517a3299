"""The claim: what the bulletin lets a workshop claim for this outcome, and nothing else.

Exactly one labour operation, and only for an outcome the bulletin pays.  Failures are split by when they were first
there: before the first write they are the vehicle's own and are claimed on their own; those that appeared during
programming are consequential and go with the bulletin's defect code.

Source: the bulletin's warranty section; facts.md §9 (before/after sets).  Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.campaign.claim_beside import OtherClaim, other_claims
from appliance.campaign.claim_repairs import ClaimItem, RemoteSupport, RepairLine, remote_support, repair_lines
from appliance.campaign.model import AlreadyAtTargetMeans, Campaign, LabourOperation, Occasion
from appliance.campaign.plan import Plan
from appliance.campaign.together import Beside
from appliance.campaign.verdict import Verdict
from appliance.car.addresses import UNKNOWN_NAME, name_of
from appliance.car.faults import Fault, compare_faults
from appliance.car.vehicle import UnitSeen, Vehicle

MINUTES_PER_FRU = 5  # a flat rate unit is a twelfth of an hour


@dataclass(frozen=True, slots=True)
class Stage:
    """One run of a job, to be attached to the claim.

    Attributes:
        plan_sha256: Of the measures plan, frozen before the first write; empty: the run did not come to one.
        report_sha256: Of the final report's JSON file; empty: it is this report.
    """

    run: str
    begun: str
    verdict: str
    plan_sha256: str
    report_sha256: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What goes on the claim form.

    Attributes:
        defect_code: As the bulletin prints it; `defect_code_normalised` has its digits only.
        labour_operation: Its number; empty when there is nothing to claim, and `sentences` say why.
        fru / minutes: Its time; 0 without a labour operation.
        prior: Failures that were there before the first write.
        consequential: Failures that appeared since.
        sentences: The claim in words, for the report.
        repairs: A line for each control unit to be repaired, and the defect code it goes under.
        others: Campaigns that the run was not for: what was closed by the same programming, and what is still open.
        remote_support: What a control unit that failed while it was programmed asks for; None: none did.
        stages: The measures plans and final reports that prove it, oldest first; this report's own is the last.
    """

    defect_code: str
    defect_code_normalised: str
    labour_operation: str
    fru: int
    minutes: int
    text: str
    prior: tuple[ClaimItem, ...]
    consequential: tuple[ClaimItem, ...]
    sentences: tuple[str, ...]
    repairs: tuple[RepairLine, ...] = ()
    others: tuple[OtherClaim, ...] = ()
    remote_support: RemoteSupport | None = None
    stages: tuple[Stage, ...] = ()


def make_claim(
    campaign: Campaign,
    verdict: Verdict,
    prior: Sequence[ClaimItem],
    consequential: Sequence[ClaimItem],
    unpaid: str = "",
    *,
    beside: Sequence[Beside] = (),
    failed: Sequence[str] = (),
    stages: Sequence[Stage] = (),
    invoiced: str = "",
) -> Claim:
    """The claim for one outcome.

    Args:
        prior: From `prior_failures`.
        consequential: From `consequential_failures`.
        unpaid: From `why_unpaid`.
        beside: The other campaigns.
        failed: Control units that failed while they were programmed, as `ClaimItem` names them.
        stages: The runs of the job, oldest first.
        invoiced: Under what programming was invoiced earlier in this visit, in words; empty: it was not.
    """
    once = f"programming already invoiced under {invoiced}" if invoiced and verdict is Verdict.PROGRAMMED else ""
    labour = None if unpaid or once else _labour(campaign, verdict)
    first = _labour_sentence(labour) if labour else _no_labour_sentence(campaign, verdict, unpaid or once)
    return Claim(
        defect_code=campaign.defect_code,
        defect_code_normalised=campaign.defect_code_normalised,
        labour_operation=labour.number if labour else "",
        fru=labour.fru if labour else 0,
        minutes=labour.fru * MINUTES_PER_FRU if labour else 0,
        text=labour.text if labour else "",
        prior=tuple(prior),
        consequential=tuple(consequential),
        sentences=(first, *_failure_sentences(campaign, prior, consequential)),
        repairs=repair_lines(campaign, prior, consequential),
        others=other_claims(beside, _invoiced(campaign, labour) or invoiced, _undone(verdict, unpaid)),
        remote_support=remote_support(campaign, failed),
        stages=tuple(stages),
    )


def why_unpaid(campaign: Campaign, plan: Plan | None) -> str:
    """Why the bulletin does not pay for what was done well, a sentence; empty: it does.

    A bulletin pays for the vehicle at its level; where control units are programmed alone, its author says what for.
    """
    if plan is None:
        return ""
    if plan.recovers:
        return "a control unit was recovered, which the bulletin does not pay for; claim it by its own defect code"
    if not campaign.raises_level:
        return "" if campaign.labour else "control units were programmed alone, which no bulletin pays for"
    return "" if plan.raises_level else f"the vehicle does not have the target integration level: {plan.level_why}"


def invoiced_under(campaign: Campaign, labour: LabourOperation) -> str:
    """Where the one programming invoice of a visit stands, in words."""
    return f"{labour.number}, defect code {campaign.defect_code} ({campaign.id})"


def prior_failures(before: Vehicle) -> tuple[ClaimItem, ...]:
    """Every failure that was there before the first write."""
    return tuple(item for unit in before.units for item in _failures(unit, unit.faults or ()))


def consequential_failures(before: Vehicle, after: Vehicle) -> tuple[ClaimItem, ...]:
    """Every failure that was not there before: new trouble codes, a unit unproven or silent since.

    A control unit whose trouble codes could not be read before is not said to have new ones.
    """
    items: list[ClaimItem] = []
    for was in before.units:
        now = after.unit(was.address)
        if now is None:
            items.append(ClaimItem(label_of(was.address), "", "it answered before programming and does not answer now"))
            continue
        new = () if was.faults is None else compare_faults(was.faults, now.faults or ()).new
        items += [item for item in _failures(now, new) if item.code or not was.in_bootloader]
    return tuple(items)


def _failures(unit: UnitSeen, faults: Sequence[Fault]) -> tuple[ClaimItem, ...]:
    label = label_of(unit.address)
    unproven = ClaimItem(label, "", "its software is not proven: it is in its bootloader")
    return (
        *((unproven,) if unit.in_bootloader else ()),
        *(ClaimItem(label, fault.text, fault.status_text) for fault in faults),
    )


def label_of(address: int) -> str:
    """How a claim names a control unit."""
    name = name_of(address)
    return f"0x{address:02X}" if name == UNKNOWN_NAME else f"0x{address:02X} {name}"


def _labour(campaign: Campaign, verdict: Verdict) -> LabourOperation | None:
    match verdict:
        case Verdict.PROGRAMMED:
            return campaign.labour_for(Occasion.PROGRAMMED)
        case Verdict.ALREADY_AT_TARGET:
            return campaign.labour_for(Occasion.ALREADY_AT_TARGET)
        case _:
            return None


def _invoiced(campaign: Campaign, labour: LabourOperation | None) -> str:
    return invoiced_under(campaign, labour) if labour else ""


def _undone(verdict: Verdict, unpaid: str) -> str:
    if verdict is not Verdict.PROGRAMMED:
        return f"this run did not carry it out: its verdict is {verdict.value}"
    return unpaid


def _labour_sentence(labour: LabourOperation) -> str:
    plus = ", plus work" if labour.plus_work else ""
    minutes = labour.fru * MINUTES_PER_FRU
    return f"Claim labour operation {labour.number}, {labour.fru} FRU ({minutes} minutes{plus}): {labour.text}."


def _no_labour_sentence(campaign: Campaign, verdict: Verdict, unpaid: str) -> str:
    match verdict:
        case Verdict.PROGRAMMED | Verdict.ALREADY_AT_TARGET if unpaid:
            why = unpaid
        case Verdict.ALREADY_AT_TARGET if campaign.already_at_target is AlreadyAtTargetMeans.DIAGNOSE_FURTHER:
            why = "the vehicle already has the target integration level; the bulletin asks for further diagnosis"
        case Verdict.PROGRAMMED | Verdict.ALREADY_AT_TARGET:
            why = "it pays nothing for this outcome"
        case Verdict.NOT_AFFECTED:
            why = "the campaign is not about this vehicle"
        case Verdict.CANNOT_DECIDE:
            why = "it is not decided whether the campaign is about this vehicle"
        case Verdict.REFUSED:
            why = "nothing was programmed, because programming was refused"
        case Verdict.INTERRUPTED:
            why = "the work is not finished; press START to go on"
        case _:
            why = "the target software is not proven in every control unit"
    return f"Claim no labour operation of this campaign: {why}."


def _failure_sentences(
    campaign: Campaign, prior: Sequence[ClaimItem], consequential: Sequence[ClaimItem]
) -> tuple[str, ...]:
    sentences: list[str] = []
    if consequential:
        rule = campaign.consequential or f"Claim their repair under defect code {campaign.defect_code}."
        sentences += (f"{_count(consequential)} appeared during programming.", rule)
    if prior:
        rule = campaign.prior or "Claim their repair under their own defect code."
        sentences += (f"{_count(prior)} existed before programming.", rule)
    return tuple(sentences)


def _count(items: Sequence[ClaimItem]) -> str:
    return "1 failure" if len(items) == 1 else f"{len(items)} failures"
