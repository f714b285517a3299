"""The SVK: what a control unit says is in it, hardware and software, and whether its own check of that passed.

Layout of `62 F1 01` (facts.md §3.1, confirmed on 24 control units of a real car):

    0   version, always 01 seen            4  programming date, BCD YY MM DD
    1   result of its own programming      7  rest of the fingerprint, 10 bytes
        check (`ProgrammingCheck`)        17  n entries of 8 bytes: process class, SGBM id u32,
    2   number of entries n, u16              main, sub and patch version, binary, 255 = not applicable

F102 (supplier), F103 (factory) and F104 to F140 (backups) have the same layout.  The SGBM ids themselves: `sgbm.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from appliance.car.layout import (
    bcd_date,
    count_text,
    data_of,
    did_label,
    require_at_least,
    to_bcd_date,
)
from appliance.car.sgbm import ENTRY_LENGTH, ProcessClass, SgbmId, decode_sgbm, encode_sgbm, parse_sgbm
from appliance.errors import MalformedAnswer

__all__ = [
    "DID_SVK",
    "ProcessClass",
    "ProgrammingCheck",
    "SgbmId",
    "Svk",
    "decode_svk",
    "decode_svk_body",
    "encode_svk",
    "is_svk_body",
    "missing_and_surplus",
    "parse_sgbm",
]

DID_SVK = 0xF101
HEADER_LENGTH = 17
FINGERPRINT_LENGTH = 10  # what is left of the 13 bytes of DID F15A behind the date
_NAME = "SVK"
_NO_DATE = bytes(3)


class ProgrammingCheck(IntEnum):
    """The control unit's own verdict, SVK byte 1 (facts.md §3.1, confirmed)."""

    PASSED = 1
    NOT_PASSED = 2
    HARDWARE_MISMATCH = 3
    SOFTWARE_MISMATCH = 4

    @property
    def explanation(self) -> str:
        """What the number means, in words for people."""
        return _EXPLANATIONS[self]


_EXPLANATIONS = {
    ProgrammingCheck.PASSED: "signatures and dependencies checked and good",
    ProgrammingCheck.NOT_PASSED: "a software unit is invalid, or the dependencies were not checked or not met",
    ProgrammingCheck.HARDWARE_MISMATCH: "software does not match the hardware",
    ProgrammingCheck.SOFTWARE_MISMATCH: "software units do not match each other",
}


@dataclass(frozen=True, slots=True)
class Svk:
    """One control unit's software as it names it.

    Attributes:
        version: Of the layout; 1 on every car seen.
        check: Its own verdict; anything but PASSED means its software is not proven.
        programmed_on: Date of the last programming; None: the bytes are no date (never set, or garbage).
        fingerprint: The 10 bytes behind the date: who programmed it. Tag, id, serial and mileage are a likely split.
        entries: In the control unit's own order.
    """

    version: int
    check: ProgrammingCheck
    programmed_on: date | None
    fingerprint: bytes
    entries: tuple[SgbmId, ...]


def decode_svk(payload: bytes, did: int = DID_SVK) -> Svk:
    """The SVK in `62`, the data identifier and the layout above.

    Raises:
        MalformedAnswer: another answer, a length that is not 17 + 8·n, or a check result outside 01 to 04.
    """
    return decode_svk_body(data_of(payload, did, _NAME), did)


def decode_svk_body(body: bytes, did: int = DID_SVK) -> Svk:
    """The SVK without its `62 F1 01`; `did` is for the message only.

    Raises:
        MalformedAnswer: as `decode_svk`.
    """
    name = did_label(did, _NAME)
    require_at_least(body, HEADER_LENGTH, name)
    count = int.from_bytes(body[2:4])
    expected = HEADER_LENGTH + ENTRY_LENGTH * count
    if len(body) != expected:
        raise MalformedAnswer(
            name, found=count_text(len(body)), expected=f"{count_text(expected)} for its {count} entries"
        )
    return Svk(
        version=body[0],
        check=_check(body[1], name),
        programmed_on=bcd_date(body[4:7]),
        fingerprint=body[7:HEADER_LENGTH],
        entries=tuple(
            decode_sgbm(body[start : start + ENTRY_LENGTH]) for start in range(HEADER_LENGTH, expected, ENTRY_LENGTH)
        ),
    )


def encode_svk(svk: Svk, did: int = DID_SVK) -> bytes:
    """The positive response that says `svk`; an unknown date is written as 00 00 00."""
    assert len(svk.fingerprint) == FINGERPRINT_LENGTH
    day = _NO_DATE if svk.programmed_on is None else to_bcd_date(svk.programmed_on)
    entries = b"".join(encode_sgbm(entry) for entry in svk.entries)
    head = bytes([0x62, *did.to_bytes(2), svk.version, svk.check, *len(svk.entries).to_bytes(2)])
    return head + day + svk.fingerprint + entries


def is_svk_body(data: bytes) -> bool:
    """Whether `data` can only be an SVK without its header: version 01, a known check, exactly 17 + 8·n bytes."""
    if len(data) < HEADER_LENGTH or data[0] != 1 or data[1] not in set(ProgrammingCheck):
        return False
    return len(data) == HEADER_LENGTH + ENTRY_LENGTH * int.from_bytes(data[2:4])


def missing_and_surplus(
    actual: Iterable[SgbmId], target: Iterable[SgbmId], classes: Collection[str]
) -> tuple[tuple[SgbmId, ...], tuple[SgbmId, ...]]:
    """What `actual` lacks of `target`, and what it has beyond it, each in its own order.

    Args:
        actual: What the control unit names.
        target: What it is to name.
        classes: Names of the process classes that count, as in `{"SWFL", "BTLD"}`.  An unidentifiable unit of
            `actual` always counts as surplus: it may be any of them (facts.md §5.5).
    """
    have = tuple(entry for entry in actual if entry.class_name in classes or entry.unidentifiable)
    want = tuple(entry for entry in target if entry.class_name in classes)
    missing = tuple(entry for entry in want if entry not in have)
    return missing, tuple(entry for entry in have if entry not in want)


def _check(value: int, name: str) -> ProgrammingCheck:
    try:
        return ProgrammingCheck(value)
    except ValueError as error:
        raise MalformedAnswer(f"{name} programming check", found=f"{value:02X}", expected="01, 02, 03 or 04") from error
