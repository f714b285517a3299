"""The way `faults`: every fault at every point of one undisturbed job, each in a copy that lives on to the end.

What a copy must come to: a report that says "programmed", and is true; one after which START was pressed again is
allowed to say anything else that is true, which is the referee's to judge.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from appliance.errors import BoardError
from tests.survival.branch import branch, ending
from tests.survival.cuts import State, visible
from tests.survival.explore import LIVES, PROVEN, Explorer, Outcome, found
from tests.survival.faults import FAULTS, FRAMES, TABLE, Fault, all_is_well
from tests.survival.points import Point
from tests.survival.ways import Counts
from tests.survival.world import World

SHORT_FRAMES_PERCENT = 6
SHORT_PERCENT = 30  # of the places, for each kind of fault: what `make test` has the time for
RESTART_S = 3.0  # the service manager's pause before it starts the process again
ENDED_BY_IT = 2  # processes that a lasting fault may end, before somebody puts it right
PATIENCE_S = 20  # of this processor's time; a copy that takes longer hangs


@dataclass(frozen=True, slots=True)
class Happened:
    """A fault that happened: enough to make it happen again."""

    life: int
    number: int
    fault: str

    def __str__(self) -> str:
        return f"{self.life}:{self.number}:{self.fault}"


def parse_happened(text: str) -> Happened:
    """The reverse of `str`."""
    life, number, fault = text.split(":")
    return Happened(int(life), int(number), FAULTS[fault].name)


class FaultExplorer(Explorer):
    """Drives one world; at a point a fault happens, and the appliance goes on.

    Attributes:
        happened: The faults of this branch.
    """

    def __init__(self, world: World, results: Path) -> None:
        super().__init__(world, results)
        self.happened: list[Happened] = []

    def play(self) -> None:
        """Live until the job is done, then write down how it ended; a copy ends here."""
        verdicts: list[str] = []
        try:
            wrong = self._programmed(verdicts)
        except Exception as failure:  # noqa: BLE001 – whatever it is, it is the result
            wrong = (f"{type(failure).__name__}: {failure}",)
        if self.happened or wrong:
            happened = tuple(map(str, self.happened))
            self.write(Outcome(happened, self._place, self._found, "", len(verdicts), tuple(verdicts), wrong))
        if self.world.is_copy:
            self.world.gone()
            os._exit(0)  # nothing of a copy is tidied up: what it holds belongs to the original

    def strike(self, point: Point, faults: Sequence[Fault]) -> None:
        """Go on from this point in a copy for each of these faults."""
        for fault in faults:
            happened = Happened(point.life, point.number, fault.name)
            if branch(str(happened)):
                signal.signal(signal.SIGVTALRM, _hangs)
                signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE_S)
                self.world.is_copy = True
                self.happen(point, happened)
                return

    def happen(self, point: Point, happened: Happened) -> None:
        """Let it happen in this process."""
        self.happened.append(happened)
        self._place = point.place
        self.world.moved()
        self.world.goes_on()
        FAULTS[happened.fault].happens(self.world)

    def _programmed(self, verdicts: list[str]) -> tuple[str, ...]:
        reason, ended = "", 0
        while len(verdicts) < LIVES:
            try:
                report = self.world.life()
            except BoardError as failure:  # the process ends, and is started again
                if not self.happened:
                    raise
                verdicts.append(type(failure).__name__)
                ended += 1
                self.world.off(RESTART_S)
                report = self.world.reported()  # it may have been durable before the process ended
            if not ended and report is None:
                return ("the appliance waits for another car",)
            if report is not None or ended == ENDED_BY_IT:
                self._found = found(self.world)
                all_is_well(self.world)
            if report is None:
                continue
            verdicts.append(report.verdict)
            reason = report.reason
            if report.verdict == PROVEN:
                return tuple(self.world.untruths(report))
        return (f"not programmed after {LIVES} lives: {reason}",)


def _hangs(_signal: int, _frame: object) -> None:
    raise TimeoutError(f"at work for longer than {PATIENCE_S} s")


def counted(world: World) -> Counter[str]:
    """How often each place is passed in an undisturbed life; found out in a copy."""
    told = Path.cwd().parent / f"counted-{os.getpid()}.json"
    if branch("count"):
        ending(lambda: _count(world, told))
    counts = Counter(json.loads(told.read_text(encoding="utf-8")))
    told.unlink()
    return counts


def _count(world: World, told: Path) -> None:
    counts = Counter[str]()

    def visit(point: Point) -> None:
        counts[place_of(point)] += 1

    world.points.visit = visit
    world.moved()
    world.life()
    world.gone()
    told.write_text(json.dumps(counts), encoding="utf-8")


def place_of(point: Point) -> str:
    """The place without what differs from one TransferData to the next."""
    return "before 36 is sent" if point.place.startswith("before 36") else point.place


class Reach(StrEnum):
    """How much is tried; the value is the name of the way."""

    SHORT = "faults"  # of each kind one fault, at as many places as there is time for
    PLACES = "faults-all"  # each fault at each place
    POINTS = "faults-every"  # each fault each time the place is passed
    FRAMES = "frames"  # each fault of a frame at each place of a conversation in frames
    SHORT_FRAMES = "frames-short"  # some of them


@dataclass(frozen=True, slots=True)
class Selection:
    """What is tried.  Which of a kind, and which time a place is passed, is drawn by lot, the same in every run."""

    places: Counter[str]
    reach: Reach

    @property
    def table(self) -> tuple[Fault, ...]:
        """What can happen."""
        return FRAMES if self.reach in (Reach.FRAMES, Reach.SHORT_FRAMES) else TABLE

    def takes(self, fault: Fault, place: str, occurrence: int) -> bool:
        """Whether this fault is tried at this occurrence of the place, from 1."""
        if self.reach is Reach.POINTS:
            return True
        if self.reach is Reach.SHORT_FRAMES and _lot(f"{place} {fault.name}") % 100 >= SHORT_FRAMES_PERCENT:
            return False
        if self.reach is not Reach.SHORT:
            return occurrence == _lot(f"{fault.name} {place}") % self.places[place] + 1
        names = [one.name for one in TABLE if one.kind == fault.kind]
        lot = _lot(f"{fault.kind} {place}")
        due = lot % 100 < SHORT_PERCENT and fault.name == names[lot // 100 % len(names)]
        return due and occurrence == lot // 10_000 % self.places[place] + 1


def _lot(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def faults(explorer: FaultExplorer, shard: int, shards: int, reach: Reach) -> Counts:
    """So many of the faults, at the points of one undisturbed life."""
    counts, seen, passed = Counts(), set[tuple[str, State]](), Counter[str]()
    selection = Selection(counted(explorer.world), reach)

    def visit(point: Point) -> None:
        if explorer.happened:
            return
        counts.points += 1
        place = place_of(point)
        passed[place] += 1
        due = []
        for fault in selection.table:
            if not fault.applies(point):
                continue
            counts.cuts += 1
            if not selection.takes(fault, place, passed[place]):
                continue
            key = (fault.name + place, visible(explorer.world))
            if key in seen:
                counts.alike += 1
                continue
            seen.add(key)
            if len(seen) % shards == shard:
                due.append(fault)
        explorer.strike(point, due)

    explorer.world.points.visit = visit
    explorer.play()
    return counts


def happen_again(explorer: FaultExplorer, script: Sequence[Happened]) -> None:
    """The named faults, and nothing else; in this process, so that a debugger can follow."""
    due = list(script)

    def visit(point: Point) -> None:
        if due and (due[0].life, due[0].number) == (point.life, point.number):
            explorer.happen(point, due.pop(0))

    explorer.world.points.visit = visit
    explorer.play()
