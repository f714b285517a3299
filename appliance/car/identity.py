"""What a control unit says of itself outside BMW's own identifiers: OBD mode 09, and why it may not be programmed now.

Calibration id and calibration verification number (SAE J1979, service 09, InfoTypes 04 and 06) are answered by a real
DME on its physical address and change with its software: evidence that rests on no manufacturer's layout
(facts.md §3.4, confirmed).

Preconditions, `71 01 02 03` and one code for each unmet one; none is an empty list.  Code 01 is confirmed by a real
log and agrees with the list of the HIS flash specification, so the rest of that list is likely (facts.md §5.3).
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.car.confidence import Confidence
from appliance.car.layout import behind, count_text, hex_text, require_at_least
from appliance.errors import MalformedAnswer

CALID_LENGTH = 16
CVN_LENGTH = 4
_CALID = bytes.fromhex("4904")
_CVN = bytes.fromhex("4906")
_PRECONDITIONS = bytes.fromhex("71010203")
_PADDING = b"\x00 "  # NUL on a real DME; blanks: from memory

_MEANINGS = {
    0x01: "engine is running",
    0x02: "immobiliser is locked",
    0x03: "transmission input turns",
    0x04: "transmission output turns",
    0x05: "vehicle moves",
    0x06: "control is active",
    0x07: "wrong ignition state",
    0x08: "programming voltage is too low",
    0x09: "ignition is not on",
    0x0A: "vehicle voltage is too low",
    0x0B: "temperature is too high",
    0x0C: "temperature is too low",
    0x80: "vehicle is not safe",
}
_CONFIRMED = frozenset({0x01})


@dataclass(frozen=True, slots=True)
class Precondition:
    """One reason why the control unit will not be programmed now."""

    code: int
    meaning: str
    confidence: Confidence


def decode_calibration_ids(payload: bytes) -> tuple[str, ...]:
    """The calibration ids in `49 04`, a count and 16 ASCII characters each, without their padding.

    Raises:
        MalformedAnswer: another answer, a count that does not match the length, or characters nobody can print.
    """
    name = "calibration id (49 04)"
    return tuple(_printable(item, name) for item in _items(payload, _CALID, CALID_LENGTH, name))


def decode_cvn(payload: bytes) -> tuple[str, ...]:
    """The calibration verification numbers in `49 06`, a count and 4 bytes each, as eight hexadecimal digits.

    Raises:
        MalformedAnswer: another answer, or a count that does not match the length.
    """
    return tuple(
        item.hex().upper() for item in _items(payload, _CVN, CVN_LENGTH, "calibration verification number (49 06)")
    )


def decode_preconditions(payload: bytes) -> tuple[Precondition, ...]:
    """The unmet preconditions in `71 01 02 03` and one byte each; empty: all are met.

    A code nobody knows is still unmet.

    Raises:
        MalformedAnswer: another answer.
    """
    return tuple(_precondition(code) for code in behind(payload, _PRECONDITIONS, "preconditions (71 01 02 03)"))


def _precondition(code: int) -> Precondition:
    if code not in _MEANINGS:
        return Precondition(code, "unknown precondition", Confidence.UNKNOWN)
    return Precondition(code, _MEANINGS[code], Confidence.CONFIRMED if code in _CONFIRMED else Confidence.LIKELY)


def _items(payload: bytes, header: bytes, length: int, name: str) -> tuple[bytes, ...]:
    data = behind(payload, header, name)
    require_at_least(data, 1, name)
    count, items = data[0], data[1:]
    if len(items) != count * length:
        expected = f"{count_text(count * length)} for its count of {count}"
        raise MalformedAnswer(name, found=count_text(len(items)), expected=expected)
    return tuple(items[start : start + length] for start in range(0, len(items), length))


def _printable(item: bytes, name: str) -> str:
    text = item.rstrip(_PADDING)
    if not text or not all(0x20 <= byte < 0x7F for byte in text):
        raise MalformedAnswer(name, found=hex_text(item), expected="printable ASCII")
    return text.decode("ascii")
