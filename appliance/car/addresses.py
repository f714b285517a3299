"""Control unit addresses and their names, and the gateway's list of what is fitted.

Source: facts.md §1. Addresses are confirmed on a real car unless noted; the names of most come from the names of the
diagnostic descriptions and are likely. One address may hold one of several control units, written with strokes.
"""

from __future__ import annotations

from appliance.car.layout import count_text, did_label, did_of, require_at_least
from appliance.errors import MalformedAnswer

UNKNOWN_NAME = "unknown"

_NAMES = {
    0x00: "JBE",  # E-series and F25 only, confirmed
    0x01: "ACSM airbag",
    0x08: "chassis",  # likely
    0x0B: "comfort",  # likely
    0x0D: "HKFM tailgate",
    0x10: "ZGW gateway",  # confirmed
    0x12: "DME/DDE",  # confirmed
    0x14: "SLE headlight",  # address confirmed on an F25
    0x18: "EGS transmission",  # confirmed
    0x21: "active steering",  # likely
    0x22: "seat",  # likely
    0x29: "DSC",
    0x2C: "parking",  # likely
    0x30: "EPS",
    0x40: "CAS/FEM/BDC body",  # confirmed
    0x43: "FLE headlight left",
    0x44: "FLE headlight right",
    0x56: "FZD roof",
    0x5D: "KAFAS camera",
    0x5E: "GWS gear selector",
    0x60: "KOMBI",  # confirmed
    0x61: "ATM telematics",
    0x63: "HU head unit",
    0x67: "ZBE controller",  # likely
    0x6D: "SM seat module",  # confirmed on an F25
    0x76: "VM",  # likely
    0x78: "IHKA climate",  # likely
    0xDF: "every control unit",  # functional, ISO 14229 cars; confirmed
    0xEF: "every control unit (KWP2000)",  # functional, E and R series; confirmed
    0xF1: "tester",  # confirmed
    0xF4: "tester",  # Ethernet; confirmed
    0xF5: "tester",  # Ethernet; confirmed
}

# Lists the gateway keeps (facts.md §1, confirmed).
UNIT_LISTS = {
    0x3F07: "fitted control units",
    0x3F08: "control units that answer",
    0x3F0C: "control units to be coded",
    0x3F0D: "control units to be programmed",
    0x3F0E: "control units on K-CAN",
    0x3F12: "control units on FA-CAN",
    0x3F13: "control units on FlexRay",
    0x3F15: "control units that speak ISO 14229",
}


def name_of(address: int) -> str:
    """The name for people; `unknown` for an address the table does not hold."""
    return _NAMES.get(address, UNKNOWN_NAME)


def decode_unit_list(payload: bytes) -> tuple[int, ...]:
    """The addresses in `62`, one of `UNIT_LISTS`, a count u16 and as many addresses.

    Raises:
        MalformedAnswer: another answer, or a count that does not match the length.
    """
    did = did_of(payload, "control unit list")
    if did not in UNIT_LISTS:
        raise MalformedAnswer("control unit list", found=f"DID {did:04X}", expected="DID 3F07 or one like it")
    name, data = did_label(did, UNIT_LISTS[did]), payload[3:]
    require_at_least(data, 2, name)
    count = int.from_bytes(data[:2])
    if len(data) != 2 + count:
        raise MalformedAnswer(name, found=count_text(len(data)), expected=f"{count_text(2 + count)} for its count")
    return tuple(data[2:])
