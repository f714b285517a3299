"""Trouble codes: stored, told and cleared (ISO 14229-1:2013, clauses 11.3 and 11.2; facts.md §9)."""

from __future__ import annotations

from dataclasses import replace

from appliance.bench.memory import StoredFault
from appliance.bench.unit.core import Core
from appliance.bench.unit.reaction import Reaction, echo, refuse

BY_STATUS_MASK, SNAPSHOT, EXTENDED = 0x02, 0x04, 0x06
EVERY_RECORD = 0xFF
EXTENDED_RECORDS = bytes.fromhex("010002010306")  # condition, frequency, healing: as a real DME's (facts.md §9)
SNAPSHOT_RECORDS = bytes.fromhex("0102 1700 00A2C4 1701 0B5F1D20")  # km and time; lengths synthetic
AVAILABLE = 0xFF  # DTCStatusAvailabilityMask
PRESENT = 0x01  # bit 0, failed now
TOLD_ANYWAY = frozenset({0x20, 0x28})  # real ones tell these whatever the mask (facts.md §9, confirmed)
ALL_GROUPS = b"\xff\xff\xff"


class Faults:
    """The trouble code memory of one control unit."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def note(self, code: int, status: int) -> None:
        """A trouble code has this status now; stored unless storing is switched off (ISO 14229-1:2013, 9.9)."""
        if not self._core.dtc_setting:
            return
        others = tuple(fault for fault in self._core.memory.faults if fault.code != code)
        self._core.store(replace(self._core.memory, faults=(*others, StoredFault(code, status))))

    def has(self, code: int) -> bool:
        """Whether the code is stored."""
        return any(fault.code == code for fault in self._core.memory.faults)

    def read(self, request: bytes) -> Reaction:
        """`19 02 mask`, and what is kept beside one code: `19 04 code record`, `19 06 code record`."""
        if request[1] in (SNAPSHOT, EXTENDED):
            return self._beside(request)
        if request[1] != BY_STATUS_MASK:
            return refuse(0x19, 0x12)
        if len(request) != 3:
            return refuse(0x19, 0x13)
        told = [f for f in self._core.memory.faults if f.status & request[2] or f.status in TOLD_ANYWAY]
        codes = b"".join(fault.code.to_bytes(3, "big") + bytes((fault.status,)) for fault in told)
        return Reaction(echo(request, 1, bytes((AVAILABLE,)) + codes))

    def _beside(self, request: bytes) -> Reaction:
        if len(request) != 6:
            return refuse(0x19, 0x13)
        code = int.from_bytes(request[2:5], "big")
        fault = next((fault for fault in self._core.memory.faults if fault.code == code), None)
        if fault is None or request[5] != EVERY_RECORD:
            return refuse(0x19, 0x31)
        kept = EXTENDED_RECORDS if request[1] == EXTENDED else SNAPSHOT_RECORDS
        return Reaction(echo(request, 1, request[2:5] + bytes((fault.status,)) + kept))

    def clear(self, request: bytes) -> Reaction:
        """`14 FF FF FF`; what is still failing is stored again at once."""
        if len(request) != 4:
            return refuse(0x14, 0x13)
        if request[1:] != ALL_GROUPS:
            return refuse(0x14, 0x31)
        kept = tuple(fault for fault in self._core.memory.faults if fault.status & PRESENT)
        self._core.store(replace(self._core.memory, faults=kept))
        return Reaction(echo(request, 0))
