"""Requests of ISO 14229-1 as bytes, and the parts of their answers that procedures need.

udsoncan is the codec; nothing of it is visible outside this file.  BMW's routines and identifiers: facts.md §3.4, §5.
"""

from __future__ import annotations

from enum import IntEnum

import udsoncan
from udsoncan import services as iso

from appliance.errors import MalformedAnswer
from appliance.procedure.words import Response

DOWNLOAD_OVERHEAD = 2  # service identifier and block sequence counter count in the maximum block length (14.2.3)
ISO_TP_MAX = 4095  # 12-bit length of ISO 15765-2 on classic CAN (facts.md §1, confirmed)


class Session(IntEnum):
    """Diagnostic sessions (facts.md §5.2, confirmed)."""

    DEFAULT = 0x01
    PROGRAMMING = 0x02
    EXTENDED = 0x03
    CODING = 0x41


class Did(IntEnum):
    """Data identifiers (facts.md §3.4, confirmed unless noted there)."""

    INTEGRATION_LEVELS = 0x100B
    FLASH_TIMINGS = 0x2504
    PROGRAMMING_COUNTER = 0x2502
    PROGRAMMING_COUNTER_MAX = 0x2503
    CODING_STAMP = 0x37FE
    VEHICLE_ORDER = 0x3F06
    SVK = 0xF101
    FINGERPRINT = 0xF15A
    ACTIVE_SESSION = 0xF186
    VIN = 0xF190


class Routine(IntEnum):
    """Routine identifiers (facts.md §5.1 and §5.2, confirmed)."""

    CHECK_MEMORY = 0x0202
    CHECK_PRECONDITIONS = 0x0203
    CODING_CHECKSUM = 0x0F01
    CLEAR_SECONDARY_MEMORY = 0x0F06
    ENERGY_MODE = 0x0F0C
    POWER_MODE = 0x1001
    EXTENDED_MODE = 0x1003
    ERASE_MEMORY = 0xFF00
    CHECK_DEPENDENCIES = 0xFF01


def session(kind: Session) -> bytes:
    """DiagnosticSessionControl."""
    return _bytes(iso.DiagnosticSessionControl, subfunction=kind)


def hard_reset() -> bytes:
    """ECUReset, hardReset."""
    return _bytes(iso.ECUReset, subfunction=1)


def tester_present() -> bytes:
    """TesterPresent that asks for an answer (`3E 00`); who only keeps sessions alive sends `uds.TESTER_PRESENT`."""
    return _bytes(iso.TesterPresent, subfunction=0)


def read(did: int) -> bytes:
    """ReadDataByIdentifier, one identifier."""
    return _bytes(iso.ReadDataByIdentifier, data=did.to_bytes(2, "big"))


def write(did: int, data: bytes) -> bytes:
    """WriteDataByIdentifier."""
    return _bytes(iso.WriteDataByIdentifier, data=did.to_bytes(2, "big") + data)


def routine(identifier: Routine, data: bytes = b"") -> bytes:
    """RoutineControl, startRoutine."""
    return _bytes(iso.RoutineControl, subfunction=1, data=identifier.to_bytes(2, "big") + data)


def request_seed(level: int, data: bytes) -> bytes:
    """SecurityAccess, requestSeed of an odd `level`; `data` is the securityAccessDataRecord."""
    return _bytes(iso.SecurityAccess, subfunction=level, data=data)


def send_key(level: int, key: bytes) -> bytes:
    """SecurityAccess, sendKey for the seed of `level`."""
    return _bytes(iso.SecurityAccess, subfunction=level + 1, data=key)


def dtc_setting(on: bool) -> bytes:
    """ControlDTCSetting."""
    return _bytes(iso.ControlDTCSetting, subfunction=1 if on else 2)


def normal_messages(on: bool) -> bytes:
    """CommunicationControl: normal messages sent and received, or received only (`28 01 01`, facts.md §5.1)."""
    return _bytes(iso.CommunicationControl, subfunction=0 if on else 1, data=b"\x01")


def read_faults() -> bytes:
    """ReadDTCInformation, reportDTCByStatusMask pending and confirmed (`19 02 0C`, facts.md §9)."""
    return _bytes(iso.ReadDTCInformation, subfunction=2, data=b"\x0c")


def extended_data(code: int) -> bytes:
    """ReadDTCInformation, every extended data record of one code (`19 06 … FF`, facts.md §9)."""
    return bytes((0x19, 0x06)) + code.to_bytes(3, "big") + b"\xff"


def snapshot(code: int) -> bytes:
    """ReadDTCInformation, every snapshot record of one code (`19 04 … FF`, same section)."""
    return bytes((0x19, 0x04)) + code.to_bytes(3, "big") + b"\xff"


def clear_faults() -> bytes:
    """ClearDiagnosticInformation, all groups."""
    return _bytes(iso.ClearDiagnosticInformation, data=b"\xff\xff\xff")


def calibration_id() -> bytes:
    """OBD mode 09, InfoType 04 (SAE J1979); answered on the control unit's own address (facts.md §3.4)."""
    return bytes((0x09, 0x04))


def cvn() -> bytes:
    """OBD mode 09, InfoType 06: calibration verification number."""
    return bytes((0x09, 0x06))


def request_download(data_format: int, address: int, length: int) -> bytes:
    """RequestDownload with four-byte address and length (`34 dfi 44 …`)."""
    location = udsoncan.MemoryLocation(address, length, address_format=32, memorysize_format=32)
    dfi = udsoncan.DataFormatIdentifier(compression=data_format >> 4, encryption=data_format & 0x0F)
    return bytes(iso.RequestDownload.make_request(location, dfi=dfi).get_payload())


def transfer_data(counter: int, data: bytes) -> bytes:
    """TransferData; the block sequence counter runs 01…FF, 00, 01…"""
    return bytes((0x36, counter & 0xFF)) + data  # not through udsoncan: this one is the hot path


def transfer_exit() -> bytes:
    """RequestTransferExit."""
    return _bytes(iso.RequestTransferExit)


def block_size(response: Response) -> int:
    """Image bytes that fit one TransferData, from the answer to RequestDownload (`74 lfid maxNumberOfBlockLength`).

    Raises:
        MalformedAnswer: the answer has no usable length.
    """
    payload = response.payload
    width = payload[1] >> 4 if len(payload) > 1 else 0
    if width == 0 or len(payload) != 2 + width:
        raise MalformedAnswer("RequestDownload (74)", found=payload.hex(" "), expected="74, length format, length")
    size = min(int.from_bytes(payload[2:], "big"), ISO_TP_MAX) - DOWNLOAD_OVERHEAD
    if size < 1:
        raise MalformedAnswer("RequestDownload (74)", found=f"block length {size + 2}", expected="3 bytes or more")
    return size


def routine_status(response: Response) -> bytes:
    """What a routine reported, after `71 01 <identifier>`; empty when it reported nothing."""
    return response.payload[4:]


def _bytes(service: type, *, subfunction: int | None = None, data: bytes = b"") -> bytes:
    return bytes(udsoncan.Request(service, subfunction=subfunction, data=data or None).get_payload())
