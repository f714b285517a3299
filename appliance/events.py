"""What happened, as values.

The engine's thread is the only one that makes events.  The journal keeps them in order; `status.apply` folds them;
LEDs, page, terminal and report are functions of that fold.  An event carries everything its views need.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class Phase(Enum):
    """The words shown to people, the same on LED card, page and report (docs/glossary.md)."""

    READY = "READY"
    CHECKING = "CHECKING"
    REFUSED = "REFUSED"
    PROGRAMMING = "PROGRAMMING"
    HELD = "HELD"
    RESUMING = "RESUMING"
    DONE = "DONE"
    FAILED = "FAILED"


class UnitState(Enum):
    """Where one control unit stands."""

    UNTOUCHED = "untouched"  # nothing that changes it was sent
    PROGRAMMING = "programming"  # between its first and its last datablock
    ERASED = "erased"  # a datablock is begun and not proven: the unit is in its bootloader
    CHECKING = "checking"  # all datablocks proven; dependencies, reset and read-back are due
    PROGRAMMED = "programmed"  # it named the target software itself
    CODED = "coded"  # its software was left alone; its new coding was read back
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Started:
    """The process is up. `resuming` names the run it found unfinished."""

    version: str
    resuming: str = ""


@dataclass(frozen=True, slots=True)
class PhaseEntered:
    """A new phase: what is happening, what it waits for, what the person should do (empty: nothing)."""

    phase: Phase
    what: str
    waits_for: str = ""
    do: str = ""


@dataclass(frozen=True, slots=True)
class VehicleSeen:
    """Who the car is, in display form; an unknown is the word `unknown`."""

    vin: str
    main_series: str
    model: str
    production: str
    level: str


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """One line of the measures plan, for display.

    `size_bytes` and `expected_s` are 0 for a unit that is not programmed.
    """

    address: int
    name: str
    action: str
    why: str
    size_bytes: int = 0
    expected_s: float = 0.0


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A control unit the measures plan does not go near, why, and whether it keeps the level from the vehicle."""

    address: int
    name: str
    why: str
    blocks_level: bool = False


@dataclass(frozen=True, slots=True)
class PlanFrozen:
    """The measures plan nobody changes any more, and the hash that says so.

    `level_why` says why the integration level is written at the end, or why not; empty: not told.
    """

    run: str
    campaign: str
    title: str
    target: str
    plan_hash: str
    units: tuple[PlannedUnit, ...]
    untouched: tuple[LeftAlone, ...] = ()
    level_why: str = ""


@dataclass(frozen=True, slots=True)
class CampaignSeen:
    """One of several campaigns of the firmware cache, held against the car.

    `standing` is a word of `campaign.selection.Standing`; `chosen`: the run is for it, or would be if START were held
    now; `fulfilled`: the same measures plan carries it out as well.
    """

    id: str
    title: str
    standing: str
    why: str
    chosen: bool = False
    fulfilled: bool = False


@dataclass(frozen=True, slots=True)
class CampaignsJudged:
    """Which of several campaigns are open for this car, why the others are not, and which is chosen."""

    campaigns: tuple[CampaignSeen, ...]


@dataclass(frozen=True, slots=True)
class StepBegun:
    """A control unit's procedure went on to another step (same step, no event)."""

    address: int
    step: str


@dataclass(frozen=True, slots=True)
class UnitChanged:
    """A control unit is now in another state."""

    address: int
    state: UnitState


@dataclass(frozen=True, slots=True)
class Progressed:
    """Image bytes acknowledged by the control unit, of all it is to get; and how long it takes; None: not known."""

    address: int
    done_bytes: int
    total_bytes: int
    left_s: float | None


@dataclass(frozen=True, slots=True)
class Estimated:
    """When the job will be done, seconds from now: the likeliest, and between which it should be."""

    left_s: float
    low_s: float
    high_s: float


@dataclass(frozen=True, slots=True)
class LimitsSet:
    """Between which volts the supply counts as fit in this life of the appliance; told once, when it is up."""

    hold_v: float
    hold_now_v: float
    release_v: float
    upper_warn_v: float
    upper_stop_v: float


@dataclass(frozen=True, slots=True)
class SupplySeen:
    """The supply, about once a second.

    Attributes:
        volts: None when there is no believable reading.
        outlook: What it does and will do, a sentence.
        trend: The same in one word (`power.forecast.Trend`, in lower case); empty: not told.
        limit_v / limit_in_s: The limit the outlook is about, and when it is reached: 0: it is; None: it will not be.
        slope_v_per_min / slope_error_v_per_min: The estimate and one standard deviation; None: too little was seen.
    """

    volts: float | None
    gate: str
    reason: str = ""
    outlook: str = ""
    trend: str = ""
    limit_v: float | None = None
    limit_in_s: float | None = None
    slope_v_per_min: float | None = None
    slope_error_v_per_min: float | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the forecast said before something was begun, with its arithmetic.

    `criterion` is the question that decided; `predicted_v` is None when it was not about a voltage, else what it will
    be after `for_s` (0: not told).
    """

    step: str
    allowed: bool
    criterion: str
    reason: str
    predicted_v: float | None
    for_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """Something a person is to do at the car now, and why; both empty: nothing is asked any more."""

    what: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class ChargerTested:
    """What became of the charger test before a start.

    Attributes:
        verdict: `passed`, `refused`, `inconclusive`, `skipped` or `off` (`power.charger_test.ChargerVerdict`).
        words: The same with its arithmetic, a sentence without a full stop.
        sag_v / source_ohm / fall_v_per_min / recovery_s: As in `power.charger_test.ChargerTest`; None: not seen.
    """

    verdict: str
    words: str
    sag_v: float | None = None
    source_ohm: float | None = None
    fall_v_per_min: float | None = None
    recovery_s: float | None = None


@dataclass(frozen=True, slots=True)
class OpinionGiven:
    """What a control unit says of its own supply, beside what the plug showed then (None: no reading)."""

    address: int
    volts: float
    plug_v: float | None


@dataclass(frozen=True, slots=True)
class LinkJudged:
    """What the link to the car was like before a start, and whether anything may begin over it.

    Attributes:
        words: The same in a clause.
        round_trips: Requests to one control unit that were answered.
        p95_s: Within which 95 of 100 of them had their first word; None: they were too few to tell.
        lost: Requests that should have been answered, and were not.
    """

    fit: bool
    words: str
    round_trips: int
    p95_s: float | None
    lost: int


@dataclass(frozen=True, slots=True)
class LinkSeen:
    """Something about the bus has changed; told for a new kind of trouble, not for each frame.

    Attributes:
        state: Error state of the CAN controller, as it told last.
        trouble: What has been seen in this run, a clause; empty: nothing.
        occupied: Whether another tester is on the bus now.
        counts: What was counted in this run, by its name in `engine.link_health.BusHealth`, and how often.
    """

    state: str
    trouble: str
    occupied: bool
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class HeldBegan:
    """The gate shut at a safe point; the session is kept alive. `volts` None: no believable reading.

    `gives_up_s` is how long it may last before the car is given back; 0: not told.
    """

    step: str
    reason: str
    volts: float | None
    limit_v: float
    reaction_s: float  # from the sample that crossed the limit to this safe point
    gives_up_s: float = 0.0


@dataclass(frozen=True, slots=True)
class HeldEnded:
    """The gate opened again."""

    held_s: float


@dataclass(frozen=True, slots=True)
class Retried:
    """Something was asked again or begun again, and why."""

    address: int
    step: str
    reason: str


@dataclass(frozen=True, slots=True)
class Commanded:
    """A person pressed a button: `start`, `cancel` or `shutdown`; and what came of it."""

    command: str
    outcome: str


@dataclass(frozen=True, slots=True)
class FactMarked:
    """A fact became durable."""

    fact: str
    address: int | None


@dataclass(frozen=True, slots=True)
class Noted:
    """Something a reader of the report should know: a skip, a tolerated refusal, a clean-up that failed."""

    text: str
    attention: bool = False


@dataclass(frozen=True, slots=True)
class FaultDetailed:
    """What a control unit kept beside a trouble code that was not there before programming, in words."""

    address: int
    code: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The verdict (`campaign.verdict`) and its sentence; `report` is the report's name, empty when there is none."""

    verdict: str
    reason: str
    labour_operation: str = ""
    report: str = ""


Event: TypeAlias = (
    Started
    | PhaseEntered
    | VehicleSeen
    | PlanFrozen
    | CampaignsJudged
    | StepBegun
    | UnitChanged
    | Progressed
    | Estimated
    | LimitsSet
    | SupplySeen
    | Forecast
    | Asked
    | ChargerTested
    | OpinionGiven
    | LinkJudged
    | LinkSeen
    | HeldBegan
    | HeldEnded
    | Retried
    | Commanded
    | FactMarked
    | Noted
    | FaultDetailed
    | RunEnded
)
