"""What the claim sheet has behind labour operation and failures: repairs, other campaigns, remote support, stages.

Plain HTML, as the sheet.  What is to be filled in by hand has a line to write on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from appliance.campaign.claim import Claim, Stage
from appliance.campaign.claim_beside import OtherClaim
from appliance.campaign.claim_repairs import RemoteSupport, RepairLine

_BLANK = "_" * 30
_SHEET = "this report"


def claim_rest(claim: Claim) -> str:
    """All of it; what there is none of is left out."""
    return (
        _repairs(claim.repairs)
        + _remote_support(claim.remote_support)
        + "".join(_other(one) for one in claim.others)
        + _stages(claim.stages)
    )


def _repairs(lines: Sequence[RepairLine]) -> str:
    rows = (
        (line.unit, f"defect code {line.defect_code}", ", ".join(line.codes) or line.text, _when(line))
        for line in lines
    )
    return f"<h2>Repair lines</h2>{_table(rows)}" if lines else ""


def _when(line: RepairLine) -> str:
    return "during programming" if line.during else "before programming"


def _remote_support(support: RemoteSupport | None) -> str:
    if support is None:
        return ""
    steps = "".join(f"<li>{escape(step)}</li>" for step in support.instructions)
    place = f"<p>{escape(support.authorisation)}</p>" if support.authorisation else ""
    code = support.authorisation_code or _BLANK
    return (
        f"<h2>A control unit failed: {escape(', '.join(support.units))}</h2><ol>{steps}</ol>{place}"
        f"<p>PuMA case: {_BLANK}</p><p>Authorisation code: {escape(code)}</p>"
    )


def _other(one: OtherClaim) -> str:
    rows: list[tuple[str, ...]] = [("Campaign", one.campaign), ("Became", one.closing)]
    if one.labour_operation:
        rows += [("Defect code", one.defect_code), ("Labour operation", f"{one.labour_operation}, {one.fru} FRU")]
    body = "".join(f"<p>{escape(sentence)}</p>" for sentence in one.sentences)
    return f"<h2>Also: {escape(one.title)}</h2>{_table(rows)}{body}"


def _stages(stages: Sequence[Stage]) -> str:
    """What has to lie beside the claim; a job of one run has all of it on this sheet."""
    if len(stages) < 2:
        return ""
    rows = (
        (one.run, one.verdict, f"measures plan {one.plan_sha256 or 'none'}", f"report {one.report_sha256 or _SHEET}")
        for one in stages
    )
    return f"<h2>To be attached: every stage of the job (SHA-256)</h2>{_table(rows)}"


def _table(rows: Iterable[Sequence[str]]) -> str:
    lines = "".join(
        f"<tr><th>{escape(first)}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in rest)}</tr>"
        for first, *rest in rows
    )
    return f"<table>{lines}</table>\n"
