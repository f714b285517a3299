"""How a simulated control unit names its software: SVK (facts.md §3.1, confirmed) and OBD mode 09 (SAE J1979)."""

from __future__ import annotations

import hashlib

from appliance.bench.memory import SlotState, UnitMemory
from appliance.bench.unit.core import Core
from appliance.bench.unit.reaction import Reaction, echo, refuse

PASSED, NOT_PASSED = 1, 2  # SVK byte 1
UNKNOWN = b"\xff" * 8  # reads unkn_ffffffff-255_255_255 (facts.md §3.2, confirmed)
EMPTY_CODING = b"\x05" + b"\xff" * 7  # reads cafd_ffffffff-255_255_255 (same section)
CLASSES = {"hwel": 1, "hwap": 2, "cafd": 5, "btld": 6, "swfl": 8}
CALIBRATION_ID, CVN = 0x04, 0x06  # InfoTypes


def svk(memory: UnitMemory) -> bytes:
    """Version, result of its own check, number of entries, fingerprint, entries."""
    entries = [_fixed(text, memory) for text in memory.fixed]
    entries += [_entry(slot.software) if slot.state is SlotState.GOOD else UNKNOWN for slot in memory.slots]
    check = PASSED if memory.good and memory.dependencies_good else NOT_PASSED
    return bytes((1, check)) + len(entries).to_bytes(2, "big") + memory.fingerprint + b"".join(entries)


def _fixed(text: str, memory: UnitMemory) -> bytes:
    return EMPTY_CODING if text.startswith("cafd") and memory.coding_lost else _entry(text)


def _entry(text: str) -> bytes:
    """One SVK entry from its PSdZ text, as swfl_00002cce-021_010_002."""
    kind, rest = text.split("_", 1)
    identifier, version = rest.split("-")
    return bytes((CLASSES[kind],)) + bytes.fromhex(identifier) + bytes(int(part) for part in version.split("_"))


class VehicleInformation:
    """OBD mode 09 of one control unit; what it says changes with its software (facts.md §11 row 10)."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def read(self, request: bytes) -> Reaction:
        """`09`: calibration id, or calibration verification number."""
        if not self._core.profile.calibration:
            return refuse(0x09, 0x11)
        software = "".join(slot.software for slot in self._core.memory.slots)
        digest = hashlib.sha256(software.encode()).digest()[:4]
        if request[1] == CALIBRATION_ID:
            return Reaction(echo(request, 1, b"\x01" + digest.hex().upper().encode().ljust(16, b"\0")))
        if request[1] == CVN:
            return Reaction(echo(request, 1, b"\x01" + digest))
        return refuse(0x09, 0x12)
