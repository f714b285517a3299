"""Repairs on a claim: which failure goes under which defect code, and what must be had before a unit is replaced.

Rules.  A failure that appeared during programming is repaired under the bulletin's defect code, one that was there
before under its own (decision 0009).  A control unit that failed while it was programmed is not replaced: it stays
powered until the manufacturer's remote support has tried to recover it.  Only if that fails it gives a code that allows
a replacement, and without the code none is paid (SI B09 01 17, SI M09 01 18).

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.campaign.model import Campaign

KEEP = (
    "Do not replace the control unit yet. Keep it powered: leave the charger on, the ignition as it is and the plug "
    "in, and do not disconnect the battery."
)
ASK = (
    "If the appliance cannot program it again, open a case with the manufacturer's technical support (PuMA) and ask "
    "for a remote recovery session (IRAP)."
)
CODE = "If that fails too, support gives an authorisation code; without it a replacement is not paid. Write it here."
OWN_CODE = "its own"


@dataclass(frozen=True, slots=True)
class ClaimItem:
    """One failure: the control unit (`0x12 DME/DDE`), the trouble code (empty: the unit itself), and words."""

    unit: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class RepairLine:
    """One control unit whose repair is claimed.

    Attributes:
        unit: As in `ClaimItem`.
        defect_code: The bulletin's, or the words for the failure's own.
        codes: Trouble codes; without one, the unit itself is meant, and `text` says how.
        during: It appeared during programming, not before.
    """

    unit: str
    defect_code: str
    codes: tuple[str, ...]
    text: str
    during: bool


@dataclass(frozen=True, slots=True)
class RemoteSupport:
    """What a control unit that failed asks for before it may be replaced.

    Attributes:
        units: Which ones.
        instructions: In order, each one or more sentences.
        authorisation: Where the code goes, as the bulletin prints it; empty: it does not say.
        authorisation_code: To be filled in by hand: the appliance is never told it.
    """

    units: tuple[str, ...]
    instructions: tuple[str, ...]
    authorisation: str
    authorisation_code: str = ""


def repair_lines(
    campaign: Campaign, prior: Sequence[ClaimItem], consequential: Sequence[ClaimItem]
) -> tuple[RepairLine, ...]:
    """A line for each control unit, those that failed during programming first."""
    during = _lines(consequential, campaign.defect_code or OWN_CODE, during=True)
    return (*during, *_lines(prior, OWN_CODE, during=False))


def remote_support(campaign: Campaign, failed: Sequence[str]) -> RemoteSupport | None:
    """What to do about control units that failed while they were programmed; None: none did."""
    if not failed:
        return None
    return RemoteSupport(tuple(failed), (KEEP, campaign.remote_support or ASK, CODE), campaign.authorisation)


def _lines(items: Sequence[ClaimItem], defect_code: str, *, during: bool) -> tuple[RepairLine, ...]:
    units = dict.fromkeys(item.unit for item in items)
    return tuple(_line(unit, [item for item in items if item.unit == unit], defect_code, during) for unit in units)


def _line(unit: str, items: Sequence[ClaimItem], defect_code: str, during: bool) -> RepairLine:
    itself = "; ".join(item.text for item in items if not item.code)
    return RepairLine(unit, defect_code, tuple(item.code for item in items if item.code), itself, during)
