"""RoutineControl (ISO 14229-1:2013, 13.2): which routine, and the small ones (facts.md §5.1, §5.2)."""

from __future__ import annotations

from dataclasses import replace

from appliance.bench.unit.checks import Checks
from appliance.bench.unit.core import Core
from appliance.bench.unit.flash import Flash
from appliance.bench.unit.reaction import Reaction, Session, echo, refuse

START = 0x01


class Routines:
    """The routines of one control unit."""

    def __init__(self, core: Core, flash: Flash) -> None:
        self._core = core
        checks = Checks(core)
        self._of_bootloader = {0xFF00: flash.erase, 0x0202: checks.memory, 0xFF01: checks.dependencies}
        self._of_application = {
            0x0203: self._preconditions,
            0x0F0C: self._energy_mode,
            0x0F01: self._coding_checksum,
            0x0F06: self._done,  # clear secondary memory: the bench keeps none
            0x1001: self._done,  # power mode
            0x1003: self._extended_mode,
        }

    def control(self, request: bytes) -> Reaction:
        """`31 01 <identifier>`; routines can only be started, they end by themselves."""
        if request[1] != START:
            return refuse(0x31, 0x12)
        identifier = int.from_bytes(request[2:4], "big")
        routine = self._of_bootloader.get(identifier)
        if routine is None and not self._core.in_bootloader:
            routine = self._of_application.get(identifier)
        return refuse(0x31, 0x31) if routine is None else routine(request)

    def _preconditions(self, request: bytes) -> Reaction:
        return Reaction(echo(request, 3, self._core.unmet()))

    def _energy_mode(self, request: bytes) -> Reaction:
        if self._core.session is Session.DEFAULT:
            return refuse(0x31, 0x7F)
        if len(request) != 5:
            return refuse(0x31, 0x13)
        self._core.store(replace(self._core.memory, energy_mode=request[4]))
        return Reaction(echo(request, 3))

    def _extended_mode(self, request: bytes) -> Reaction:
        return refuse(0x31, 0x7F) if self._core.session is Session.DEFAULT else self._done(request)

    def _coding_checksum(self, request: bytes) -> Reaction:
        if self._core.session is not Session.CODING:
            return refuse(0x31, 0x7F)
        return Reaction(echo(request, 3, b"\x00"))

    def _done(self, request: bytes) -> Reaction:
        return Reaction(echo(request, 3))
