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
class PlanFrozen:
    """The measures plan nobody changes any more, and the hash that says so."""

    run: str
    campaign: str
    title: str
    target: str
    plan_hash: str
    units: tuple[PlannedUnit, ...]


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
    """Image bytes acknowledged by the control unit, of all it is to get in this run; and the time still expected."""

    address: int
    done_bytes: int
    total_bytes: int
    left_s: float


@dataclass(frozen=True, slots=True)
class SupplySeen:
    """The supply, about once a second. `volts` is None when there is no believable reading; `outlook` is a sentence."""

    volts: float | None
    gate: str
    reason: str = ""
    outlook: str = ""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the forecast said before something was begun, with its arithmetic.

    `criterion` is the question that decided; `predicted_v` is None when it was not about a voltage.
    """

    step: str
    allowed: bool
    criterion: str
    reason: str
    predicted_v: float | None


@dataclass(frozen=True, slots=True)
class HeldBegan:
    """The gate shut at a safe point; the session is kept alive. `volts` None: no believable reading."""

    step: str
    reason: str
    volts: float | None
    limit_v: float
    reaction_s: float  # from the sample that crossed the limit to this safe point


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
    | StepBegun
    | UnitChanged
    | Progressed
    | SupplySeen
    | Forecast
    | HeldBegan
    | HeldEnded
    | Retried
    | Commanded
    | FactMarked
    | Noted
    | RunEnded
)
