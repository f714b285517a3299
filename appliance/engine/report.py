"""The report: what one run of the journal becomes.

Its JSON keys are fixed; more may be added.  `report_of_run.py` fills it; its signature is made where it is printed
(`printed.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.campaign.claim import (
    Claim,
)
from appliance.campaign.model import Campaign
from appliance.campaign.plan import Plan
from appliance.campaign.together import Beside
from appliance.campaign.vehicle_test import FaultRow
from appliance.campaign.verdict import Verdict
from appliance.engine.chain import Told
from appliance.engine.punctuality import Punctuality
from appliance.engine.recovery_report import RecoveryReport
from appliance.engine.signature import Signature
from appliance.engine.trace import TraceMark, TracePoint, TraceSpan
from appliance.engine.vehicle_view import VehicleView
from appliance.events import (
    ChargerTested,
    LinkJudged,
    LinkSeen,
)
from appliance.power.limits import Limits


@dataclass(frozen=True, slots=True)
class CampaignView:
    """Which bulletin."""

    id: str
    title: str
    source: str
    target: str | None


@dataclass(frozen=True, slots=True)
class UnitReport:
    """What became of one control unit.

    `verdict` is `programmed` only if the control unit itself named the target software after its reset (law 1);
    else `untouched`, `coded` (its coding data read back as the campaign's rules make them of what was saved),
    `half-coded` (they were begun to be written, and did not), `in-bootloader` (found so, or begun, and not proven) or
    `failed` (the same, and it refuses to be programmed again).

    `coding_saved` and `individual_saved` are identifiers and hexadecimal data as they were before anything was written;
    `coding_changes` are the rules that apply to the vehicle, and `coded_to` is what they made of the saved data, read
    back.
    """

    address: str
    name: str
    action: str
    verdict: str
    why: str
    software_before: tuple[str, ...]
    software_after: tuple[str, ...]
    attempts: int
    calibration_before: str
    calibration_after: str
    coding_saved: tuple[tuple[str, str], ...]
    what_to_do: str
    individual_saved: tuple[tuple[str, str], ...] = ()
    coding_changes: tuple[str, ...] = ()
    coded_to: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class UntouchedReport:
    """A control unit the measures plan did not go near, why, and whether it keeps the level from the vehicle."""

    address: str
    name: str
    why: str
    blocks_level: bool


@dataclass(frozen=True, slots=True)
class HoldReport:
    """One hold: when in the run, why, how long, and how soon after the limit was crossed the last request ended."""

    step: str
    reason: str
    volts: float | None
    limit_v: float
    reaction_s: float
    held_s: float | None


@dataclass(frozen=True, slots=True)
class ForecastReport:
    """What the forecast said before something was begun: the arithmetic is in `reason`.

    `predicted_v` is None when it was not about a voltage; `for_s` is how far it looked, 0 when that was not told.
    """

    step: str
    allowed: bool
    criterion: str
    reason: str
    predicted_v: float | None
    for_s: float


@dataclass(frozen=True, slots=True)
class SupplyReport:
    """The supply over the whole run.

    `forecasts` holds what the forecast said at the start and before each erase, `marks` the same on the trace's line of
    time; the limits are None where the run had none yet.  `charger_test` is None when the run did not come to it.
    `samples_sha256` covers every sample the journal has (`chain.samples_digest`), of which `trace` is the outline.
    """

    min_v: float | None
    max_v: float | None
    hold_limit_v: float | None
    upper_limit_v: float | None
    holds: tuple[HoldReport, ...]
    forecasts: tuple[ForecastReport, ...]
    trace: tuple[TracePoint, ...]
    spans: tuple[TraceSpan, ...]
    marks: tuple[TraceMark, ...] = ()
    charger_test: ChargerTested | None = None
    samples: int = 0
    samples_sha256: str = ""


@dataclass(frozen=True, slots=True)
class LinkReport:
    """The link to the car over the whole run.

    Attributes:
        at_start: What it was like before the start; None: the run did not come to that.
        seen: What the bus showed in this run, counted over the newest life of the appliance; None: nothing.
    """

    at_start: LinkJudged | None
    seen: LinkSeen | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what happened, with the appliance's idea of the time."""

    wall: str
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a run proves.

    `signature` is None while it is not signed, and when it could not be; `recovery` is None: the run was none.
    `events` are all that were told until the report was made, with their chain (`chain`).  `level_why` says why the
    plan raises the integration level, or why not; empty: there was no plan, or it was a recovery's.  `punctuality` is
    None where the control units were not programmed, or nobody told how long it would take.  `vehicle_test` is empty
    where the car was not looked at twice, or has no trouble codes.
    """

    verdict: str
    reason: str
    run: str
    begun: str
    ended: str
    version: str
    vehicle: VehicleView | None
    vehicle_after: VehicleView | None
    campaign: CampaignView | None
    plan_hash: str
    claim: Claim | None
    units: tuple[UnitReport, ...]
    supply: SupplyReport
    link: LinkReport
    interruptions: int
    notes: tuple[str, ...]
    timeline: tuple[Line, ...]
    signature: Signature | None = None
    recovery: RecoveryReport | None = None
    events: tuple[Told, ...] = ()
    untouched: tuple[UntouchedReport, ...] = ()
    level_why: str = ""
    punctuality: Punctuality | None = None
    vehicle_test: tuple[FaultRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """How the engine judges a run; everything else in the report comes from the journal.

    `campaign`, `plan` and `limits` are None where the run did not come that far.  `refusing` is the address of the
    control unit that answers but refuses to be programmed; None: none does.  `beside` are the other campaigns of the
    firmware cache, as they were judged.
    """

    verdict: Verdict
    reason: str
    campaign: Campaign | None = None
    plan: Plan | None = None
    limits: Limits | None = None
    refusing: int | None = None
    beside: tuple[Beside, ...] = ()
