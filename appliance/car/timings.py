"""How long a control unit says things take, and how often it may be programmed.

Flash timings, DID 2504, in seconds: erase, check memory, bootloader installation, authentication, reset, transfer
(facts.md §3.4: the first five confirmed, the meaning of the last word likely).  Three layouts are known:

    6 words u16   most control units, as the DME's 0078 003C 0001 000A 0005 0014
    5 words u16   without the transfer time
    5 × (u8, u16) a real BDC: 01 003C 01 0020 01 0005 02 000A 02 0015; what the byte says is unknown, and the words
                  fit the other control units' seconds (likely)

Programming counters, DIDs 2502 and 2503, and the session timing of ISO 14229-1, 9.2.3 (P2 in ms, P2* in 10 ms).
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance import uds
from appliance.car.layout import behind, count_text, data_of, did_label, did_of, hex_text, require_length
from appliance.errors import MalformedAnswer

DID_FLASH_TIMINGS = 0x2504
DID_COUNTER = 0x2502
DID_COUNTER_MAX = 0x2503
_TIMINGS_NAME = "flash timings"
_NOT_STATED = 0xFFFF  # no control unit erases for 18 hours; that FFFF means "not stated" is from memory
_UNLIMITED = 0xFFFF  # facts.md §3.4, confirmed
_COUNTERS = {
    DID_COUNTER: ("programming counter", 4),  # width as on a real DME, confirmed
    DID_COUNTER_MAX: ("maximum programming count", 2),
}
_SESSION_NAME = "session timing (50)"


@dataclass(frozen=True, slots=True)
class FlashTimings:
    """What a control unit expects of itself, in whole seconds; None: it does not say."""

    erase_s: int | None
    check_memory_s: int | None
    bootloader_s: int | None
    authentication_s: int | None
    reset_s: int | None
    transfer_s: int | None


@dataclass(frozen=True, slots=True)
class ProgrammingCounter:
    """One of the two counters.

    Attributes:
        did: 2502, how often it was programmed, or 2503, how often it may be.
        times: The number; None: unlimited (2503 only).
    """

    did: int
    times: int | None


@dataclass(frozen=True, slots=True)
class SessionTiming:
    """How long the control unit may take to answer: at first, and after a response pending."""

    p2_s: float
    p2_star_s: float


def decode_flash_timings(payload: bytes) -> FlashTimings:
    """The flash timings in `62 25 04` and one of the layouts above.

    Raises:
        MalformedAnswer: another answer, or a length no layout has.
    """
    data = data_of(payload, DID_FLASH_TIMINGS, _TIMINGS_NAME)
    match len(data):
        case 12:
            words = tuple(_word(data, start) for start in range(0, 12, 2))
        case 10:
            words = (*(_word(data, start) for start in range(0, 10, 2)), None)
        case 15:
            words = (*(_word(data, start) for start in range(1, 15, 3)), None)
        case length:
            name = did_label(DID_FLASH_TIMINGS, _TIMINGS_NAME)
            raise MalformedAnswer(name, found=count_text(length), expected="10, 12 or 15 bytes")
    return FlashTimings(*words)


def decode_counters(payload: bytes) -> ProgrammingCounter:
    """The counter in `62 25 02` (u32) or `62 25 03` (u16).

    Raises:
        MalformedAnswer: another answer, or another length.
    """
    did = did_of(payload, "programming counter")
    if did not in _COUNTERS:
        raise MalformedAnswer("programming counter", found=hex_text(payload[:3]), expected="62 25 02 or 62 25 03")
    what, length = _COUNTERS[did]
    data = payload[3:]
    require_length(data, length, did_label(did, what))
    times = int.from_bytes(data)
    return ProgrammingCounter(did, None if did == DID_COUNTER_MAX and times == _UNLIMITED else times)


def decode_counter(payload: bytes) -> int | None:
    """The number of `decode_counters` alone; None: unlimited.

    Raises:
        MalformedAnswer: as `decode_counters`.
    """
    return decode_counters(payload).times


def decode_session(payload: bytes) -> SessionTiming | None:
    """The timing in `50`, the session and four bytes; None for a bare `50 03`, which real control units send.

    Raises:
        MalformedAnswer: another answer, or another length.
    """
    data = behind(payload, bytes([uds.Sid.DIAGNOSTIC_SESSION_CONTROL + uds.POSITIVE_OFFSET]), _SESSION_NAME)
    if len(data) == 1:
        return None
    if len(data) != 5:
        raise MalformedAnswer(_SESSION_NAME, found=count_text(len(payload)), expected="2 or 6 bytes")
    return SessionTiming(p2_s=int.from_bytes(data[1:3]) / 1000, p2_star_s=int.from_bytes(data[3:5]) / 100)


def _word(data: bytes, start: int) -> int | None:
    seconds = int.from_bytes(data[start : start + 2])
    return None if seconds == _NOT_STATED else seconds
