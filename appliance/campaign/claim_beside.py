"""What is claimed for the campaigns beside the one a run is for: one programming is invoiced, once.

Rules.

1. Of several open campaigns one carries the programming labour operation.  Another that the same programming carries
   out is closed: its programming is already invoiced, and what it asks for before and after programming is still done
   and claimed (SI B12 08 21).
2. A bulletin that pays where programming was "performed previously in conjunction with another campaign" pays that for
   a campaign that is closed so.  One that asks for further diagnosis of a vehicle *found* at the target does not ask
   for it here: the vehicle was not.
3. A campaign whose target the vehicle already had is claimed as its own bulletin says, whatever the run did.
4. Nothing is closed by a programming that is not proven, or that leaves the level as it was.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from appliance.campaign.model import AlreadyAtTargetMeans, Campaign, LabourOperation, Occasion
from appliance.campaign.selection import Standing
from appliance.campaign.together import Beside


class Closing(Enum):
    """What becomes of a campaign that the run was not for."""

    CLOSED = "closed"  # carried out by the same programming
    DONE_BEFORE = "done-before"  # the vehicle had its target
    OPEN = "open"  # there is something to do still
    NOTHING = "nothing"  # it is not for this vehicle, or that is not decided


@dataclass(frozen=True, slots=True)
class OtherClaim:
    """One campaign beside the run's.

    Attributes:
        campaign: Its id.
        standing: What it was to the vehicle (`campaign.selection.Standing`).
        labour_operation: What may be claimed for it, never programming; empty: nothing.
        fru: Its time; 0 without a labour operation.
        work_before / work_after: What its bulletin asks for beside programming, as printed; empty: nothing.
        sentences: All of it in words.
    """

    campaign: str
    title: str
    defect_code: str
    standing: str
    closing: str
    labour_operation: str
    fru: int
    text: str
    work_before: str
    work_after: str
    sentences: tuple[str, ...]


def other_claims(beside: Sequence[Beside], invoiced: str, undone: str) -> tuple[OtherClaim, ...]:
    """What is claimed for each of them, in the order given.

    Args:
        invoiced: Under what the programming of this run is invoiced, in words; empty: it is not.
        undone: Why nothing is closed by this run, a sentence without a full stop; empty: it closes what it carried out.
    """
    return tuple(_claim(one, invoiced, undone) for one in beside)


def _claim(one: Beside, invoiced: str, undone: str) -> OtherClaim:
    closing = _closing(one, undone)
    campaign = one.campaign
    labour = _labour(campaign, closing)
    due = closing is Closing.CLOSED
    return OtherClaim(
        campaign=campaign.id,
        title=campaign.title,
        defect_code=campaign.defect_code,
        standing=one.standing.value,
        closing=closing.value,
        labour_operation=labour.number if labour else "",
        fru=labour.fru if labour else 0,
        text=labour.text if labour else "",
        work_before=campaign.work_before if due else "",
        work_after=campaign.work_after if due else "",
        sentences=(_first(one, closing, invoiced, undone), *_more(campaign, closing, labour)),
    )


def _closing(one: Beside, undone: str) -> Closing:
    if one.fulfilled and not undone:
        return Closing.CLOSED
    match one.standing:
        case Standing.OPEN | Standing.REFUSED:
            return Closing.OPEN
        case Standing.ALREADY_AT_TARGET:
            return Closing.DONE_BEFORE
        case _:
            return Closing.NOTHING


def _labour(campaign: Campaign, closing: Closing) -> LabourOperation | None:
    paid = campaign.already_at_target is AlreadyAtTargetMeans.CLAIM_AND_FINISH
    if not paid or closing not in (Closing.CLOSED, Closing.DONE_BEFORE):
        return None
    return campaign.labour_for(Occasion.ALREADY_AT_TARGET)


def _first(one: Beside, closing: Closing, invoiced: str, undone: str) -> str:
    match closing:
        case Closing.CLOSED:
            under = (
                f"programming already invoiced under {invoiced}" if invoiced else "it was programmed with another one"
            )
            return f"Close it: {under}; do not invoice it again."
        case Closing.OPEN if one.fulfilled:
            return f"It stays open: {undone}."
        case _:
            return f"{one.why[:1].upper()}{one.why[1:]}."


def _more(campaign: Campaign, closing: Closing, labour: LabourOperation | None) -> tuple[str, ...]:
    sentences: list[str] = []
    if labour:
        plus = ", plus work" if labour.plus_work else ""
        sentences.append(
            f"Claim labour operation {labour.number}, {labour.fru} FRU{plus}, under defect code "
            f"{campaign.defect_code}: {labour.text}."
        )
    diagnose = campaign.already_at_target is AlreadyAtTargetMeans.DIAGNOSE_FURTHER
    if closing is Closing.DONE_BEFORE and diagnose:
        sentences.append("Claim nothing for it: its bulletin asks for further diagnosis of a vehicle at the target.")
    if closing is Closing.CLOSED:
        work = ((campaign.work_before, "Before programming it asks for"), (campaign.work_after, "After it"))
        sentences += (f"{words}: {asked}" for asked, words in work if asked)
    return tuple(sentences)
