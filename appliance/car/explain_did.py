"""What `62` and a data identifier say, row by row."""

from __future__ import annotations

from collections.abc import Callable

from appliance.car.addresses import UNIT_LISTS, decode_unit_list, name_of
from appliance.car.explanation import NOT_DECODED, Row, rest
from appliance.car.integration_level import DID_LEVELS, Level, decode_levels
from appliance.car.layout import bcd_date, did_label, did_of, hex_text, require_at_least, require_length
from appliance.car.names import SVK_DIDS, did_name, session_name
from appliance.car.sgbm import SgbmId
from appliance.car.svk import Svk, decode_svk
from appliance.car.timings import (
    DID_COUNTER,
    DID_COUNTER_MAX,
    DID_FLASH_TIMINGS,
    decode_counters,
    decode_flash_timings,
)
from appliance.car.vehicle_order import DID_VEHICLE_ORDER, decode_vehicle_order
from appliance.car.vin import DID_VIN, Vin, decode_vin

_ENERGY_MODES = {0: "normal", 1: "production", 2: "transport", 3: "flash"}  # facts.md §3.4, confirmed


def did_rows(payload: bytes) -> tuple[Row, ...]:
    """The identifier, then what its data say; data nobody described are shown as they are.

    Raises:
        MalformedAnswer: too short for an identifier, or data that do not have its layout.
    """
    did = did_of(payload, "positive response ReadDataByIdentifier")
    return (Row("DID", f"{did:04X}", did_name(did)), *_rows_of(did)(payload))


def svk_rows(svk: Svk) -> tuple[Row, ...]:
    """An SVK: the control unit's own check first, then who programmed it and what is in it."""
    day = svk.programmed_on.isoformat() if svk.programmed_on else "unknown"
    return (
        Row("layout version", f"{svk.version:02X}"),
        Row("programming check", f"{svk.check:02X}", svk.check.explanation),
        Row("programmed on", day),
        Row("fingerprint", hex_text(svk.fingerprint), "tag, tester or supplier id, serial, mileage (likely)"),
        *(Row(unit.class_name, unit.text, _unit_meaning(unit)) for unit in svk.entries),
    )


def _unit_meaning(unit: SgbmId) -> str:
    if unit.unidentifiable:
        return f"{unit.psdz}: a unit that cannot be identified, as after a failed flash"
    if unit.unknown:
        return f"{unit.psdz}: empty"
    if (unit.main, unit.sub, unit.patch) == (0xFF, 0xFF, 0xFF):
        return f"{unit.psdz}, version not applicable"
    return f"{unit.psdz}, version {unit.version}"


def _rows_of(did: int) -> Callable[[bytes], tuple[Row, ...]]:
    if did in SVK_DIDS:
        return lambda payload: svk_rows(decode_svk(payload, did))
    if did in UNIT_LISTS:
        return _unit_list
    return _DECODERS.get(did, _raw)


def _raw(payload: bytes) -> tuple[Row, ...]:
    return (Row("data", hex_text(payload[3:]), NOT_DECODED),)


def _vin(payload: bytes) -> tuple[Row, ...]:
    vin = decode_vin(payload)
    body = f"{vin.body} ({vin.body_confidence.value})" if vin.body else "unknown"
    return (
        Row("VIN", vin.text),
        Row("check digit", vin.text[8], _check_digit(vin)),
        Row("type code", vin.type_code, f"body {body}"),
    )


def _check_digit(vin: Vin) -> str:
    match vin.check_digit_valid:
        case True:
            return "valid"
        case False:
            return "not valid"
        case None:
            return "unknown: only VINs for North America must have one"


def _vehicle_order(payload: bytes) -> tuple[Row, ...]:
    order = decode_vehicle_order(payload)
    return (
        Row("construction", f"{order.year}-{order.month:02}", "the month is all the order holds"),
        Row("series", order.series),
        Row("type key", order.type_key),
        Row("paint", order.paint or "not stated"),
        Row("upholstery", order.upholstery or "not stated"),
        Row("options", " ".join(order.options) or "none"),
        Row("E-words", " ".join(order.e_words) or "none"),
        Row("HO-words", " ".join(order.ho_words) or "none"),
        Row("as text", order.text),
    )


def _levels(payload: bytes) -> tuple[Row, ...]:
    levels = decode_levels(payload)
    return (
        _level("current", levels.current, "of the vehicle, not of one control unit"),
        _level("last", levels.last, "order of last and factory: likely"),
        _level("factory", levels.factory, "order of last and factory: likely"),
    )


def _level(field: str, level: Level | None, meaning: str) -> Row:
    return Row(field, "unknown", "empty or unreadable") if level is None else Row(field, str(level), meaning)


def _flash_timings(payload: bytes) -> tuple[Row, ...]:
    timings = decode_flash_timings(payload)
    seconds = (
        ("erase", timings.erase_s),
        ("check memory", timings.check_memory_s),
        ("bootloader installation", timings.bootloader_s),
        ("authentication", timings.authentication_s),
        ("reset", timings.reset_s),
        ("transfer (likely)", timings.transfer_s),
    )
    return tuple(Row(field, "unknown" if value is None else f"{value} s") for field, value in seconds)


def _counter(payload: bytes) -> tuple[Row, ...]:
    times = decode_counters(payload).times
    return (Row("times", "unlimited" if times is None else str(times)),)


def _unit_list(payload: bytes) -> tuple[Row, ...]:
    addresses = decode_unit_list(payload)
    return (
        Row("control units", str(len(addresses))),
        *(Row("address", f"0x{address:02X}", name_of(address)) for address in addresses),
    )


def _session(payload: bytes) -> tuple[Row, ...]:
    require_at_least(payload[3:], 1, did_label(0xF186, did_name(0xF186)))
    return (Row("session", f"{payload[3]:02X}", session_name(payload[3])), *rest(payload[4:]))


def _energy_mode(payload: bytes) -> tuple[Row, ...]:
    require_length(payload[3:], 1, did_label(0x100A, did_name(0x100A)))
    return (Row("energy mode", f"{payload[3]:02X}", _ENERGY_MODES.get(payload[3], "unknown")),)


def _manufactured(payload: bytes) -> tuple[Row, ...]:
    require_length(payload[3:], 3, did_label(0xF18B, did_name(0xF18B)))
    day = bcd_date(payload[3:])
    return (Row("manufactured on", day.isoformat() if day else "unknown", "the control unit, not the car"),)


_DECODERS: dict[int, Callable[[bytes], tuple[Row, ...]]] = {
    DID_VIN: _vin,
    DID_VEHICLE_ORDER: _vehicle_order,
    DID_LEVELS: _levels,
    DID_FLASH_TIMINGS: _flash_timings,
    DID_COUNTER: _counter,
    DID_COUNTER_MAX: _counter,
    0x100A: _energy_mode,
    0xF186: _session,
    0xF18B: _manufactured,
}
