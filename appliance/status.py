"""What a person needs to know now, folded from events.

`status = apply(status, at_s, event)` is the only way a status comes to be; LEDs, page, terminal and the service
manager's status line are functions of it.  Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from appliance.events import (
    Asked,
    CampaignSeen,
    CampaignsJudged,
    Commanded,
    Estimated,
    Event,
    HeldBegan,
    HeldEnded,
    LeftAlone,
    LimitsSet,
    LinkJudged,
    LinkSeen,
    Noted,
    Phase,
    PhaseEntered,
    PlanFrozen,
    Progressed,
    RunEnded,
    Started,
    StepBegun,
    SupplySeen,
    UnitChanged,
    UnitState,
    VehicleSeen,
)

HISTORY = 300  # supply points kept for the chart: five minutes at one a second


@dataclass(frozen=True, slots=True)
class SupplyPoint:
    """One point of the chart; `volts` None when there was no reading, `held`: nothing could be begun then."""

    at_s: float
    volts: float | None
    held: bool = False


@dataclass(frozen=True, slots=True)
class SupplyNow:
    """The supply as last seen. `gate` is `open`, `held` or `stale`; `reason` says why it is not open.

    `outlook` says what the supply does, and when it would reach the limit; the numbers behind it are told at
    `events.SupplySeen`.
    """

    volts: float | None = None
    gate: str = "stale"
    reason: str = "no reading yet"
    outlook: str = ""
    history: tuple[SupplyPoint, ...] = ()
    trend: str = ""
    limit_v: float | None = None
    limit_in_s: float | None = None
    slope_v_per_min: float | None = None
    slope_error_v_per_min: float | None = None


@dataclass(frozen=True, slots=True)
class LinkNow:
    """The link to the car as last told; `words` is a sentence, empty while nothing was told."""

    fit: bool = True
    words: str = ""


@dataclass(frozen=True, slots=True)
class UnitStatus:
    """One control unit of the measures plan. `left_s` is None while unknown."""

    address: int
    name: str
    action: str
    why: str
    state: UnitState = UnitState.UNTOUCHED
    step: str = ""
    done_bytes: int = 0
    total_bytes: int = 0
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class VehicleStatus:
    """The car, in display form."""

    vin: str
    main_series: str
    model: str
    production: str
    level: str


@dataclass(frozen=True, slots=True)
class Status:
    """Everything a view may show.

    Attributes:
        at_s: The appliance's clock at the newest event.
        phase: The one word.
        what / waits_for / do: What is happening, what it waits for, what the person should do; empty: nothing.
        asks / asks_why: What a person is to do at the car right now, and why; empty: nothing.
        vehicle: None until identified.
        campaigns: What several campaigns of the firmware cache are to the car; empty: there is one, or none was judged.
        units: The measures plan with its progress; empty before it is frozen.
        untouched: Control units it leaves alone, and why.
        level_why: Why the integration level is written at the end, or why not; empty: not told.
        limits: Between which volts the supply counts as fit; None before it was told.
        left: When the job will be done; None: not known, or there is none.
        held_since_s: Set while a hold lasts.
        hold_limit_s: How long that hold may last before the car is given back; 0: not told.
        verdict / reason / labour_operation / report: Set when the run has ended.
        notes: The newest few things a person should know.
        cancel: What came of the last CANCEL; empty when there was none.
    """

    at_s: float = 0.0
    phase: Phase = Phase.READY
    what: str = "starting"
    waits_for: str = ""
    do: str = ""
    asks: str = ""
    asks_why: str = ""
    version: str = ""
    supply: SupplyNow = field(default_factory=SupplyNow)
    link: LinkNow = field(default_factory=LinkNow)
    limits: LimitsSet | None = None
    left: Estimated | None = None
    vehicle: VehicleStatus | None = None
    campaigns: tuple[CampaignSeen, ...] = ()
    run: str = ""
    campaign: str = ""
    title: str = ""
    target: str = ""
    plan_hash: str = ""
    units: tuple[UnitStatus, ...] = ()
    untouched: tuple[LeftAlone, ...] = ()
    level_why: str = ""
    held_since_s: float | None = None
    hold_limit_s: float = 0.0
    held_reason: str = ""
    notes: tuple[str, ...] = ()
    cancel: str = ""
    verdict: str = ""
    reason: str = ""
    labour_operation: str = ""
    report: str = ""

    @property
    def safe_to_unplug(self) -> bool:
        """Whether pulling the plug now would leave every control unit as it was, or proven good."""
        at_work = self.phase in (Phase.PROGRAMMING, Phase.HELD, Phase.RESUMING)
        return not at_work and not any(unit.state in _NOT_PROVEN for unit in self.units)


_NOT_PROVEN = frozenset({UnitState.PROGRAMMING, UnitState.ERASED, UnitState.CHECKING, UnitState.FAILED})
_NOTES = 5


def apply(status: Status, at_s: float, event: Event) -> Status:
    """The status after one more event."""
    return _folded(replace(status, at_s=at_s), event)


def _folded(status: Status, event: Event) -> Status:  # noqa: PLR0911 – one line for each kind of event
    match event:
        case Started():
            return replace(status, version=event.version, run=event.resuming)
        case PhaseEntered():
            return _entered(status, event)
        case VehicleSeen():
            seen = VehicleStatus(event.vin, event.main_series, event.model, event.production, event.level)
            return replace(status, vehicle=seen)
        case PlanFrozen():
            return _planned(status, event)
        case CampaignsJudged():
            return replace(status, campaigns=event.campaigns)
        case StepBegun():
            return _unit(status, event.address, step=event.step)
        case UnitChanged():
            return _unit(status, event.address, state=event.state)
        case Progressed():
            return _unit(
                status,
                event.address,
                done_bytes=event.done_bytes,
                total_bytes=event.total_bytes,
                left_s=event.left_s,
            )
        case Estimated():
            return replace(status, left=event)
        case Asked():
            return replace(status, asks=event.what, asks_why=event.why)
        case LimitsSet():
            return replace(status, limits=event)
        case SupplySeen():
            return _supplied(status, event)
        case LinkJudged(fit=fit, words=words):
            return replace(status, link=LinkNow(fit, _sentence(words)))
        case LinkSeen(trouble=trouble):
            return replace(status, link=LinkNow(not trouble, _sentence(trouble)))
        case HeldBegan():
            return replace(status, held_since_s=status.at_s, held_reason=event.reason, hold_limit_s=event.gives_up_s)
        case HeldEnded():
            return replace(status, held_since_s=None, held_reason="", hold_limit_s=0.0)
        case Commanded():
            return replace(status, cancel=event.outcome) if event.command == "cancel" else status
        case Noted():
            return replace(status, notes=(*status.notes, event.text)[-_NOTES:]) if event.attention else status
        case RunEnded():
            return replace(
                status,
                verdict=event.verdict,
                reason=event.reason,
                labour_operation=event.labour_operation,
                report=event.report,
                left=None,
            )
        case _:
            return status


def _entered(status: Status, event: PhaseEntered) -> Status:
    entered = replace(status, phase=event.phase, what=event.what, waits_for=event.waits_for, do=event.do)
    if event.phase is not status.phase:  # whoever asked has gone
        entered = replace(entered, asks="", asks_why="")
    if event.phase is not Phase.CHECKING or status.phase is Phase.CHECKING:
        return entered
    # The first check of a new run forgets the run before it.
    return replace(
        entered,
        vehicle=None,
        campaigns=(),
        units=(),
        untouched=(),
        level_why="",
        notes=(),
        link=LinkNow(),
        cancel="",
        verdict="",
        reason="",
        labour_operation="",
        report="",
        left=None,
    )


def _planned(status: Status, event: PlanFrozen) -> Status:
    units = tuple(
        UnitStatus(u.address, u.name, u.action, u.why, total_bytes=u.size_bytes, left_s=u.expected_s or None)
        for u in event.units
    )
    return replace(
        status,
        run=event.run,
        campaign=event.campaign,
        title=event.title,
        target=event.target,
        plan_hash=event.plan_hash,
        units=units,
        untouched=event.untouched,
        level_why=event.level_why,
    )


def _sentence(clause: str) -> str:
    return f"{clause[:1].upper()}{clause[1:]}." if clause else ""


def _unit(status: Status, address: int, **changes: object) -> Status:
    units = tuple(replace(u, **changes) if u.address == address else u for u in status.units)  # type: ignore[arg-type]
    return replace(status, units=units)


def _supplied(status: Status, event: SupplySeen) -> Status:
    held = event.gate != "open" or status.held_since_s is not None
    point = SupplyPoint(round(status.at_s, 2), event.volts, held)
    supply = SupplyNow(
        volts=event.volts,
        gate=event.gate,
        reason=event.reason,
        outlook=event.outlook,
        history=(*status.supply.history, point)[-HISTORY:],
        trend=event.trend,
        limit_v=event.limit_v,
        limit_in_s=event.limit_in_s,
        slope_v_per_min=event.slope_v_per_min,
        slope_error_v_per_min=event.slope_error_v_per_min,
    )
    return replace(status, supply=supply)
