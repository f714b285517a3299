"""The words of ISO 14229-1 that every room of the house shares: services, negative response codes, echoes.

Nothing here sends.  A request is its bytes; a response is positive when it starts with the request's service
identifier + 0x40 and repeats the echo the standard demands.  Anything else is never progress (law 1).
"""

from __future__ import annotations

from enum import IntEnum

TESTER = 0xF1  # the tester's own address (facts.md §1, confirmed)
FUNCTIONAL = 0xDF  # every ISO 14229 control unit at once (facts.md §1, confirmed)
POSITIVE_OFFSET = 0x40
NEGATIVE = 0x7F
TESTER_PRESENT = bytes.fromhex("3E80")  # sub-function 00 with "suppress positive response"


class Sid(IntEnum):
    """Service identifiers (ISO 14229-1, table 2)."""

    OBD_VEHICLE_INFORMATION = 0x09  # SAE J1979 mode 09, answered by the DME on its physical address
    DIAGNOSTIC_SESSION_CONTROL = 0x10
    ECU_RESET = 0x11
    CLEAR_DIAGNOSTIC_INFORMATION = 0x14
    READ_DTC_INFORMATION = 0x19
    READ_DATA_BY_IDENTIFIER = 0x22
    SECURITY_ACCESS = 0x27
    COMMUNICATION_CONTROL = 0x28
    WRITE_DATA_BY_IDENTIFIER = 0x2E
    ROUTINE_CONTROL = 0x31
    REQUEST_DOWNLOAD = 0x34
    TRANSFER_DATA = 0x36
    REQUEST_TRANSFER_EXIT = 0x37
    TESTER_PRESENT = 0x3E
    CONTROL_DTC_SETTING = 0x85


class Nrc(IntEnum):
    """Negative response codes (ISO 14229-1, annex A) that BMW control units send (facts.md §5.5)."""

    GENERAL_REJECT = 0x10
    SERVICE_NOT_SUPPORTED = 0x11
    SUB_FUNCTION_NOT_SUPPORTED = 0x12
    INCORRECT_MESSAGE_LENGTH = 0x13
    BUSY_REPEAT_REQUEST = 0x21
    CONDITIONS_NOT_CORRECT = 0x22
    REQUEST_SEQUENCE_ERROR = 0x24
    REQUEST_OUT_OF_RANGE = 0x31
    SECURITY_ACCESS_DENIED = 0x33
    INVALID_KEY = 0x35
    EXCEEDED_NUMBER_OF_ATTEMPTS = 0x36
    REQUIRED_TIME_DELAY_NOT_EXPIRED = 0x37
    UPLOAD_DOWNLOAD_NOT_ACCEPTED = 0x70
    TRANSFER_DATA_SUSPENDED = 0x71
    GENERAL_PROGRAMMING_FAILURE = 0x72
    WRONG_BLOCK_SEQUENCE_COUNTER = 0x73
    RESPONSE_PENDING = 0x78
    SUB_FUNCTION_NOT_SUPPORTED_IN_SESSION = 0x7E
    SERVICE_NOT_SUPPORTED_IN_SESSION = 0x7F
    VOLTAGE_TOO_HIGH = 0x92
    VOLTAGE_TOO_LOW = 0x93


# Answers a control unit keeps to itself when the request was functional (ISO 14229-1, 7.5).
SUPPRESSED_WHEN_FUNCTIONAL = frozenset(
    {
        Nrc.SERVICE_NOT_SUPPORTED,
        Nrc.SUB_FUNCTION_NOT_SUPPORTED,
        Nrc.REQUEST_OUT_OF_RANGE,
        Nrc.SUB_FUNCTION_NOT_SUPPORTED_IN_SESSION,
        Nrc.SERVICE_NOT_SUPPORTED_IN_SESSION,
    }
)

# How many request bytes after the service identifier come back in the positive response.
_ECHO_LENGTH = {
    Sid.OBD_VEHICLE_INFORMATION: 1,
    Sid.DIAGNOSTIC_SESSION_CONTROL: 1,
    Sid.ECU_RESET: 1,
    Sid.CLEAR_DIAGNOSTIC_INFORMATION: 0,
    Sid.READ_DTC_INFORMATION: 1,
    Sid.READ_DATA_BY_IDENTIFIER: 2,
    Sid.SECURITY_ACCESS: 1,
    Sid.COMMUNICATION_CONTROL: 1,
    Sid.WRITE_DATA_BY_IDENTIFIER: 2,
    Sid.ROUTINE_CONTROL: 3,
    Sid.REQUEST_DOWNLOAD: 0,
    Sid.TRANSFER_DATA: 1,
    Sid.REQUEST_TRANSFER_EXIT: 0,
    Sid.TESTER_PRESENT: 1,
    Sid.CONTROL_DTC_SETTING: 1,
}
_SUPPRESS_BIT = 0x80
_WITH_SUB_FUNCTION = frozenset(
    {
        Sid.DIAGNOSTIC_SESSION_CONTROL,
        Sid.ECU_RESET,
        Sid.READ_DTC_INFORMATION,
        Sid.SECURITY_ACCESS,
        Sid.COMMUNICATION_CONTROL,
        Sid.ROUTINE_CONTROL,
        Sid.TESTER_PRESENT,
        Sid.CONTROL_DTC_SETTING,
    }
)


def service_name(sid: int) -> str:
    """The standard's name of a service, in its own spelling; `service XX` when unknown."""
    try:
        return (
            "".join(part.capitalize() for part in Sid(sid).name.split("_")).replace("Dtc", "DTC").replace("Ecu", "ECU")
        )
    except ValueError:
        return f"service {sid:02X}"


def nrc_name(nrc: int) -> str:
    """The standard's name of a negative response code; `unknown` when it has none we know."""
    try:
        first, *rest = Nrc(nrc).name.lower().split("_")
    except ValueError:
        return "unknown"
    return first + "".join(part.capitalize() for part in rest)


def expected_prefix(request: bytes) -> bytes:
    """The bytes a positive response to `request` has to start with: service identifier + 0x40, then the echo.

    Raises:
        ValueError: no service has such an identifier (0xC0 and above).
    """
    sid = request[0]
    length = _ECHO_LENGTH.get(Sid(sid), 0) if sid in _ECHO_LENGTH else 0
    echo = bytearray(request[1 : 1 + length])
    if echo and sid in _WITH_SUB_FUNCTION:
        echo[0] &= ~_SUPPRESS_BIT & 0xFF
    return bytes([sid + POSITIVE_OFFSET]) + bytes(echo)


def is_positive(request: bytes, response: bytes) -> bool:
    """Whether `response` is the positive response to exactly this request; never to what is no service identifier."""
    return request[0] + POSITIVE_OFFSET <= 0xFF and response.startswith(expected_prefix(request))


def negative_code(request: bytes, response: bytes) -> int | None:
    """The negative response code with which `response` refuses this request; None when it does not refuse it."""
    if len(response) == 3 and response[0] == NEGATIVE and response[1] == request[0]:
        return response[2]
    return None


def expects_answer(request: bytes) -> bool:
    """Whether a positive response is due at all (the suppress bit of ISO 14229-1, 8.2.2)."""
    return not (len(request) > 1 and request[0] in _WITH_SUB_FUNCTION and request[1] & _SUPPRESS_BIT)
