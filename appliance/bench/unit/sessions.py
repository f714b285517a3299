"""Sessions and what hangs on them: DiagnosticSessionControl, ECUReset, TesterPresent, CommunicationControl,
ControlDTCSetting (ISO 14229-1:2013, clauses 9.2, 9.3, 9.6, 9.5 and 9.9).

The programming session runs in the bootloader.  It is entered from another session than the default one and left only
by the default session, a reset or the end of S3; each of these starts the application again, if it is good.
"""

from __future__ import annotations

from appliance.bench.memory import Cure
from appliance.bench.unit.core import Core
from appliance.bench.unit.reaction import Reaction, Session, echo, refuse
from appliance.bench.unit.stuck import cured_by

HARD_RESET = 0x01
DTC_ON, DTC_OFF = 0x01, 0x02
TRANSMITS = {0x00: True, 0x01: False, 0x02: True, 0x03: False}  # controlType: are normal messages sent


class Sessions:
    """The services of one control unit."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def control(self, request: bytes) -> Reaction:
        """`10`: another session."""
        core = self._core
        if request[1] not in set(Session):
            return refuse(0x10, 0x12)
        wanted = Session(request[1])
        answer = echo(request, 1, core.profile.session_timing)
        if wanted is Session.PROGRAMMING:
            return self._programming(answer)
        if core.session is Session.PROGRAMMING:
            return Reaction(answer, change=core.restart) if wanted is Session.DEFAULT else refuse(0x10, 0x7E)
        if wanted is Session.CODING and core.in_bootloader:
            return refuse(0x10, 0x12)
        return Reaction(answer, core.profile.session_s, lambda _: core.begin(wanted))

    def _programming(self, answer: bytes) -> Reaction:
        core = self._core
        if not core.in_bootloader:
            if core.session is Session.DEFAULT:
                return refuse(0x10, 0x7E)
            if core.unmet():
                return refuse(0x10, 0x22)
        # Real ones send response pending while they change over (facts.md §5.1 row 7, §5.4).
        return Reaction(answer, core.profile.reset_s / 2, lambda _: core.begin(Session.PROGRAMMING))

    def reset(self, request: bytes) -> Reaction:
        """`11`: answered first, then done."""
        if request[1] != HARD_RESET:
            return refuse(0x11, 0x12)
        return Reaction(echo(request, 1), change=self._reset)

    def _reset(self, at_s: float) -> None:
        self._core.store(cured_by(self._core.memory, Cure.FRESH_SESSION))
        self._core.restart(at_s)

    def tester_present(self, request: bytes) -> Reaction:
        """`3E`."""
        return Reaction(echo(request, 1)) if request[1] == 0 else refuse(0x3E, 0x12)

    def communication(self, request: bytes) -> Reaction:
        """`28`: normal messages."""
        if self._core.session is Session.DEFAULT:
            return refuse(0x28, 0x7F)
        if request[1] not in TRANSMITS:
            return refuse(0x28, 0x12)
        self._core.normal_messages = TRANSMITS[request[1]]
        return Reaction(echo(request, 1))

    def dtc_setting(self, request: bytes) -> Reaction:
        """`85`: whether trouble codes are stored."""
        if self._core.session is Session.DEFAULT:
            return refuse(0x85, 0x7F)
        if request[1] not in (DTC_ON, DTC_OFF):
            return refuse(0x85, 0x12)
        self._core.dtc_setting = request[1] == DTC_ON
        return Reaction(echo(request, 1))
