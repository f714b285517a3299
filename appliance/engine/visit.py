"""What a claim takes from runs before this one: the stages of the job, and a programming that is invoiced already.

Rules.  A claim is supported by the measures plan and the final report of every stage (SI B01 09 06); the stages are the
runs that go on with each other (decision 0009).  Programming is invoiced once per visit, whichever campaign it was for
(SI B12 08 21); runs of one vehicle within a day are one visit.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from appliance.campaign.claim import Stage, invoiced_under, why_unpaid
from appliance.campaign.model import Campaign, Occasion
from appliance.campaign.recovery import UNKNOWN_VIN
from appliance.campaign.verdict import Verdict
from appliance.engine.frozen import read_frozen
from appliance.engine.journal import Journal, Run

VISIT = timedelta(hours=24)  # ours: a car that comes back on another day has another repair order


def stages(journal: Journal, run: Run, verdict: Verdict) -> tuple[Stage, ...]:
    """The runs of the job, oldest first; the last is this one, whose report is not written yet."""
    *earlier, _ = journal.lineage(run)
    before = (
        Stage(one.id, one.begun, one.verdict, one.plan_hash, _sha256(journal.report_of(one.id))) for one in earlier
    )
    return (*before, Stage(run.id, run.begun, verdict.value, run.plan_hash, ""))


def invoiced_before(journal: Journal, run: Run, campaign: Campaign) -> str:
    """Under what programming was invoiced for another campaign in this visit, in words; empty: it was not."""
    if not run.vin or run.vin == UNKNOWN_VIN:
        return ""
    same = (one for one in journal.runs() if one.vin == run.vin and one.id != run.id and _one_visit(one, run))
    for one in same:
        if one.verdict == Verdict.PROGRAMMED.value and (words := _paid(one, campaign)):
            return words
    return ""


def _paid(one: Run, campaign: Campaign) -> str:
    frozen = read_frozen(one)
    labour = frozen.campaign.labour_for(Occasion.PROGRAMMED)
    other = frozen.campaign.id != campaign.id
    if not other or labour is None or why_unpaid(frozen.campaign, frozen.plan):
        return ""
    return f"{invoiced_under(frozen.campaign, labour)} by run {one.id}"


def _one_visit(one: Run, other: Run) -> bool:
    """By the wall clock, which may be wrong: nothing but the wording of a claim hangs on it."""
    between = datetime.fromisoformat(other.begun) - datetime.fromisoformat(one.begun)
    return abs(between) < VISIT


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest() if text else ""
