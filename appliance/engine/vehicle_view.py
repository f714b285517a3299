"""The car as `kl30 identify --json` and the report print it: fixed keys, PSdZ spelling, hex addresses."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.car.addresses import name_of
from appliance.car.condition import condition_of
from appliance.car.faults import Fault
from appliance.car.vehicle import UnitSeen, Vehicle
from appliance.events import VehicleSeen


@dataclass(frozen=True, slots=True)
class FaultView:
    """A trouble code: six hex digits, its status byte, whether it is there now."""

    code: str
    status: int
    present: bool


@dataclass(frozen=True, slots=True)
class ProductionView:
    """Month of production as the vehicle order has it; None: unknown."""

    year: int | None
    month: int | None


@dataclass(frozen=True, slots=True)
class LevelsView:
    """Integration levels as text; None: empty or unreadable."""

    current: str | None
    last: str | None
    factory: str | None


@dataclass(frozen=True, slots=True)
class UnitView:
    """One control unit. `programming_check` 1 to 4 as in its SVK; None: it named no software.

    `condition` is `car.condition.State` in words, `evidence` what speaks for it; empty where nothing is wrong.
    """

    address: str
    name: str
    software: tuple[str, ...]
    programming_check: int | None
    programmed_on: str | None
    faults: tuple[FaultView, ...]
    faults_read: bool
    in_bootloader: bool
    calibration_id: str
    cvn: str
    programmed_times: int | None
    condition: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VehicleView:
    """The whole car. `vin_valid` is None where a VIN has no check digit to judge."""

    vin: str | None
    vin_valid: bool | None
    main_series: str | None
    model: str | None
    production: ProductionView
    integration_level: LevelsView
    vehicle_order: str | None
    units: tuple[UnitView, ...]
    troubles: tuple[str, ...]


def view_of(vehicle: Vehicle) -> VehicleView:
    """The printable form of an observation."""
    order, levels = vehicle.order, vehicle.levels
    current = levels.current if levels else None
    return VehicleView(
        vin=vehicle.vin.text if vehicle.vin else None,
        vin_valid=vehicle.vin.check_digit_valid if vehicle.vin else None,
        main_series=current.series if current else (order.series if order else None),
        model=f"{order.series} {order.type_key}" if order else None,
        production=ProductionView(order.year if order else None, order.month if order else None),
        integration_level=LevelsView(
            _text(current), _text(levels.last if levels else None), _text(levels.factory if levels else None)
        ),
        vehicle_order=order.text if order else None,
        units=tuple(_unit(unit) for unit in vehicle.units),
        troubles=vehicle.troubles,
    )


def vehicle_seen(vehicle: Vehicle) -> VehicleSeen:
    """The car in the few words of a status."""
    order, level = vehicle.order, vehicle.levels.current if vehicle.levels else None
    return VehicleSeen(
        vin=vehicle.vin.text if vehicle.vin else "unknown",
        main_series=level.series if level else "unknown",
        model=f"{order.series} {order.type_key}" if order else "unknown",
        production=f"{order.month:02}/{order.year}" if order else "unknown",
        level=str(level) if level else "unknown",
    )


def address_text(address: int) -> str:
    """An address as people and JSON have it, `0x12`."""
    return f"0x{address:02X}"


def software_of(unit: UnitSeen | None) -> tuple[str, ...]:
    """What a control unit names, in PSdZ spelling; empty when it named nothing."""
    return tuple(entry.psdz for entry in unit.svk.entries) if unit and unit.svk else ()


def fault_view(fault: Fault) -> FaultView:
    """The printable form of a trouble code."""
    return FaultView(fault.text, fault.status, fault.present)


def _unit(unit: UnitSeen) -> UnitView:
    svk, condition = unit.svk, condition_of(unit)
    return UnitView(
        address=address_text(unit.address),
        name=name_of(unit.address),
        software=software_of(unit),
        programming_check=int(svk.check) if svk else None,
        programmed_on=svk.programmed_on.isoformat() if svk and svk.programmed_on else None,
        faults=tuple(fault_view(fault) for fault in unit.faults or ()),
        faults_read=unit.faults is not None,
        in_bootloader=unit.in_bootloader,
        calibration_id=unit.calibration_id,
        cvn=unit.cvn,
        programmed_times=unit.counter,
        condition=condition.state.value,
        evidence=condition.evidence,
    )


def _text(level: object | None) -> str | None:
    return str(level) if level is not None else None
