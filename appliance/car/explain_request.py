"""What a request asks for, row by row (layouts: ISO 14229-1; BMW's fields: facts.md §5.1)."""

from __future__ import annotations

from collections.abc import Callable

from appliance import uds
from appliance.car.explanation import Row, rest
from appliance.car.faults import Fault
from appliance.car.layout import require_at_least, require_length
from appliance.car.names import did_name, reset_name, routine_name, service_title, session_name
from appliance.errors import MalformedAnswer

_SUPPRESS_BIT = 0x80
_SUPPRESS_ROW = Row("suppress positive response", "yes")
_DTC_SETTINGS = {0x01: "on", 0x02: "off"}
_COMMUNICATION = {
    0x00: "receive and send",
    0x01: "receive, do not send",
    0x02: "send, do not receive",
    0x03: "neither",
}
_ROUTINE_CONTROLS = {0x01: "start", 0x02: "stop", 0x03: "request results"}
_EVERY_CODE = 0xFFFFFF


def request_rows(data: bytes) -> tuple[Row, ...]:
    """What the request `data` asks for.

    Raises:
        MalformedAnswer: its length does not fit its service.
    """
    return _DECODERS.get(data[0], _unknown)(data)


def _unknown(data: bytes) -> tuple[Row, ...]:
    return rest(data[1:])


def _need(data: bytes, minimum: int) -> None:
    require_at_least(data, minimum, f"request {service_title(data[0])}")


def _need_exactly(data: bytes, length: int) -> None:
    require_length(data, length, f"request {service_title(data[0])}")


def _sub_function(data: bytes, field: str, meaning: Callable[[int], str]) -> tuple[Row, ...]:
    value = data[1] & ~_SUPPRESS_BIT
    row = Row(field, f"{value:02X}", meaning(value))
    return (row, _SUPPRESS_ROW) if data[1] & _SUPPRESS_BIT else (row,)


def _session(data: bytes) -> tuple[Row, ...]:
    _need_exactly(data, 2)
    return _sub_function(data, "session", session_name)


def _reset(data: bytes) -> tuple[Row, ...]:
    _need_exactly(data, 2)
    return _sub_function(data, "reset", reset_name)


def _clear(data: bytes) -> tuple[Row, ...]:
    _need(data, 4)
    group = int.from_bytes(data[1:4])
    return (Row("trouble codes", f"{group:06X}", "all" if group == _EVERY_CODE else "group"), *rest(data[4:]))


def _trouble_codes(data: bytes) -> tuple[Row, ...]:
    _need(data, 2)
    match data[1] & ~_SUPPRESS_BIT:
        case 0x02:
            _need_exactly(data, 3)
            return (
                Row("report", "02", "codes by status"),
                Row("mask", f"{data[2]:02X}", Fault(0, data[2]).status_text),
            )
        case 0x04 | 0x06 as report:
            _need_exactly(data, 6)
            code = Row("trouble code", data[2:5].hex().upper())
            what = "snapshot of one code" if report == 0x04 else "extended data of one code"
            return (Row("report", f"{report:02X}", what), code, Row("record", f"{data[5]:02X}"))
        case report:
            return (Row("report", f"{report:02X}", "unknown"), *rest(data[2:]))


def _read(data: bytes) -> tuple[Row, ...]:
    _need(data, 3)
    if len(data) % 2 == 0:
        raise MalformedAnswer(
            f"request {service_title(data[0])}", found=f"{len(data)} bytes", expected="22 and two bytes for each DID"
        )
    return tuple(_did(int.from_bytes(data[start : start + 2])) for start in range(1, len(data), 2))


def _write(data: bytes) -> tuple[Row, ...]:
    _need(data, 4)
    return (_did(int.from_bytes(data[1:3])), *rest(data[3:]))


def _did(did: int) -> Row:
    return Row("DID", f"{did:04X}", did_name(did))


def _security(data: bytes) -> tuple[Row, ...]:
    _need(data, 2)
    level = data[1] & ~_SUPPRESS_BIT
    rows = _sub_function(data, "level", lambda _: "request seed" if level % 2 else "send key")
    if level % 2:
        return (*rows, *rest(data[2:], "security data", "user id on BMW"))
    return (*rows, Row("key", f"{len(data) - 2} bytes", "not shown"))


def _communication(data: bytes) -> tuple[Row, ...]:
    _need(data, 3)
    rows = _sub_function(data, "control", lambda value: _COMMUNICATION.get(value, "unknown"))
    messages = "normal messages" if data[2] & 0x03 == 0x01 else "other messages too"
    return (*rows, Row("of", f"{data[2]:02X}", messages), *rest(data[3:]))


def _routine(data: bytes) -> tuple[Row, ...]:
    _need(data, 4)
    identifier = int.from_bytes(data[2:4])
    return (
        *_sub_function(data, "control", lambda value: _ROUTINE_CONTROLS.get(value, "unknown")),
        Row("routine", f"{identifier:04X}", routine_name(identifier)),
        *rest(data[4:], "option"),
    )


def _download(data: bytes) -> tuple[Row, ...]:
    _need(data, 3)
    size_width, address_width = data[2] >> 4, data[2] & 0x0F
    _need_exactly(data, 3 + address_width + size_width)
    address, size = data[3 : 3 + address_width], data[3 + address_width :]
    return (
        Row("data format", f"{data[1]:02X}", "plain" if data[1] == 0 else "compressed or encrypted"),
        Row("address", f"0x{address.hex().upper()}"),
        Row("size", f"{int.from_bytes(size)} bytes"),
    )


def _transfer(data: bytes) -> tuple[Row, ...]:
    _need(data, 2)
    return (Row("block sequence counter", f"{data[1]:02X}"), Row("image", f"{len(data) - 2} bytes"))


def _tester_present(data: bytes) -> tuple[Row, ...]:
    _need_exactly(data, 2)
    return _sub_function(data, "sub-function", lambda value: "keep the session" if value == 0 else "unknown")


def _dtc_setting(data: bytes) -> tuple[Row, ...]:
    _need(data, 2)
    rows = _sub_function(data, "storage of trouble codes", lambda value: _DTC_SETTINGS.get(value, "unknown"))
    return (*rows, *rest(data[2:]))


def _obd(data: bytes) -> tuple[Row, ...]:
    _need(data, 2)
    kinds = {0x04: "calibration id", 0x06: "calibration verification number"}
    return (Row("information type", f"{data[1]:02X}", kinds.get(data[1], "unknown")), *rest(data[2:]))


_DECODERS: dict[int, Callable[[bytes], tuple[Row, ...]]] = {
    uds.Sid.OBD_VEHICLE_INFORMATION: _obd,
    uds.Sid.DIAGNOSTIC_SESSION_CONTROL: _session,
    uds.Sid.ECU_RESET: _reset,
    uds.Sid.CLEAR_DIAGNOSTIC_INFORMATION: _clear,
    uds.Sid.READ_DTC_INFORMATION: _trouble_codes,
    uds.Sid.READ_DATA_BY_IDENTIFIER: _read,
    uds.Sid.SECURITY_ACCESS: _security,
    uds.Sid.COMMUNICATION_CONTROL: _communication,
    uds.Sid.WRITE_DATA_BY_IDENTIFIER: _write,
    uds.Sid.ROUTINE_CONTROL: _routine,
    uds.Sid.REQUEST_DOWNLOAD: _download,
    uds.Sid.TRANSFER_DATA: _transfer,
    uds.Sid.REQUEST_TRANSFER_EXIT: _unknown,
    uds.Sid.TESTER_PRESENT: _tester_present,
    uds.Sid.CONTROL_DTC_SETTING: _dtc_setting,
}
