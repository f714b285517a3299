"""What a positive response says, row by row; the answers to ReadDataByIdentifier are in `explain_did.py`.

Layouts: ISO 14229-1; results of routines: facts.md §5.1 and §5.3.
"""

from __future__ import annotations

from collections.abc import Callable

from appliance import uds
from appliance.car.explain_did import did_rows
from appliance.car.explanation import Row, rest
from appliance.car.faults import ASKED_MASK, Fault, decode_every_fault
from appliance.car.identity import decode_calibration_ids, decode_cvn, decode_preconditions
from appliance.car.layout import require_at_least, require_length
from appliance.car.names import did_name, reset_name, routine_name, session_name
from appliance.car.timings import decode_session

_MEMORY_RESULTS = {0: "good", 1: "not good"}  # facts.md §5.1, confirmed
_DEPENDENCY_RESULTS = {  # facts.md §5.3, likely
    0: "correct",
    1: "incorrect (likely)",
    2: "software does not match the hardware (likely)",
    3: "software units do not match each other (likely)",
    4: "software is missing (likely)",
}
_REQUEST_SEED_BIT = 0x01  # odd levels carry a seed, even ones accept a key (ISO 14229-1, 10.4)


def response_rows(data: bytes) -> tuple[Row, ...]:
    """What the positive response `data` says.

    Raises:
        MalformedAnswer: its length or its content does not fit its service.
    """
    return _DECODERS.get(data[0] - uds.POSITIVE_OFFSET, _unknown)(data)


def _unknown(data: bytes) -> tuple[Row, ...]:
    return rest(data[1:])


def _session(data: bytes) -> tuple[Row, ...]:
    require_at_least(data, 2, "session timing (50)")
    session = Row("session", f"{data[1]:02X}", session_name(data[1]))
    timing = decode_session(data)
    if timing is None:
        return (session, Row("timing", "not stated"))
    return (session, Row("P2", f"{timing.p2_s * 1000:.0f} ms"), Row("P2*", f"{timing.p2_star_s * 1000:.0f} ms"))


def _reset(data: bytes) -> tuple[Row, ...]:
    require_at_least(data, 2, "reset (51)")
    return (Row("reset", f"{data[1]:02X}", reset_name(data[1])), *rest(data[2:]))


def _nothing_more(data: bytes) -> tuple[Row, ...]:
    require_length(data, 1, f"positive response ({data[0]:02X})")
    return ()


def _trouble_codes(data: bytes) -> tuple[Row, ...]:
    require_at_least(data, 2, "trouble codes (59)")
    match data[1]:
        case 0x02:
            return _list_of_codes(data)
        case 0x04 | 0x06:
            require_at_least(data, 6, f"trouble code record (59 {data[1]:02X})")
            fault = Fault(int.from_bytes(data[2:5]), data[5])
            return (_code(fault), *rest(data[6:], "snapshot" if data[1] == 0x04 else "extended data"))
        case report:
            return (Row("report", f"{report:02X}", "unknown"), *rest(data[2:]))


def _list_of_codes(data: bytes) -> tuple[Row, ...]:
    faults = decode_every_fault(data)
    matching = sum(1 for fault in faults if fault.status & ASKED_MASK)
    return (
        Row("status bits it supports", f"{data[2]:02X}"),
        *(_code(fault) for fault in faults),
        Row("pending or confirmed", str(matching), f"of {len(faults)} codes sent"),
    )


def _code(fault: Fault) -> Row:
    return Row(fault.text, f"{fault.status:02X}", fault.status_text)


def _security(data: bytes) -> tuple[Row, ...]:
    require_at_least(data, 2, "security access (67)")
    seed = data[1] & _REQUEST_SEED_BIT
    level = Row("level", f"{data[1]:02X}", "seed" if seed else "key accepted")
    # The seed itself is not shown: with its key it would be somebody's secret in a log.
    return (level, Row("seed", f"{len(data) - 2} bytes")) if seed and len(data) > 2 else (level,)


def _one_echo(data: bytes) -> tuple[Row, ...]:
    require_at_least(data, 2, f"positive response ({data[0]:02X})")
    return (Row("echo", f"{data[1]:02X}"), *rest(data[2:]))


def _written(data: bytes) -> tuple[Row, ...]:
    require_length(data, 3, "write (6E)")
    did = int.from_bytes(data[1:3])
    return (Row("DID", f"{did:04X}", did_name(did)),)


def _routine(data: bytes) -> tuple[Row, ...]:
    require_at_least(data, 4, "routine (71)")
    identifier, status = int.from_bytes(data[2:4]), data[4:]
    routine = Row("routine", f"{identifier:04X}", routine_name(identifier))
    if data[1] != 0x01:
        return (routine, Row("control", f"{data[1]:02X}", "stop or results"), *rest(status, "status"))
    match identifier:
        case 0x0203:  # check programming preconditions
            return (routine, *_preconditions(data))
        case 0x0202:  # check memory
            return (routine, *_result(status, _MEMORY_RESULTS))
        case 0xFF01:  # check programming dependencies
            return (routine, *_result(status, _DEPENDENCY_RESULTS))
        case _:
            return (routine, *rest(status, "status"))


def _preconditions(data: bytes) -> tuple[Row, ...]:
    unmet = decode_preconditions(data)
    if not unmet:
        return (Row("unmet preconditions", "none"),)
    return tuple(Row("unmet precondition", f"{p.code:02X}", f"{p.meaning} ({p.confidence.value})") for p in unmet)


def _result(status: bytes, meanings: dict[int, str]) -> tuple[Row, ...]:
    if not status:
        return (Row("result", "not stated"),)
    return (Row("result", f"{status[0]:02X}", meanings.get(status[0], "unknown")), *rest(status[1:]))


def _download(data: bytes) -> tuple[Row, ...]:
    require_at_least(data, 3, "download accepted (74)")
    width = data[1] >> 4
    require_length(data, 2 + width, "download accepted (74)")
    return (Row("maximum block length", f"{int.from_bytes(data[2:])} bytes", "service and counter included"),)


def _obd(data: bytes) -> tuple[Row, ...]:
    require_at_least(data, 2, "OBD vehicle information (49)")
    match data[1]:
        case 0x04:
            return tuple(Row("calibration id", text) for text in decode_calibration_ids(data))
        case 0x06:
            return tuple(Row("calibration verification number", text) for text in decode_cvn(data))
        case kind:
            return (Row("information type", f"{kind:02X}", "unknown"), *rest(data[2:]))


def _transferred(data: bytes) -> tuple[Row, ...]:
    require_at_least(data, 2, "block accepted (76)")
    return (Row("block sequence counter", f"{data[1]:02X}"), *rest(data[2:]))


_DECODERS: dict[int, Callable[[bytes], tuple[Row, ...]]] = {
    uds.Sid.OBD_VEHICLE_INFORMATION: _obd,
    uds.Sid.DIAGNOSTIC_SESSION_CONTROL: _session,
    uds.Sid.ECU_RESET: _reset,
    uds.Sid.CLEAR_DIAGNOSTIC_INFORMATION: _nothing_more,
    uds.Sid.READ_DTC_INFORMATION: _trouble_codes,
    uds.Sid.READ_DATA_BY_IDENTIFIER: did_rows,
    uds.Sid.SECURITY_ACCESS: _security,
    uds.Sid.COMMUNICATION_CONTROL: _one_echo,
    uds.Sid.WRITE_DATA_BY_IDENTIFIER: _written,
    uds.Sid.ROUTINE_CONTROL: _routine,
    uds.Sid.REQUEST_DOWNLOAD: _download,
    uds.Sid.TRANSFER_DATA: _transferred,
    uds.Sid.REQUEST_TRANSFER_EXIT: _unknown,
    uds.Sid.TESTER_PRESENT: _one_echo,
    uds.Sid.CONTROL_DTC_SETTING: _one_echo,
}
