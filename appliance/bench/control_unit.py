"""A simulated control unit: an ISO 14229-1 server over a flash memory that can be erased, half written and cut.

This is an independent reading of the standard: it imports nothing of `procedure`, and speaks bytes.  It does what
facts.md §11 asks of a simulator.  Here is the server: which service a request goes to, when its answer leaves, what
is kept silent, how a session ends.  What the services do is in `bench.unit`, one file each.
Clauses are those of ISO 14229-1:2013.

Rules of the server:

1. One request at a time; another one meanwhile is busy (NRC 0x21).  `3E 80` is always taken.
2. Work that lasts is bridged by response pending (0x78), the first within P2, the next ones within P2* (5 s).
3. A positive response is kept back when the request says so, but not after a response pending (8.2.2).
4. To a functional request, "I do not know that" is said by silence (7.5).
5. A session other than the default one ends S3 after the last request or answer (ISO 14229-2).
6. Below `BROWN_OUT_V` it is off; when the voltage is back it starts anew.
7. Asleep it hears, says and notices nothing; woken, it starts anew.
8. A supply that sags while it erases can be its end (`unit.undervoltage`).
9. Some answer nothing that everybody is asked, and some answer nonsense (`unit.manner`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from appliance.bench.memory import Cure, MemoryFile, UnitMemory
from appliance.bench.unit.access import SecurityAccess
from appliance.bench.unit.agenda import Agenda
from appliance.bench.unit.core import Core
from appliance.bench.unit.faults import Faults
from appliance.bench.unit.flash import Flash
from appliance.bench.unit.identifiers import GatewayIdentifiers, Identifiers
from appliance.bench.unit.manner import refused, said
from appliance.bench.unit.profile import BROWN_OUT_V, Profile, World
from appliance.bench.unit.reaction import Reaction, Session, refuse
from appliance.bench.unit.routines import Routines
from appliance.bench.unit.sessions import Sessions
from appliance.bench.unit.software import VehicleInformation
from appliance.bench.unit.stuck import cured_by, refusal_when_stuck
from appliance.bench.unit.undervoltage import last_word, refusal_when_lost

DEFAULT = Session.DEFAULT
S3_S = 5.0  # ISO 14229-2, table 5
PENDING_EVERY_S = 2.0  # under half of P2*
FUNCTIONAL_SILENCE = frozenset({0x11, 0x12, 0x31, 0x7E, 0x7F})
KEEP_ALIVE = b"\x3e\x80"
SUPPRESS = 0x80
WITH_SUB_FUNCTION = frozenset({0x10, 0x11, 0x19, 0x27, 0x28, 0x31, 0x3E, 0x85})
APPLICATION_ONLY = frozenset({0x09, 0x14, 0x19})  # a bootloader has no trouble codes (facts.md §5.5, likely)
SHORTEST = {0x14: 4, 0x22: 3, 0x28: 3, 0x2E: 4, 0x31: 4, 0x34: 4, 0x36: 3, 0x37: 1}  # others: 2

Service: TypeAlias = Callable[[bytes], Reaction]


class ControlUnit:
    """One control unit.

    Attributes:
        requests: Everything it was asked, keep-alives left out.

    Args:
        keep: Called with the new memory whenever something durable changes.
        vehicle: What belongs to the whole vehicle; None: it is not the gateway.
    """

    def __init__(
        self,
        memory: UnitMemory,
        profile: Profile,
        world: World,
        keep: Callable[[UnitMemory], None],
        vehicle: MemoryFile | None = None,
    ) -> None:
        self.requests: list[bytes] = []
        self._core = Core(memory, profile, world, keep)
        self._faults = Faults(self._core)
        self._agenda = Agenda()
        self._said: list[bytes] = []  # and not yet fetched with `due`
        self._active_s = 0.0  # last request or answer
        identifiers = Identifiers(self._core) if vehicle is None else GatewayIdentifiers(self._core, vehicle)
        self._services = self._table(identifiers)

    def _table(self, identifiers: Identifiers) -> dict[int, Service]:
        sessions, flash = Sessions(self._core), Flash(self._core)
        return {
            0x09: VehicleInformation(self._core).read,
            0x10: sessions.control,
            0x11: sessions.reset,
            0x14: self._faults.clear,
            0x19: self._faults.read,
            0x22: identifiers.read,
            0x27: SecurityAccess(self._core).access,
            0x28: sessions.communication,
            0x2E: identifiers.write,
            0x31: Routines(self._core, flash).control,
            0x34: flash.request_download,
            0x36: flash.transfer,
            0x37: flash.transfer_exit,
            0x3E: sessions.tester_present,
            0x85: sessions.dtc_setting,
        }

    # -- what can be seen of it

    @property
    def address(self) -> int:
        """Its diagnostic address."""
        return self.memory.address

    @property
    def memory(self) -> UnitMemory:
        """What it keeps without power."""
        return self._core.memory

    @property
    def profile(self) -> Profile:
        """What kind it is."""
        return self._core.profile

    @property
    def session(self) -> Session:
        """The session it is in."""
        return self._core.session

    @property
    def dtc_setting(self) -> bool:
        """Whether it stores trouble codes."""
        return self._core.dtc_setting

    @property
    def normal_messages(self) -> bool:
        """Whether it sends what the others live on."""
        return self._core.normal_messages

    @property
    def awake(self) -> bool:
        """Whether it is on the bus."""
        return self._core.awake

    @property
    def busy(self) -> bool:
        """Whether it is at work on a request, or about to answer one."""
        return self._agenda.next_s is not None

    @property
    def changing(self) -> bool:
        """Whether what it is at work on changes something, and does so whoever is still there to hear of it."""
        return self._agenda.changes

    def runs(self, now_s: float) -> bool:
        """Whether it hears and speaks: awake, and not just starting."""
        return self.awake and now_s >= self._core.silent_until_s

    @property
    def in_bootloader(self) -> bool:
        """Whether its application is not running."""
        return self._core.in_bootloader

    # -- time

    def next_s(self) -> float | None:
        """When something happens next; None: nothing will."""
        if self._agenda.next_s is not None or self.session is Session.DEFAULT:
            return self._agenda.next_s
        return self._active_s + S3_S

    def due(self, now_s: float) -> list[bytes]:
        """Let everything up to `now_s` happen; what it has said since the last call."""
        self._run(now_s)
        said, self._said = self._said, []
        return said

    def request(self, now_s: float, payload: bytes, *, functional: bool) -> None:
        """A request arrived."""
        self._run(now_s)
        if not self.runs(now_s) or not payload:
            return
        self._active_s = now_s
        if payload == KEEP_ALIVE:
            return
        self.requests.append(payload)
        self._core.now_s = now_s
        self._plan(now_s, payload, self._reaction(payload), functional=functional)

    def lose_power(self) -> None:
        """Everything volatile is gone; what was being done is not finished."""
        self._agenda.clear()
        self._said.clear()
        self._core.begin(Session.DEFAULT)
        self._core.silent_until_s = 0.0

    def without_power(self, now_s: float, remedy: Cure) -> None:
        """Its power was taken and given back: alone (POWER_CYCLE), or with the whole car's (BATTERY)."""
        self.lose_power()
        self._core.store(cured_by(self.memory, remedy))
        self._core.restart(now_s)

    def fall_asleep(self) -> None:
        """It stops where it is, and is off the bus until it is woken: a sleeping processor keeps what flash keeps."""
        self.lose_power()
        self._core.awake = False

    def wake(self, now_s: float) -> None:
        """It starts anew, if it was asleep."""
        if not self.awake:
            self._core.awake = True
            self._core.restart(now_s)

    def note_fault(self, code: int, status: int) -> None:
        """A trouble code has this status now; stored only while it may store any."""
        self._faults.note(code, status)

    def has_fault(self, code: int) -> bool:
        """Whether a trouble code is stored."""
        return self._faults.has(code)

    def _run(self, now_s: float) -> None:
        volts = self._core.world.volts()
        if volts < BROWN_OUT_V:
            self.lose_power()
            self._core.restart(now_s)
            return
        said = last_word(self._core, volts)
        if said is not None:
            self._agenda.clear()
            self._said.append(said)
        while (entry := self._agenda.pop(now_s)) is not None:
            self._active_s = entry.at_s
            if entry.change is not None:
                entry.change(entry.at_s)
            if entry.says is not None:
                self._said.append(entry.says)
        if self.session is not Session.DEFAULT and self._agenda.next_s is None and now_s >= self._active_s + S3_S:
            self._forget_session(self._active_s + S3_S)

    def _forget_session(self, at_s: float) -> None:
        """S3 ran out; a bootloader then starts its application, if it is good."""
        if self.session is Session.PROGRAMMING:
            self._core.restart(at_s)
        else:
            self._core.begin(Session.DEFAULT)

    # -- requests

    def _reaction(self, payload: bytes) -> Reaction:
        sid = payload[0]
        service = self._services.get(sid)
        if service is None:
            return refuse(sid, 0x11)
        if self._agenda.next_s is not None:
            return refuse(sid, 0x21)
        if (no := refused(self.profile.manner, payload)) is not None:
            return no
        if self.in_bootloader and sid in APPLICATION_ONLY and not self.memory.lost:
            return refuse(sid, 0x7F)
        if len(payload) < SHORTEST.get(sid, 2):
            return refuse(sid, 0x13)
        if sid in WITH_SUB_FUNCTION:
            payload = bytes((sid, payload[1] & ~SUPPRESS)) + payload[2:]
        refusal = refusal_when_lost(payload) if self.memory.lost else refusal_when_stuck(self.memory, payload)
        return refusal or service(payload)

    def _plan(self, now_s: float, request: bytes, reaction: Reaction, *, functional: bool) -> None:
        if functional and reaction.nrc in FUNCTIONAL_SILENCE:
            return
        speaks = self.profile.speaks_to_all or not functional
        done_s = now_s + self.profile.answer_s + reaction.takes_s
        pending_s = _pending_times(now_s + self.profile.answer_s, done_s) if speaks else []
        for at_s in pending_s:
            self._agenda.put(at_s, refuse(request[0], 0x78).answer)
        kept_back = not speaks or (reaction.nrc is None and not pending_s and _suppresses(request))
        if not kept_back or reaction.change is not None:
            answer = said(self.profile.manner, request, reaction.answer)
            self._agenda.put(done_s, None if kept_back else answer, reaction.change)


def _pending_times(first_s: float, done_s: float) -> list[float]:
    times = []
    while first_s < done_s:
        times.append(first_s)
        first_s += PENDING_EVERY_S
    return times


def _suppresses(request: bytes) -> bool:
    return request[0] in WITH_SUB_FUNCTION and len(request) > 1 and bool(request[1] & SUPPRESS)
