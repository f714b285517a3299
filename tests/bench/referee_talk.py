"""A run as a referee hears it, step by step, to be spoilt in one place."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from appliance import uds
from appliance.bench.memory import CarMemory, Slot, SlotState, UnitMemory
from appliance.bench.referee.job import Block, Fit, Job, Unit
from appliance.bench.referee.referee import Referee
from appliance.bench.referee.seen import End, Marked, Said

DME, GATEWAY = 0x12, 0x10
FIRST, SECOND = bytes(range(5)), b"\xaa\xbb"  # the images
ENTRIES = (bytes.fromhex("0800002CCE150202"), bytes.fromhex("08000046DB150203"))
SVK = "62F101 01 01 0002" + "00" * 13 + "".join(entry.hex() for entry in ENTRIES)
BEFORE = "62F101 01 01 0002" + "00" * 13 + "0800002CCE150102 08000046DB150103"
LEVEL_BEFORE, LEVEL = "463035361007 01F6", "463035361103 01F6"
CODED = ((0x3000, b"\x01\x04"),)
PROGRAMMED_LABOUR, AT_TARGET_LABOUR = "00 64 979", "00 64 978"


def _block(place: int, image: bytes, software: str) -> Block:
    return Block(place, len(image), software, hashlib.sha256(image).hexdigest())


UNIT = Unit(DME, (_block(0x80020000, FIRST, "program-2"), _block(0x80080000, SECOND, "data-2")), ENTRIES)
JOB = Job((UNIT,), PROGRAMMED_LABOUR, AT_TARGET_LABOUR, fit=Fit())


def car(version: int, coding: tuple[tuple[int, bytes], ...] = CODED, state: SlotState = SlotState.GOOD) -> CarMemory:
    """The car with the DME's software in this version."""
    slots = (
        Slot(0x80020000, len(FIRST), f"program-{version}", state),
        Slot(0x80080000, len(SECOND), f"data-{version}"),
    )
    return CarMemory("", "", b"", b"", (UnitMemory(DME, (), slots, coding=coding),))


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, and the answers in their order; none: silence, and P2 passes."""

    request: str
    answers: tuple[str, ...] = ()
    to: int = DME
    takes_s: float = 0.01
    pause_s: float = 0.01


@dataclass(frozen=True, slots=True)
class Mark:
    """A fact becomes durable."""

    name: str
    index: int | None = None
    address: int | None = DME


@dataclass(frozen=True, slots=True)
class Pass:
    """Time passes under this supply, and the tester keeps sessions alive or does not."""

    seconds: float
    volts: float = 13.8
    readable: bool = True
    kept_alive: bool = True


@dataclass(frozen=True, slots=True)
class Cut:
    """The appliance loses its power, and has it again after a while."""

    off_s: float = 1.0


Step: TypeAlias = Ask | Mark | Pass | Cut


def ask(request: str, *answers: str, to: int = DME) -> Ask:
    """A request and what is answered."""
    return Ask(request, answers, to)


def _datablock(index: int, place: str, pieces: Sequence[bytes]) -> list[Step]:
    length = sum(len(piece) for piece in pieces)
    return [
        Mark("DatablockBegun", index),
        ask(f"3101FF00 0240 {place} 06", "7F3178", "7101FF00 00"),
        ask(f"34 00 44 {place} {length:08X}", "74 20 0005"),
        *(ask(f"36 {number:02X} {piece.hex()}", f"76 {number:02X}") for number, piece in enumerate(pieces, 1)),
        ask("37", "77"),
        ask(f"31010202 1240 {place} 0000", "71010202 00"),
        Mark("DatablockProgrammed", index),
    ]


GOOD: tuple[Step, ...] = (
    ask("22F101", BEFORE),
    ask("1003", "5003 0032 01F4"),
    ask("1003", "5003", to=uds.FUNCTIONAL),
    ask("8502", "C502", to=uds.FUNCTIONAL),
    ask("280101", "6801", to=uds.FUNCTIONAL),
    ask("1002", "7F1078", "5002 0032 01F4"),
    ask("2711 FFFFFFFF", "6711 0102"),
    ask("2712 0304", "6712"),
    ask("2EF15A 00", "6EF15A"),
    *_datablock(0, "80020000", (FIRST[:3], FIRST[3:])),
    *_datablock(1, "80080000", (SECOND,)),
    ask("3101FF01", "7101FF01 00"),
    Mark("DependenciesChecked"),
    ask("1101", "5101"),
    Pass(2.0),
    ask("22F101", SVK),
    Mark("UnitProgrammed"),
    ask("22100B", f"62100B {LEVEL_BEFORE}", to=GATEWAY),
    Mark("LevelBegun", address=None),
    ask("1003", "5003 0032 01F4", to=GATEWAY),
    ask(f"2E100B {LEVEL}", "6E100B", to=GATEWAY),
    ask("22100B", f"62100B {LEVEL}", to=GATEWAY),
    Mark("LevelWritten", address=None),
    ask("1001", "5001", to=GATEWAY),
    ask("280001", "6800", to=uds.FUNCTIONAL),
    ask("8501", "C501", to=uds.FUNCTIONAL),
    ask("1001", "5001", to=uds.FUNCTIONAL),
)
DONE = Said("programmed", PROGRAMMED_LABOUR, ((DME, "programmed"),), "")
ENDED = End(0.0, DONE, car(2), level_met=True)


def place_of(name: str, steps: Sequence[Step] = GOOD, nth: int = 1) -> int:
    """Where the n-th step is whose request or mark begins so."""
    found = [
        place
        for place, step in enumerate(steps)
        if (isinstance(step, Ask) and step.request.replace(" ", "").startswith(name.replace(" ", "")))
        or (isinstance(step, Mark) and step.name == name)
    ]
    return found[nth - 1]


def without(name: str, nth: int = 1) -> list[Step]:
    """The good run without a step."""
    at = place_of(name, nth=nth)
    return [*GOOD[:at], *GOOD[at + 1 :]]


def instead(name: str, *steps: Step, nth: int = 1) -> list[Step]:
    """The good run with other steps in the place of one."""
    at = place_of(name, nth=nth)
    return [*GOOD[:at], *steps, *GOOD[at + 1 :]]


def before(name: str, *steps: Step, nth: int = 1) -> list[Step]:
    """The good run with more steps before one."""
    at = place_of(name, nth=nth)
    return [*GOOD[:at], *steps, *GOOD[at:]]


def until(name: str, nth: int = 1) -> list[Step]:
    """The good run up to a step, that step included."""
    return list(GOOD[: place_of(name, nth=nth) + 1])


class Talk:
    """Tells a referee what happens, step after step."""

    def __init__(self, job: Job = JOB, arrived: CarMemory | None = None) -> None:
        self.referee = Referee(job, arrived or car(1))
        self.now_s = 100.0
        self.referee.begun(self.now_s)

    def hears(self, steps: Sequence[Step]) -> Talk:
        """Let these steps happen."""
        for step in steps:
            match step:
                case Ask():
                    self._ask(step)
                case Mark(name, index, address):
                    self.referee.marked(Marked(self.now_s, name, address, index))
                case Pass():
                    self._pass(step)
                case Cut(off_s):
                    self.now_s += off_s
                    self.referee.begun(self.now_s)
        return self

    def ends(self, end: End | None = ENDED) -> list[str]:
        """The life ends in order (None: it does not end); law and words of each violation."""
        if end is not None:
            self.referee.ended(replace(end, at_s=self.now_s))
        return [f"{one.law}: {one.words}" for one in self.referee.verdict()]

    def _ask(self, step: Ask) -> None:
        self.referee.asked(self.now_s, step.to, bytes.fromhex(step.request))
        self.now_s += 0.001
        self.referee.sent(self.now_s, step.to)
        for answer in step.answers:
            self.now_s += step.takes_s
            self.referee.said(self.now_s, DME if step.to == uds.FUNCTIONAL else step.to, bytes.fromhex(answer))
        self.referee.looked(self.now_s, 13.8)
        self.now_s += step.pause_s if step.answers and step.to != uds.FUNCTIONAL else 0.5

    def _pass(self, step: Pass) -> None:
        end_s, last_s = self.now_s + step.seconds, self.now_s
        while self.now_s < end_s:
            self.referee.looked(self.now_s, step.volts, step.readable)
            if step.kept_alive and self.now_s - last_s >= 2.0:
                last_s = self.now_s
                self.referee.asked(self.now_s, uds.FUNCTIONAL, uds.TESTER_PRESENT)
                self.referee.sent(self.now_s, uds.FUNCTIONAL)
            self.now_s += 0.05
