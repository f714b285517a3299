"""A final report's JSON, read for display.  Pure.

Keys may be added, and a report may come from another version.  So nothing here
fails: what is missing is empty, what is unexpected is shown as it is, and the whole JSON is one tap away.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from appliance.engine.foresight import answer
from appliance.page.words import duration

_EVIDENT = frozenset({"address", "code", "name", "text", "reason", "why"})  # the value says what it is
_UNITS = {"_v": "V", "_s": "s", "_a": "A", "_bytes": "bytes", "_percent": "%"}


@dataclass(frozen=True, slots=True)
class ReportUnit:
    """One control unit; software in PSdZ form."""

    address: str
    name: str
    action: str
    verdict: str
    why: str
    software_before: tuple[str, ...]
    software_after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportLeft:
    """A control unit that was left alone, and why."""

    address: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class ReportOther:
    """A campaign that the run was not for; `labour` and `defect_code` are what may be claimed for it, or empty."""

    id: str
    title: str
    closing: str
    defect_code: str
    labour: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportClaim:
    """What to write on the claim; all empty when there is nothing to claim."""

    defect_code: str
    labour_operation: str
    fru: str
    prior: tuple[str, ...]
    consequential: tuple[str, ...]
    others: tuple[ReportOther, ...] = ()
    remote_support: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportSupply:
    """The supply during the run; extremes empty when there was no reading, `charger_test` when there was none."""

    min_v: str
    max_v: str
    holds: tuple[str, ...]
    forecasts: tuple[str, ...]
    charger_test: str = ""


@dataclass(frozen=True, slots=True)
class ReportView:
    """Everything the report page shows; an unknown is empty.

    `device` is the fingerprint of the device that signed it, as the report says: nothing is checked here.
    """

    run: str
    verdict: str
    reason: str
    campaign: str
    title: str
    vin: str
    vehicle: tuple[tuple[str, str], ...]
    claim: ReportClaim
    units: tuple[ReportUnit, ...]
    supply: ReportSupply
    signed: bool
    device: str = ""
    untouched: tuple[ReportLeft, ...] = ()
    level_why: str = ""


def view(run: str, plain: dict[str, object]) -> ReportView:
    """The report of `run`, for display."""
    return ReportView(
        run=run,
        verdict=_text(plain, "verdict"),
        reason=_text(plain, "reason"),
        campaign=_text(plain, "campaign", "id"),
        title=_text(plain, "campaign", "title"),
        vin=_text(plain, "vehicle", "vin"),
        vehicle=_vehicle(plain),
        claim=ReportClaim(
            _text(plain, "claim", "defect_code"),
            _text(plain, "claim", "labour_operation"),
            _text(plain, "claim", "fru"),
            _lines(plain, "claim", "prior"),
            _lines(plain, "claim", "consequential"),
            tuple(_other(one) for one in _list(plain, "claim", "others")),
            _lines(plain, "claim", "remote_support", "instructions"),
            tuple(_stage(one) for one in _list(plain, "claim", "stages")),
        ),
        units=tuple(_unit(unit) for unit in _list(plain, "units")),
        supply=ReportSupply(
            _volts(plain, "supply", "min_v"),
            _volts(plain, "supply", "max_v"),
            tuple(_hold(hold) for hold in _list(plain, "supply", "holds")),
            tuple(_forecast(said) for said in _list(plain, "supply", "forecasts")),
            _charger_test(plain),
        ),
        signed=bool(_at(plain, "signature")),
        device=_text(plain, "signature", "device"),
        untouched=tuple(
            ReportLeft(_text(one, "address"), _text(one, "name"), _text(one, "why"))
            for one in _list(plain, "untouched")
        ),
        level_why=_text(plain, "level_why"),
    )


def _vehicle(plain: object) -> tuple[tuple[str, str], ...]:
    facts = (
        ("VIN", _text(plain, "vehicle", "vin")),
        ("Main series", _text(plain, "vehicle", "main_series")),
        ("Produced", _month(_at(plain, "vehicle", "production"))),
        ("Integration level", _text(plain, "vehicle", "integration_level", "current")),
        ("Level before that", _text(plain, "vehicle", "integration_level", "last")),
        ("Level at the factory", _text(plain, "vehicle", "integration_level", "factory")),
    )
    return tuple((name, value) for name, value in facts if value)


def _charger_test(plain: object) -> str:
    found = [_text(plain, "supply", "charger_test", key) for key in ("verdict", "words")]
    return ": ".join(filter(None, found))


def _other(plain: object) -> ReportOther:
    return ReportOther(
        _text(plain, "campaign"),
        _text(plain, "title"),
        _text(plain, "closing"),
        _text(plain, "defect_code"),
        _text(plain, "labour_operation"),
        _lines(plain, "sentences"),
    )


def _stage(plain: object) -> str:
    plan, report = _text(plain, "plan_sha256"), _text(plain, "report_sha256")
    words = [f"run {_text(plain, 'run')}: {_text(plain, 'verdict')}", f"measures plan {plan[:16]}…" if plan else ""]
    return ", ".join(filter(None, (*words, f"report {report[:16]}…" if report else "")))


def _unit(plain: object) -> ReportUnit:
    return ReportUnit(
        _text(plain, "address"),
        _text(plain, "name"),
        _text(plain, "action"),
        _text(plain, "verdict"),
        _text(plain, "why"),
        _lines(plain, "software_before"),
        _lines(plain, "software_after"),
    )


def _hold(plain: object) -> str:
    """A sentence of its words; of a report that tells it otherwise, whatever is there."""
    step, reason, held_s = _text(plain, "step"), _text(plain, "reason"), _at(plain, "held_s")
    if not step or not reason:
        return _said(plain)
    lasted = f"held for {duration(held_s)}" if isinstance(held_s, int | float) else "held until it was cut off"
    return f"Before {step}: {reason}; {lasted}."


def _forecast(plain: object) -> str:
    """As `_hold`."""
    step, reason, allowed = _text(plain, "step"), _text(plain, "reason"), _at(plain, "allowed")
    if not step or not reason or not isinstance(allowed, bool):
        return _said(plain)
    said = answer(allowed, _text(plain, "criterion"))
    return f"{step[:1].upper()}{step[1:]}: {said}. {reason[:1].upper()}{reason[1:]}."


def _at(plain: object, *keys: str) -> object:
    for key in keys:
        plain = plain.get(key) if isinstance(plain, dict) else None
    return plain


def _text(plain: object, *keys: str) -> str:
    return _said(_at(plain, *keys))


def _list(plain: object, *keys: str) -> list[object]:
    found = _at(plain, *keys)
    return found if isinstance(found, list) else []


def _lines(plain: object, *keys: str) -> tuple[str, ...]:
    found = _at(plain, *keys)
    return tuple(_said(item) for item in found) if isinstance(found, list) else tuple(filter(None, (_said(found),)))


def _volts(plain: object, *keys: str) -> str:
    found = _at(plain, *keys)
    return f"{found:.2f} V" if isinstance(found, int | float) else _said(found)


def _month(production: object) -> str:
    year, month = _at(production, "year"), _at(production, "month")
    if isinstance(year, int) and isinstance(month, int):
        return f"{year:04}-{month:02}"
    return _said(production)


def _said(value: object) -> str:
    """One line for any JSON value; empty for null."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case dict():
            return " · ".join(_named(str(key), item) for key, item in value.items() if item not in (None, "", []))
        case list():
            return ", ".join(_said(item) for item in value)
        case _:
            return json.dumps(value)


def _named(key: str, value: object) -> str:
    if key in _EVIDENT:
        return _said(value)
    for ending, unit in _UNITS.items():
        if key.endswith(ending):
            return f"{key.removesuffix(ending).replace('_', ' ')} {_said(value)} {unit}".strip()
    return f"{key.replace('_', ' ')} {_said(value)}"
