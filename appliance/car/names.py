"""Names of sessions, routines, data identifiers and resets, for people.

Sources: ISO 14229-1 (services, resets, sessions 01 to 04); facts.md §3.4 (identifiers) and §5.2 (sessions and
routines), names confirmed there.  What is in no table here is unknown, and said to be.
"""

from __future__ import annotations

from appliance import uds
from appliance.car.addresses import UNIT_LISTS

UNKNOWN = "unknown"

_SESSIONS = {
    0x01: "default",
    0x02: "programming",
    0x03: "extended",
    0x04: "safety",
    0x40: "end of line",
    0x41: "coding",
    0x42: "SWT",
    0x43: "HDD download",
    0x4F: "development",
    0x5F: "garage",
}
_RESETS = {0x01: "hard reset", 0x02: "key off/on reset", 0x03: "soft reset"}
_ROUTINES = {
    0x0200: "vehicle's SVT",
    0x0202: "check memory",
    0x0203: "check programming preconditions",
    0x0204: "read programming status of software units",
    0x0205: "read development info of software units",
    0x0206: "check programming power",
    0x0207: "generate SVT",
    0x0F01: "check coding",
    0x0F06: "clear secondary memory",
    0x0F0A: "check programming status",
    0x0F0C: "set energy mode",
    0x1001: "set diagnosis power mode",
    0x1002: "individual data rescue",
    0x1003: "set extended operating mode",
    0x100D: "activate coding mode",
    0x100E: "activate programming mode",
    0x100F: "activate application mode",
    0xFF00: "erase memory",
    0xFF01: "check programming dependencies",
}
_DIDS = {
    **UNIT_LISTS,
    0x1000: "test stamp",
    0x1001: "condition based service",
    0x1009: "vehicle production date; its content is unknown",
    0x100A: "energy mode",
    0x100B: "integration levels",
    0x100E: "extended operating mode",
    0x1700: "mileage",
    0x1701: "system time",
    0x170C: "board power supply",
    0x172A: "IP configuration",
    0x172B: "MAC address",
    0x2000: "secondary memory",
    0x2501: "unknown; the flash times of a KWP2000 control unit",  # likely
    0x2502: "programming counter",
    0x2503: "maximum programming count",
    0x2504: "flash timings",
    0x2505: "maximum block length",
    0x2507: "whether software units can be deleted",
    0x37FE: "coding proof stamp",
    0x3F00: "SVT actual",
    0x3F01: "SVT target",
    0x3F06: "vehicle order",
    0x3F1C: "vehicle order, backup",
    0x3F1D: "vehicle order, backup",
    0xF100: "active session state",
    0xF101: "SVK, current",
    0xF102: "SVK, supplier",
    0xF103: "SVK, factory",
    0xF150: "variant of the diagnostic description",
    0xF15A: "fingerprint",
    0xF186: "active session",
    0xF18A: "supplier",
    0xF18B: "date of manufacture of the control unit",
    0xF18C: "serial number of the control unit",
    0xF190: "VIN",
    0xF303: "measured values, chosen before with 2C",
}
SVK_BACKUPS = range(0xF104, 0xF141)
SVK_DIDS = range(0xF101, 0xF141)

# Services nothing in this project asks for, so that `uds.Sid` does not hold them (ISO 14229-1, table 2).
_OTHER_SERVICES = {
    0x23: "ReadMemoryByAddress",
    0x24: "ReadScalingDataByIdentifier",
    0x29: "Authentication",
    0x2A: "ReadDataByPeriodicIdentifier",
    0x2C: "DynamicallyDefineDataIdentifier",
    0x2F: "InputOutputControlByIdentifier",
    0x35: "RequestUpload",
    0x38: "RequestFileTransfer",
    0x3D: "WriteMemoryByAddress",
    0x83: "AccessTimingParameter",
    0x84: "SecuredDataTransmission",
    0x86: "ResponseOnEvent",
    0x87: "LinkControl",
}


def session_name(session: int) -> str:
    """Of a diagnostic session; `unknown` without one."""
    return _SESSIONS.get(session, UNKNOWN)


def reset_name(kind: int) -> str:
    """Of a kind of ECUReset; `unknown` without one."""
    return _RESETS.get(kind, UNKNOWN)


def routine_name(routine: int) -> str:
    """Of a routine identifier; `unknown` without one."""
    return _ROUTINES.get(routine, UNKNOWN)


def did_name(did: int) -> str:
    """Of a data identifier; `unknown` without one."""
    return "SVK, backup" if did in SVK_BACKUPS else _DIDS.get(did, UNKNOWN)


def service_title(sid: int) -> str:
    """The standard's name of a service; `unknown service XX` without one."""
    if sid in _OTHER_SERVICES:
        return _OTHER_SERVICES[sid]
    return uds.service_name(sid) if sid in set(uds.Sid) else f"unknown service {sid:02X}"
