"""A car's half hour, told in events: every status a test shows is folded from them, as the engine's is."""

from __future__ import annotations

import json
import math
from pathlib import Path

from appliance import values
from appliance.events import (
    Estimated,
    Event,
    HeldBegan,
    LimitsSet,
    Noted,
    Phase,
    PhaseEntered,
    PlanFrozen,
    PlannedUnit,
    Progressed,
    RunEnded,
    Started,
    StepBegun,
    SupplySeen,
    UnitChanged,
    UnitState,
    VehicleSeen,
)
from appliance.status import Status, apply

LIMITS = LimitsSet(hold_v=13.0, hold_now_v=12.55, release_v=13.1, upper_warn_v=14.85, upper_stop_v=15.55)
HOLD_LIMIT_S = 1800.0
RUN = "20170601-0900-WMWXM7C50"
VIN = "WMWXM7C50FT985672"
DME, EGS, FEM = 0x12, 0x18, 0x40

_CAR = VehicleSeen(VIN, "F056", "Cooper S Hardtop 2 door", "2014-11", "F056-16-11-504")
_PLAN = PlanFrozen(
    RUN,
    "mini-dme-2017",
    "Service Action: Program Control Units (DME)",
    "F056-17-03-502",
    "9c41e7b2a0d35f6618c2",
    (
        PlannedUnit(
            DME, "DME", "program, code", "SWFL 2CCE is 021.010.001, the target has 021.010.002", 1_890_000, 780.0
        ),
        PlannedUnit(
            EGS, "EGS", "program, code", "SWFL 1A40 is 012.002.000, the target has 012.004.010", 612_000, 260.0
        ),
        PlannedUnit(FEM, "FEM_BODY", "nothing", "at the target software"),
    ),
)
_READY = PhaseEntered(
    Phase.READY, "Ready for a car.", "START", "Connect charger and plug, switch the ignition on, press START."
)
_CHECKING = PhaseEntered(Phase.CHECKING, "Reading the car: who it is and what is in it.", "", "")
_PROGRAMMING = PhaseEntered(Phase.PROGRAMMING, "Programming DME: part 2 of 3, the program.", "", "")


def supply(seconds: int, *, begin_v: float = 13.62, drift_v_per_s: float = 0.0) -> list[tuple[float, Event]]:
    """One reading a second, with a little ripple, and what the forecast makes of it."""
    wave = [0.012 * math.sin(t / 3.1) + 0.02 * math.sin(t / 23.0) for t in range(seconds)]
    return [(float(t), seen(begin_v + drift_v_per_s * t + w, drift_v_per_s)) for t, w in enumerate(wave)]


def seen(volts: float, drift_v_per_s: float = 0.0, gate: str = "open", reason: str = "") -> SupplySeen:
    """A reading, on a supply that drifts like this."""
    falls = drift_v_per_s < 0
    rate = f"{drift_v_per_s * 60_000:+.0f} ± 3 mV/min"
    return SupplySeen(
        round(volts, 3),
        gate,
        reason,
        f"The supply {'creeps down: the charger gives less than the car takes' if falls else 'is steady'}: {rate}.",
        trend="creeping" if falls else "steady",
        limit_v=13.0,
        limit_in_s=max(0.0, (13.0 - volts) / drift_v_per_s) if falls else None,
        slope_v_per_min=drift_v_per_s * 60,
        slope_error_v_per_min=0.003,
    )


def folded(*events: Event, before: list[tuple[float, Event]] | None = None, at_s: float = 300.0) -> Status:
    """The status after the `before` events at their times and then all of `events` at `at_s`."""
    status = apply(apply(Status(), 0.0, Started("0.1.0")), 0.0, LIMITS)
    for time_s, event in before if before is not None else supply(300):
        status = apply(status, time_s, event)
    for event in events:
        status = apply(status, at_s, event)
    return status


def _at_work(*more: Event, before: list[tuple[float, Event]] | None = None) -> Status:
    return folded(
        _CHECKING,
        _CAR,
        _PLAN,
        _PROGRAMMING,
        UnitChanged(DME, UnitState.ERASED),
        StepBegun(DME, "transfer program, block 214 of 462"),
        Progressed(DME, 874_000, 1_890_000, 430.0),
        Estimated(690.0, 600.0, 780.0),
        *more,
        before=before,
    )


def ready() -> Status:
    return folded(_READY)


def checking() -> Status:
    return folded(_CHECKING, _CAR)


def programming() -> Status:
    return _at_work()


def creeping() -> Status:
    return _at_work(before=supply(300, begin_v=13.45, drift_v_per_s=-0.0011))


def held(for_s: int = 84) -> Status:
    sagging = supply(300, begin_v=13.45, drift_v_per_s=-0.0017)
    reason = "12.93 V is below 13.00 V"
    holding = _at_work(
        seen(12.93, -0.0017, "held", reason),
        HeldBegan("transfer program", reason, 12.93, 13.0, 0.08, HOLD_LIMIT_S),
        PhaseEntered(
            Phase.HELD,
            "Holding at a safe point. The control unit is kept awake; nothing is lost.",
            "13.10 V for 10 s",
            "Check the charger: clamps tight, at least 50 A, not in float mode.",
        ),
        before=sagging,
    )
    for second in range(301, 301 + for_s):
        volts = 12.93 - 0.1 * (second - 300) / (100 + second)
        holding = apply(holding, float(second), seen(volts, -0.0004, "held", reason))
    return holding


def held_long() -> Status:
    return held(for_s=1460)


def refused() -> Status:
    falling = supply(300, begin_v=13.71, drift_v_per_s=-0.0011)
    reason = "The supply falls by 66 mV a minute and would be under 13.00 V before the job ends."
    return folded(
        _CHECKING,
        _CAR,
        _PLAN,
        seen(13.38, -0.0011),
        PhaseEntered(
            Phase.REFUSED,
            "Not started: the charger does not hold the voltage.",
            "START",
            "Connect a charger of 50 A or more, then press START.",
        ),
        RunEnded("refused", reason, "", RUN),
        before=falling,
    )


def done() -> Status:
    return _at_work(
        Progressed(DME, 1_890_000, 1_890_000, 0.0),
        UnitChanged(DME, UnitState.PROGRAMMED),
        StepBegun(DME, "names SWFL 2CCE 021.010.002"),
        Progressed(EGS, 612_000, 612_000, 0.0),
        UnitChanged(EGS, UnitState.PROGRAMMED),
        StepBegun(EGS, "names SWFL 1A40 012.004.010"),
        PhaseEntered(Phase.DONE, "Programmed.", "the next car", "Unplug. The claim is in the report."),
        RunEnded("programmed", "Two control units were behind and now name the target software.", "00 64 979", RUN),
    )


def failed() -> Status:
    return _at_work(
        UnitChanged(DME, UnitState.FAILED),
        StepBegun(DME, "check memory refused: NRC 72 general programming failure"),
        Noted("DTC setting is on again on all control units.", attention=True),
        Noted("DME stays in its bootloader. Do not replace it; do not switch the ignition.", attention=True),
        PhaseEntered(
            Phase.FAILED, "DME could not be programmed.", "START", "Leave the charger connected and press START again."
        ),
        RunEnded("failed", "DME refused check memory three times (NRC 72).", "", RUN),
    )


# The name of each is the word it is shown by.
STATES = {
    "ready": ready,
    "checking": checking,
    "programming": programming,
    "held": held,
    "refused": refused,
    "done": done,
    "failed": failed,
}

MORE_STATES = {**STATES, "creeping": creeping, "held-long": held_long}

_DIP_V = [13.4 - 0.0015 * t - (0.35 if 200 <= t < 260 else 0.0) for t in range(0, 480, 4)]

REPORT: dict[str, object] = {
    "verdict": "programmed",
    "reason": "Two control units were behind and now name the target software.",
    "vehicle": {
        "vin": VIN,
        "vin_valid": True,
        "main_series": "F056",
        "production": {"year": 2014, "month": 11},
        "integration_level": {"current": "F056-17-03-502", "last": "F056-16-11-504", "factory": "F056-14-11-501"},
    },
    "campaign": {"id": "mini-dme-2017", "title": "Service Action: Program Control Units (DME)"},
    "claim": {
        "defect_code": "0012440400",
        "labour_operation": "00 64 979",
        "fru": 8,
        "prior": [{"address": "0x40", "code": "804090", "text": "tyre pressure sensor, front left"}],
        "consequential": [],
    },
    "units": [
        {
            "address": "0x12",
            "name": "DME",
            "action": "program, code",
            "verdict": "programmed",
            "why": "SWFL 2CCE is 021.010.001, the target has 021.010.002",
            "software_before": ["hwel_00001af2-003_010_000", "swfl_00002cce-021_010_001"],
            "software_after": ["hwel_00001af2-003_010_000", "swfl_00002cce-021_010_002"],
        },
        {"address": "0x40", "action": "nothing", "why": "at the target software"},
    ],
    "supply": {
        "min_v": 12.9312,
        "max_v": 13.71,
        "holds": [{"began_s": 384.0, "held_s": 96.5, "reason": "12.93 V is below 13.00 V"}],
        "forecasts": [{"slope_mv_per_min": -1.2, "end_v": 13.51}, {"slope_mv_per_min": -90, "end_v": 12.2}],
        "hold_limit_v": 13.0,
        "upper_limit_v": 14.85,
        "trace": [{"at_s": 4.0 * n, "volts": round(at_v, 3)} for n, at_v in enumerate(_DIP_V)],
        "spans": [
            {"kind": "phase", "from_s": 0.0, "to_s": 60.0, "text": "CHECKING"},
            {"kind": "phase", "from_s": 60.0, "to_s": 200.0, "text": "PROGRAMMING"},
            {"kind": "phase", "from_s": 200.0, "to_s": 296.5, "text": "HELD"},
            {"kind": "phase", "from_s": 296.5, "to_s": 476.0, "text": "PROGRAMMING"},
            {"kind": "hold", "from_s": 200.0, "to_s": 296.5, "text": "12.93 V is below 13.00 V"},
        ],
        "marks": [
            {"at_s": 58.0, "text": "start: it holds", "allowed": True, "predicted_v": 13.3, "for_s": 60.0},
            {"at_s": 400.0, "text": "DME: it falls", "allowed": False, "predicted_v": 12.2, "for_s": 500.0},
        ],
    },
    "signature": {"algorithm": "Ed25519", "value": "5f0c"},
}


def write_status(data: Path, status: Status) -> Path:
    """As the engine does it: written beside, then renamed."""
    data.mkdir(parents=True, exist_ok=True)
    beside, path = data / "status.json.new", data / "status.json"
    beside.write_text(values.to_json(status), encoding="utf-8")
    return beside.replace(path)


def write_report(data: Path, run: str = RUN, plain: object = None) -> Path:
    """A final report of a run."""
    folder = data / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{run}.json"
    path.write_text(json.dumps(REPORT if plain is None else plain), encoding="utf-8")
    return path
