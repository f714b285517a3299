"""The vehicle identification number.

17 characters without I, O and Q (ISO 3779).  The check digit in position 9 is a rule of North America only
(FMVSS 565, 49 CFR 565.15): cars for other markets may carry 0 in the positions 9, 10 and 11, so that "unknown" is an
answer.  MINI publishes no table of type codes: a body comes with its confidence, and eligibility must not rest on it.
The date of production cannot be had from a VIN (facts.md §8); it comes from the vehicle order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from appliance.car.confidence import Confidence
from appliance.car.layout import count_text, data_of, hex_text
from appliance.errors import MalformedAnswer

DID_VIN = 0xF190
_LENGTH = 17
_NAME = "VIN"
_LEGAL = re.compile(r"[A-HJ-NPR-Z0-9]{17}")

# 49 CFR 565.15 (c): what each letter counts, and the weight of each position (position 9 weighs nothing).
_LETTER_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True))
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)

_MINI = ("WMW", "WMZ")  # WMW is in every real VIN of facts.md §8; WMZ (multi-purpose F60): from memory
# The first two characters of the type code (facts.md §8).
_BODIES = {
    "XU": ("F55", Confidence.LIKELY),  # a real VIN supports it
    "XS": ("F55", Confidence.FROM_MEMORY),
    "XM": ("F56", Confidence.FROM_MEMORY),
    "WG": ("F57", Confidence.LIKELY),  # a real VIN supports it
    "WH": ("F57", Confidence.FROM_MEMORY),
    "WJ": ("F57", Confidence.FROM_MEMORY),
    "LN": ("F54", Confidence.FROM_MEMORY),
    "LU": ("F54", Confidence.FROM_MEMORY),
    "LV": ("F54", Confidence.FROM_MEMORY),
    "YS": ("F60", Confidence.FROM_MEMORY),
}


@dataclass(frozen=True, slots=True)
class Vin:
    """A vehicle identification number: 17 legal characters, upper case.

    Raises:
        MalformedAnswer: wrong length, or a character no VIN has.
    """

    text: str

    def __post_init__(self) -> None:
        if len(self.text) != _LENGTH:
            raise MalformedAnswer(_NAME, found=f"{len(self.text)} characters", expected=f"{_LENGTH} characters")
        if not _LEGAL.fullmatch(self.text):
            raise MalformedAnswer(_NAME, found=ascii(self.text), expected="letters without I, O and Q, and digits")

    def __str__(self) -> str:
        return self.text

    @property
    def check_digit_valid(self) -> bool | None:
        """Whether position 9 is the check digit; None: this VIN need not have one, so nothing can be said."""
        written, model_year = self.text[8], self.text[9]
        if model_year == "0" or written not in "0123456789X":  # 0 is no model year in 49 CFR 565.15 (d)
            return None
        if written == self._check_digit():
            return True
        return None if written == "0" else False

    @property
    def type_code(self) -> str:
        """Positions 4 to 7: what the manufacturer calls the type."""
        return self.text[3:7]

    @property
    def body(self) -> str | None:
        """F54, F55, F56, F57 or F60; None when unknown. See `body_confidence`."""
        return self._body()[0]

    @property
    def body_confidence(self) -> Confidence:
        """How sure `body` is; UNKNOWN when it is None."""
        return self._body()[1]

    def _body(self) -> tuple[str | None, Confidence]:
        if not self.text.startswith(_MINI):
            return None, Confidence.UNKNOWN
        return _BODIES.get(self.type_code[:2], (None, Confidence.UNKNOWN))

    def _check_digit(self) -> str:
        values = (_LETTER_VALUES[c] if c in _LETTER_VALUES else int(c) for c in self.text)
        remainder = sum(value * weight for value, weight in zip(values, _WEIGHTS, strict=True)) % 11
        return "X" if remainder == 10 else str(remainder)


def parse_vin(text: str | bytes) -> Vin:
    """A VIN as a person or a control unit wrote it; only a person may use lower case and blanks around it.

    Raises:
        MalformedAnswer: wrong length, or a character no VIN has.
    """
    if isinstance(text, str):
        return Vin(text.strip().upper())
    if len(text) != _LENGTH:
        raise MalformedAnswer(_NAME, found=count_text(len(text)), expected=count_text(_LENGTH))
    try:
        return Vin(text.decode("ascii"))
    except UnicodeDecodeError as error:
        raise MalformedAnswer(_NAME, found=hex_text(text), expected="17 ASCII characters") from error


def decode_vin(payload: bytes) -> Vin:
    """The VIN in `62 F1 90` and 17 ASCII characters.

    Raises:
        MalformedAnswer: another answer, another length, or a character no VIN has.
    """
    data = data_of(payload, DID_VIN, _NAME)
    try:
        return parse_vin(data)
    except MalformedAnswer as error:
        raise MalformedAnswer(f"DID F190 ({_NAME})", found=error.found, expected=error.expected) from error
