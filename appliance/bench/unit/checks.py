"""The two checks after a download: check memory, check programming dependencies (facts.md §5.1 rows 15 and 16)."""

from __future__ import annotations

from dataclasses import replace

from appliance.bench.memory import SlotState
from appliance.bench.unit.core import Core
from appliance.bench.unit.reaction import Reaction, Session, echo, refuse
from appliance.bench.unit.stuck import checks_bad

GOOD, BAD = b"\x00", b"\x01"  # of check memory (facts.md §5.1, confirmed)
MET, BLOCKS_MISSING = b"\x00", b"\x04"  # of the dependencies (HIS; facts.md §5.3, likely)


class Checks:
    """Both routines of one control unit; in the programming session only."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def memory(self, request: bytes) -> Reaction:
        """`31 01 02 02 12 40 <address> 00 00`: is what was written there what its signature says?"""
        core = self._core
        if core.session is not Session.PROGRAMMING:
            return refuse(0x31, 0x7F)
        slot = core.memory.slot(int.from_bytes(request[6:10], "big"))
        if slot is None:
            return refuse(0x31, 0x31)
        if slot.state is SlotState.ERASED:
            return refuse(0x31, 0x22)
        good = slot.software != "" and not checks_bad(core.memory)
        checked = replace(slot, state=SlotState.GOOD if good else SlotState.ERASED)
        return Reaction(
            echo(request, 3, GOOD if good else BAD),
            core.profile.check_s,
            lambda _: core.store(core.memory.with_slot(checked)),
        )

    def dependencies(self, request: bytes) -> Reaction:
        """`31 01 FF 01`: is every region good? The first time it is, a programming is counted."""
        core = self._core
        if core.session is not Session.PROGRAMMING:
            return refuse(0x31, 0x7F)
        met = core.memory.good

        def checked(_at_s: float) -> None:
            counted = core.memory.programmed + (1 if met and not core.memory.dependencies_good else 0)
            core.store(replace(core.memory, dependencies_good=met, programmed=counted))

        return Reaction(echo(request, 3, MET if met else BLOCKS_MISSING), core.profile.check_s, checked)
