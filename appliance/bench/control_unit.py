"""A simulated control unit: an ISO 14229-1 server over a flash memory that can be erased, half written and cut.

This is an independent reading of the standard: it imports nothing of `procedure`, and speaks bytes.  It does what
facts.md §11 asks of a simulator: sessions with S3, reset and silence, SecurityAccess with lock-out, preconditions,
response pending (NRC 0x78) while it erases or checks, a bootloader that stays when the application is not good.

A request is answered by a plan: things that happen at a time, each an answer, a change, or both.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from appliance.bench.memory import Slot, StoredFault, UnitMemory
from appliance.bench.security import bench_key, bench_seed
from appliance.firmware.synthetic import software_of

DEFAULT, PROGRAMMING, EXTENDED, CODING = 0x01, 0x02, 0x03, 0x41
S3_S = 5.0  # ISO 14229-2, table 5
PENDING_EVERY_S = 2.0  # under half of P2* (5 s)
FUNCTIONAL_SILENCE = frozenset({0x11, 0x12, 0x31, 0x7E, 0x7F})  # ISO 14229-1, 7.5
KEY_ATTEMPTS = 3
LOCK_OUT_S = 10.0
LOW_V, HIGH_V = 11.0, 16.0  # 0x93 and 0x92 outside; facts.md §6 "DTC monitoring valid 9–16 V", the lower one assumed


@dataclass(frozen=True, slots=True)
class Profile:
    """What kind of control unit it is.

    Attributes:
        erase_s / check_s / reset_s: How long it really takes, for its largest flash region.
        timings: DID 2504 as u16 seconds; empty: not offered.
        block_length: maxNumberOfBlockLength it grants.
        bare_session: Answers `50 xx` without timing bytes, as real ones do (facts.md §5.4, confirmed).
        calibration: OBD mode 09 identity is answered.
        answer_s: Time from request to an immediate answer.
    """

    name: str
    erase_s: float = 3.0
    check_s: float = 0.8
    reset_s: float = 1.2
    timings: tuple[int, ...] = ()
    block_length: int = 4095
    bare_session: bool = False
    calibration: bool = False
    answer_s: float = 0.002
    counter_max: int = 0x00F7


@dataclass(slots=True)
class World:
    """What a control unit feels of the car around it."""

    volts: Callable[[], float]
    vin: str
    engine_running: bool = False


Change = Callable[[], None]


@dataclass(order=True, slots=True)
class _Due:
    at_s: float
    order: int
    payload: bytes | None = field(compare=False)
    change: Change | None = field(compare=False)


class ControlUnit:
    """One control unit.

    Args:
        keep: Called with the new memory whenever something durable changes.
    """

    def __init__(
        self, memory: UnitMemory, profile: Profile, world: World, keep: Callable[[UnitMemory], None]
    ) -> None:
        self.memory = memory
        self.profile = profile
        self.world = world
        self.dtc_setting = True
        self.normal_messages = True
        self.silent_until_s = 0.0
        self.session = DEFAULT
        self.requests: list[bytes] = []
        self._keep = keep
        self._queue: list[_Due] = []
        self._count = 0
        self._heard_s = 0.0
        self._unlocked = 0
        self._seed = b""
        self._bad_keys = 0
        self._locked_until_s = 0.0
        self._download: tuple[Slot, int] | None = None
        self._received = bytearray()
        self._counter = 1
        self._handlers: dict[int, Callable[[float, bytes], bytes | None]] = {
            0x09: self._vehicle_information,
            0x10: self._session_control,
            0x11: self._reset,
            0x14: self._clear_faults,
            0x19: self._read_faults,
            0x22: self._read,
            0x27: self._security,
            0x28: self._communication,
            0x2E: self._write,
            0x31: self._routine,
            0x34: self._request_download,
            0x36: self._transfer,
            0x37: self._transfer_exit,
            0x3E: self._tester_present,
            0x85: self._dtc_setting,
        }

    # -- time

    @property
    def address(self) -> int:
        """Its diagnostic address."""
        return self.memory.address

    @property
    def in_bootloader(self) -> bool:
        """Whether its application is not running."""
        return self.session == PROGRAMMING or not self.memory.good

    def next_s(self) -> float | None:
        """When something happens next; None: nothing will."""
        return self._queue[0].at_s if self._queue else None

    def due(self, now_s: float) -> list[bytes]:
        """Let everything up to `now_s` happen; the answers that come of it."""
        answers = []
        while self._queue and self._queue[0].at_s <= now_s:
            due = heapq.heappop(self._queue)
            if due.change is not None:
                due.change()
            if due.payload is not None:
                answers.append(due.payload)
        if self.session != DEFAULT and not self._queue and now_s - self._heard_s > S3_S:
            self._to_default(now_s)
        return answers

    def lose_power(self) -> None:
        """Everything volatile is gone; what was being done is not finished."""
        self._queue.clear()
        self._forget_session()
        self.silent_until_s = 0.0

    def request(self, now_s: float, payload: bytes, *, functional: bool) -> None:
        """A request arrived."""
        self.due(now_s)
        if now_s < self.silent_until_s or not payload:
            return
        self._heard_s = now_s
        if payload[:2] == b"\x3e\x80":
            return
        self.requests.append(payload)
        if self._queue:
            answer: bytes | None = bytes((0x7F, payload[0], 0x21))  # one thing at a time
        else:
            answer = self._handle(now_s, payload)
        if answer is None or (functional and answer[0] == 0x7F and answer[2] in FUNCTIONAL_SILENCE):
            return
        if answer[0] != 0x7F and payload[0] in _SUPPRESSIBLE and payload[1] & 0x80:
            return
        self._then(now_s + self.profile.answer_s, answer)

    def store_fault(self, code: int, status: int) -> None:
        """Store a trouble code, if it may store any now."""
        if self.dtc_setting and not any(fault.code == code for fault in self.memory.faults):
            self._store(replace(self.memory, faults=(*self.memory.faults, StoredFault(code, status))))

    # -- requests

    def _handle(self, now_s: float, payload: bytes) -> bytes | None:
        """The answer to give at once; None when a plan was made, or nothing is said."""
        sid = payload[0]
        handler = self._handlers.get(sid)
        if handler is None:
            return _refusal(sid, 0x11)
        if self.in_bootloader and sid in _APPLICATION_ONLY:
            return _refusal(sid, 0x7F)
        if len(payload) < _SHORTEST.get(sid, 2):
            return _refusal(sid, 0x13)
        return handler(now_s, payload)

    def _session_control(self, now_s: float, payload: bytes) -> bytes | None:
        kind = payload[1] & 0x7F
        if kind not in (DEFAULT, PROGRAMMING, EXTENDED, CODING):
            return _refusal(0x10, 0x12)
        answer = bytes((0x50, kind)) + (b"" if self.profile.bare_session else bytes.fromhex("003201F4"))
        if kind == PROGRAMMING:
            if self.session == DEFAULT and self.memory.good:
                return _refusal(0x10, 0x7E)
            self._into_bootloader(now_s, answer)
            return None
        if kind == CODING and self.in_bootloader:
            return _refusal(0x10, 0x12)
        if self.session == PROGRAMMING and kind == DEFAULT:
            self._then(now_s + self.profile.answer_s, answer, self._reset_at(now_s))
            return None
        if self.session == PROGRAMMING:
            return answer  # a bootloader stays in its programming session (facts.md §5.5, likely)
        if kind == DEFAULT:
            self._forget_session()
        self.session = kind
        return answer

    def _into_bootloader(self, now_s: float, answer: bytes) -> None:
        entered = now_s + self.profile.reset_s / 2

        def enter() -> None:
            self.session, self._unlocked, self._download = PROGRAMMING, 0, None

        self._pending(now_s, 0x10, entered)
        self._then(entered, answer, enter)

    def _reset(self, now_s: float, payload: bytes) -> bytes | None:
        if payload[1] & 0x7F != 1:
            return _refusal(0x11, 0x12)
        self._then(now_s + self.profile.answer_s, bytes((0x51, 0x01)), self._reset_at(now_s))
        return None

    def _reset_at(self, now_s: float) -> Change:
        def reset() -> None:
            self._forget_session()
            self.silent_until_s = now_s + self.profile.reset_s

        return reset

    def _read(self, _now_s: float, payload: bytes) -> bytes:
        did = int.from_bytes(payload[1:3], "big")
        data = self.identifier(did)
        if data is None or len(payload) != 3:
            return _refusal(0x22, 0x31)
        return b"\x62" + payload[1:3] + data

    def identifier(self, did: int) -> bytes | None:
        """The data of an identifier; None: it has none of that number now."""
        memory, profile = self.memory, self.profile
        fixed = {
            0xF101: self._svk(),
            0xF186: bytes((self.session,)),
            0x100A: bytes((memory.energy_mode,)),
            0xF15A: memory.fingerprint,
        }
        if did in fixed:
            return fixed[did]
        if self.in_bootloader and did not in _BOOTLOADER_DIDS:
            return None
        if did == 0x2504 and profile.timings:
            return b"".join(word.to_bytes(2, "big") for word in profile.timings)
        if did == 0x2502:
            return memory.programmed.to_bytes(4, "big")
        if did == 0x2503:
            return profile.counter_max.to_bytes(2, "big")
        if did == 0xF190:
            return self.world.vin.encode("ascii")
        return dict(memory.coding).get(did)

    def _svk(self) -> bytes:
        """SVK: version, result of its own check, entries (facts.md §3.1)."""
        entries = [_entry(text) for text in self.memory.fixed]
        entries += [_entry(s.software) if s.state == "good" else _UNKNOWN_ENTRY for s in self.memory.slots]
        good = self.memory.good and self.memory.dependencies_good
        head = bytes((1, 1 if good else 2)) + len(entries).to_bytes(2, "big")
        return head + self.memory.fingerprint + b"".join(entries)

    def _write(self, _now_s: float, payload: bytes) -> bytes:
        did, data = int.from_bytes(payload[1:3], "big"), payload[3:]
        answer = b"\x6e" + payload[1:3]
        if did == 0xF15A:
            if self.session != PROGRAMMING or self._unlocked != 0x11:
                return _refusal(0x2E, 0x33)
            self._store(replace(self.memory, fingerprint=data))
            return answer
        if did == 0x37FE and self.session == CODING:
            self._store(replace(self.memory, coding_stamp=data))
            return answer
        if did in dict(self.memory.coding):
            if self.session != CODING or self._unlocked != 0x01:
                return _refusal(0x2E, 0x33)
            coding = tuple((key, data if key == did else kept) for key, kept in self.memory.coding)
            self._store(replace(self.memory, coding=coding))
            return answer
        return _refusal(0x2E, 0x31)

    def _security(self, now_s: float, payload: bytes) -> bytes:
        level = payload[1]
        needed = {0x11: PROGRAMMING, 0x01: CODING}
        if now_s < self._locked_until_s:
            return _refusal(0x27, 0x37)
        if level % 2:
            if needed.get(level) != self.session:
                return _refusal(0x27, 0x7E if level in needed else 0x12)
            self._seed = b"" if self._unlocked == level else bench_seed(self.address, level, now_s)
            return bytes((0x67, level)) + (self._seed or bytes(8))
        seed, self._seed = self._seed, b""
        if not seed:
            return _refusal(0x27, 0x24)
        if payload[2:] != bench_key(level - 1, seed):
            self._bad_keys += 1
            if self._bad_keys >= KEY_ATTEMPTS:
                self._bad_keys, self._locked_until_s = 0, now_s + LOCK_OUT_S
                return _refusal(0x27, 0x36)
            return _refusal(0x27, 0x35)
        self._unlocked, self._bad_keys = level - 1, 0
        return bytes((0x67, level))

    def _communication(self, _now_s: float, payload: bytes) -> bytes:
        if self.session == DEFAULT:
            return _refusal(0x28, 0x7F)
        self.normal_messages = payload[1] & 0x7F == 0
        return bytes((0x68, payload[1] & 0x7F))

    def _dtc_setting(self, _now_s: float, payload: bytes) -> bytes:
        if self.session == DEFAULT:
            return _refusal(0x85, 0x7F)
        self.dtc_setting = payload[1] & 0x7F == 1
        return bytes((0xC5, payload[1] & 0x7F))

    def _tester_present(self, _now_s: float, payload: bytes) -> bytes:
        return bytes((0x7E, payload[1] & 0x7F))

    def _read_faults(self, _now_s: float, payload: bytes) -> bytes:
        if payload[1] != 0x02 or len(payload) != 3:
            return _refusal(0x19, 0x12)
        # A real one also returns status 20 or 28 that the mask does not match (facts.md §9): so does this one.
        return bytes((0x59, 0x02, 0xFF)) + b"".join(
            fault.code.to_bytes(3, "big") + bytes((fault.status,)) for fault in self.memory.faults
        )

    def _clear_faults(self, _now_s: float, payload: bytes) -> bytes:
        if len(payload) != 4:
            return _refusal(0x14, 0x13)
        # What is still failing comes back at once.
        self._store(replace(self.memory, faults=tuple(f for f in self.memory.faults if f.status & 0x01)))
        return b"\x54"

    def _vehicle_information(self, _now_s: float, payload: bytes) -> bytes:
        if not self.profile.calibration:
            return _refusal(0x09, 0x11)
        digest = hashlib.sha256("".join(s.software for s in self.memory.slots).encode()).digest()
        if payload[1] == 0x04:
            return b"\x49\x04\x01" + digest[:4].hex().upper().encode().ljust(16, b"\0")
        if payload[1] == 0x06:
            return b"\x49\x06\x01" + digest[:4]
        return _refusal(0x09, 0x12)

    # -- routines and flash

    def _routine(self, now_s: float, payload: bytes) -> bytes | None:
        if payload[1] != 0x01:
            return _refusal(0x31, 0x12)
        identifier = int.from_bytes(payload[2:4], "big")
        echo = b"\x71" + payload[1:4]
        match identifier:
            case 0x0203:
                return _refusal(0x31, 0x31) if self.in_bootloader else echo + self._unmet()
            case 0x0F0C | 0x1003 | 0x1001:
                return self._mode(identifier, payload, echo)
            case 0x0F01:
                return echo + b"\x00" if self.session == CODING else _refusal(0x31, 0x7F)
            case 0x0F06:
                return echo
            case 0xFF00:
                return self._erase(now_s, payload, echo)
            case 0x0202:
                return self._check_memory(now_s, payload, echo)
            case 0xFF01:
                return self._check_dependencies(now_s, echo)
            case _:
                return _refusal(0x31, 0x31)

    def _unmet(self) -> bytes:
        """Precondition codes (facts.md §5.3: 01 confirmed, the others likely)."""
        codes = []
        if self.world.engine_running:
            codes.append(0x01)
        if self.world.volts() < LOW_V:
            codes.append(0x08)
        return bytes(codes)

    def _mode(self, identifier: int, payload: bytes, echo: bytes) -> bytes:
        if self.in_bootloader or (self.session == DEFAULT and identifier != 0x1001):
            return _refusal(0x31, 0x7F)
        if identifier == 0x0F0C:
            self._store(replace(self.memory, energy_mode=payload[4] if len(payload) > 4 else 0))
        return echo

    def _voltage_refusal(self) -> bytes | None:
        volts = self.world.volts()
        if volts < LOW_V:
            return _refusal(0x31, 0x93)
        return _refusal(0x31, 0x92) if volts > HIGH_V else None

    def _erase(self, now_s: float, payload: bytes, echo: bytes) -> bytes | None:
        if self.session != PROGRAMMING or self._unlocked != 0x11:
            return _refusal(0x31, 0x33)
        refusal = self._voltage_refusal()
        if refusal:
            return refusal
        slot = self.memory.slot(int.from_bytes(payload[6:10], "big")) if payload[4:6] == b"\x02\x40" else None
        if slot is None:
            return _refusal(0x31, 0x31)
        # From the first pulse on the content is gone, and with it the proof that the units fit together.
        emptied = self.memory.with_slot(replace(slot, software="", state="erased"))
        blank = tuple((did, b"\xff" * len(data)) for did, data in emptied.coding)
        self._store(replace(emptied, dependencies_good=False, coding=blank))
        self._download = None
        done_s = now_s + self.profile.erase_s * slot.length / max(s.length for s in self.memory.slots)
        self._pending(now_s, 0x31, done_s)
        self._then(done_s, echo + b"\x00")
        return None

    def _request_download(self, _now_s: float, payload: bytes) -> bytes:
        if self.session != PROGRAMMING or self._unlocked != 0x11:
            return _refusal(0x34, 0x33)
        if len(payload) != 11 or payload[2] != 0x44:
            return _refusal(0x34, 0x31)
        address, length = int.from_bytes(payload[3:7], "big"), int.from_bytes(payload[7:11], "big")
        slot = self.memory.slot(address)
        if slot is None or length != slot.length or payload[1] != 0:
            return _refusal(0x34, 0x31)
        if slot.state != "erased":
            return _refusal(0x34, 0x70)
        self._download, self._received, self._counter = (slot, length), bytearray(), 1
        return b"\x74\x20" + self.profile.block_length.to_bytes(2, "big")

    def _transfer(self, _now_s: float, payload: bytes) -> bytes:
        if self._download is None:
            return _refusal(0x36, 0x24)
        if payload[1] == (self._counter - 1) & 0xFF and self._received:
            return bytes((0x76, payload[1]))  # the same block again: acknowledged, not written twice (14.5.2)
        if payload[1] != self._counter:
            return _refusal(0x36, 0x73)
        if len(payload) > self.profile.block_length or len(self._received) + len(payload) - 2 > self._download[1]:
            return _refusal(0x36, 0x31)
        if self._voltage_refusal():
            return _refusal(0x36, 0x93 if self.world.volts() < LOW_V else 0x92)
        self._received += payload[2:]
        self._counter = (self._counter + 1) & 0xFF
        return bytes((0x76, payload[1]))

    def _transfer_exit(self, _now_s: float, _payload: bytes) -> bytes:
        if self._download is None or len(self._received) != self._download[1]:
            return _refusal(0x37, 0x24)
        slot = self._download[0]
        self._download = None
        # What was written is known by its content alone; a wrong trailer is found by the check, not here.
        self._store(self.memory.with_slot(replace(slot, software=software_of(bytes(self._received)), state="written")))
        return b"\x77"

    def _check_memory(self, now_s: float, payload: bytes, echo: bytes) -> bytes | None:
        if self.session != PROGRAMMING:
            return _refusal(0x31, 0x7F)
        slot = self.memory.slot(int.from_bytes(payload[6:10], "big"))
        if slot is None or slot.state == "erased":
            return _refusal(0x31, 0x22)
        good = slot.software != ""

        def checked() -> None:
            self._store(self.memory.with_slot(replace(slot, state="good" if good else "erased")))

        done_s = now_s + self.profile.check_s
        self._pending(now_s, 0x31, done_s)
        self._then(done_s, echo + (b"\x00" if good else b"\x01"), checked)
        return None

    def _check_dependencies(self, now_s: float, echo: bytes) -> bytes | None:
        if self.session != PROGRAMMING:
            return _refusal(0x31, 0x7F)
        good = self.memory.good

        def checked() -> None:
            counted = self.memory.programmed + (1 if good and not self.memory.dependencies_good else 0)
            self._store(replace(self.memory, dependencies_good=good, programmed=counted))

        done_s = now_s + self.profile.check_s
        self._pending(now_s, 0x31, done_s)
        self._then(done_s, echo + (b"\x00" if good else b"\x04"), checked)
        return None

    # -- inside

    def _store(self, memory: UnitMemory) -> None:
        if memory != self.memory:
            self.memory = memory
            self._keep(memory)

    def _to_default(self, now_s: float) -> None:
        """S3 ran out: the default session; a bootloader starts its application, if it is good."""
        if self.session == PROGRAMMING:
            self.silent_until_s = now_s + self.profile.reset_s
        self._forget_session()

    def _forget_session(self) -> None:
        self.session = DEFAULT
        self.dtc_setting = self.normal_messages = True
        self._unlocked, self._seed, self._download = 0, b"", None

    def _pending(self, now_s: float, sid: int, until_s: float) -> None:
        at_s = now_s + self.profile.answer_s
        while at_s < until_s - 0.05:
            self._then(at_s, bytes((0x7F, sid, 0x78)))
            at_s += PENDING_EVERY_S

    def _then(self, at_s: float, payload: bytes | None, change: Change | None = None) -> None:
        self._count += 1
        heapq.heappush(self._queue, _Due(at_s, self._count, payload, change))


def _refusal(sid: int, nrc: int) -> bytes:
    return bytes((0x7F, sid, nrc))


_UNKNOWN_ENTRY = b"\xff" * 8  # reads unkn_ffffffff-255_255_255 (facts.md §3.2, confirmed)
_CLASSES = {"hwel": 1, "hwap": 2, "cafd": 5, "btld": 6, "swfl": 8}


def _entry(text: str) -> bytes:
    """One SVK entry from its PSdZ text."""
    kind, rest = text.split("_", 1)
    identifier, version = rest.split("-")
    return bytes((_CLASSES[kind],)) + bytes.fromhex(identifier) + bytes(int(part) for part in version.split("_"))


_SUPPRESSIBLE = frozenset({0x10, 0x11, 0x28, 0x31, 0x3E, 0x85})
_APPLICATION_ONLY = frozenset({0x19, 0x09})
_BOOTLOADER_DIDS = frozenset({0x2502, 0x2503, 0x2504})
_SHORTEST = {0x22: 3, 0x2E: 4, 0x31: 4, 0x34: 4, 0x36: 3, 0x37: 1, 0x14: 4, 0x28: 3}
