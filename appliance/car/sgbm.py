"""SGBM ids: the name and version of one hardware or software unit.

Two spellings: ISTA's `SWFL-00002CCE-15.0A.02` with versions in hexadecimal, and PSdZ's `swfl_00002cce-021_010_002`
with versions in decimal.  They cannot be mistaken: two digits are hexadecimal, three are decimal.

Sources: facts.md §3.1 and §3.2, confirmed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from appliance.errors import UsageError

ENTRY_LENGTH = 8
NO_IDENTIFIER = 0xFFFFFFFF

_DECIMAL = r"\d{3}[-_.]\d{3}[-_.]\d{3}"
_HEXADECIMAL = r"[0-9A-F]{2}[-_.][0-9A-F]{2}[-_.][0-9A-F]{2}"
_TEXT = re.compile(rf"([A-Z]{{4}}|[0-9A-F]{{2}})[-_]([0-9A-F]{{8}})[-_](?:({_DECIMAL})|({_HEXADECIMAL}))", re.ASCII)


class ProcessClass(IntEnum):
    """What kind of unit an SGBM id names (facts.md §3.2, confirmed)."""

    HWEL = 0x01  # hardware, electronics
    HWAP = 0x02  # hardware, its versions are 255
    HWFR = 0x03
    GWTB = 0x04  # gateway table
    CAFD = 0x05  # coding data
    BTLD = 0x06  # bootloader
    FLSL = 0x07
    SWFL = 0x08  # software: program or data
    SWFF = 0x09
    SWPF = 0x0A
    ONPS = 0x0B
    IBAD = 0x0C
    SWFK = 0x0D
    FAFP = 0x0F
    FCFA = 0x10
    TLRT = 0x1A
    TPRG = 0x1B
    BLUP = 0x1C  # bootloader update
    FLUP = 0x1D
    ENTD = 0xA0
    NAVD = 0xA1
    FCFN = 0xA2
    SWUP = 0xC0
    SWIP = 0xC1
    UNKN = 0xFF  # PSdZ's word for a unit that cannot be identified; FF as its byte: from memory


_INVALID = frozenset({0x00, ProcessClass.UNKN})  # facts.md §3.2, confirmed


@dataclass(frozen=True, slots=True)
class SgbmId:
    """One unit: what it is, its number, its version.

    Attributes:
        process_class: A `ProcessClass`, or the bare number of one nobody named yet.
        identifier: 32-bit SGBM number.
        main / sub / patch: Version, 0 to 255 each; 255 in all three: not applicable.
    """

    process_class: int
    identifier: int
    main: int
    sub: int
    patch: int

    @property
    def class_name(self) -> str:
        """`SWFL`, …; two hexadecimal digits for a class without a name."""
        try:
            return ProcessClass(self.process_class).name
        except ValueError:
            return f"{self.process_class:02X}"

    @property
    def text(self) -> str:
        """ISTA's spelling, `SWFL-00002CCE-15.0A.02`."""
        return f"{self.class_name}-{self.identifier:08X}-{self.main:02X}.{self.sub:02X}.{self.patch:02X}"

    @property
    def psdz(self) -> str:
        """PSdZ's spelling, `swfl_00002cce-021_010_002`."""
        name = self.class_name.lower()
        return f"{name}_{self.identifier:08x}-{self.main:03}_{self.sub:03}_{self.patch:03}"

    @property
    def version(self) -> str:
        """The version alone, decimal: `21.10.2`."""
        return f"{self.main}.{self.sub}.{self.patch}"

    @property
    def unidentifiable(self) -> bool:
        """Whether not even its class is known, as after a failed flash: `unkn_ffffffff-255_255_255`."""
        return self.process_class in _INVALID

    @property
    def unknown(self) -> bool:
        """Whether it names no actual unit: unidentifiable, or with the number FFFFFFFF as an empty coding has."""
        return self.unidentifiable or self.identifier == NO_IDENTIFIER


def parse_sgbm(text: str) -> SgbmId:
    """An SGBM id in either spelling and any case.

    Raises:
        UsageError: the text is in neither spelling, names an unknown process class, or has a version above 255.
    """
    match = _TEXT.fullmatch(text.strip().upper())
    if match is None:
        raise _no_sgbm(text, "it is neither as SWFL-00002CCE-15.0A.02 nor as swfl_00002cce-021_010_002")
    digits, base = (match[3], 10) if match[3] else (match[4], 16)
    main, sub, patch = (int(part, base) for part in re.split(r"[-_.]", digits))
    if max(main, sub, patch) > 0xFF:
        raise _no_sgbm(text, "each part of a version is at most 255")
    return SgbmId(_process_class(match[1], text), int(match[2], 16), main, sub, patch)


def decode_sgbm(entry: bytes) -> SgbmId:
    """The 8 bytes of one SVK entry; the caller has checked the length."""
    return SgbmId(entry[0], int.from_bytes(entry[1:5]), *entry[5:ENTRY_LENGTH])


def encode_sgbm(unit: SgbmId) -> bytes:
    """The 8 bytes of one SVK entry."""
    return bytes([unit.process_class, *unit.identifier.to_bytes(4), unit.main, unit.sub, unit.patch])


def _process_class(name: str, text: str) -> int:
    if len(name) == 2:
        return int(name, 16)
    try:
        return ProcessClass[name].value
    except KeyError as error:
        raise _no_sgbm(text, f"{name} is no known process class") from error


def _no_sgbm(text: str, why: str) -> UsageError:
    return UsageError(f"{text!r} is no SGBM id: {why}")
