"""The ways to go through all that can be cut.

single    every point of one undisturbed job, every cut
pairs     a seeded sample of all pairs: any cut, and in the lives after it any other
closure   from every durable state: every point, every cut, until no state is new
again     the cuts that are named, as a failure prints them
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from tests.survival.branch import Turns
from tests.survival.cuts import Cut, Made, State, cuts_at, lasting, make, situation, visible
from tests.survival.durable import Foreseer
from tests.survival.explore import Explorer, found, told
from tests.survival.points import Point
from tests.survival.world import World, log_bytes

CHECKED_OF = 32


@dataclass(slots=True)
class Counts:
    """What was passed.

    Attributes:
        points: Points of the life that was branched from.
        cuts: Everything that could have been cut there.
        alike: Cuts at points that look, to whoever is cut there, exactly as an earlier one: made once.
    """

    points: int = 0
    cuts: int = 0
    alike: int = 0


def single(explorer: Explorer, shard: int, shards: int) -> Counts:
    """Every cut of one undisturbed life."""
    counts, seen = Counts(), set[tuple[Cut, State]]()

    def visit(point: Point) -> None:
        if explorer.made:
            return
        counts.points += 1
        due = []
        for cut in cuts_at(point, log_bytes()):
            counts.cuts += 1
            key = (cut, visible(explorer.world))
            if key in seen:
                counts.alike += 1
                continue
            seen.add(key)
            if len(seen) % shards == shard:
                due.append(cut)
        explorer.branch_off(point, due)

    explorer.world.points.visit = visit
    explorer.play()
    return counts


@dataclass(frozen=True, slots=True)
class Sample:
    """Which pairs are run: the share of first cuts, and of the second cuts behind each."""

    seed: int
    first: float
    second: float

    def takes(self, made: Sequence[Made], candidate: Made) -> bool:
        """Whether this cut is made after those; the same in every run."""
        text = f"{self.seed} {' '.join(map(str, made))} {candidate}"
        share = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64
        return share < (self.second if made else self.first)


def pairs(explorer: Explorer, sample: Sample, shard: int, shards: int) -> Counts:
    """A sample of all pairs of cuts, without asking whether they differ."""
    counts = Counts()

    def visit(point: Point) -> None:
        made = explorer.made
        if len(made) > 1:
            return
        cuts = [cut for cut in cuts_at(point, log_bytes()) if sample.takes(made, Made(point.life, point.number, cut))]
        if not made:
            counts.points += 1
            first, counts.cuts = counts.cuts, counts.cuts + len(cuts)
            cuts = [cut for number, cut in enumerate(cuts, first) if number % shards == shard]
        explorer.branch_off(point, cuts)

    explorer.world.points.visit = visit
    explorer.play()
    return counts


@dataclass(frozen=True, slots=True)
class Edge:
    """A cut that leads from one durable state to another; `foreseen` is what `Foreseer` told of it."""

    source: str
    target: str
    cut: str
    place: str
    foreseen: str


@dataclass(frozen=True, slots=True)
class Alike:
    """A cut that was not made: another one leads from the same to the same."""

    source: str
    foreseen: str


@dataclass(frozen=True, slots=True)
class Node:
    """A durable state: what it is in words, and what a restart finds in the DME."""

    state: str
    words: str
    found: str
    cuts: tuple[str, ...]


class Closure(Explorer):
    """Explores every durable state once, whoever reaches it first; a cut whose end is foreseen is made once.

    One of `CHECKED_OF` of those is made all the same: that they end alike is not believed, but looked at.

    A cut of the control units alone ends no life of the appliance, so it leads to no durable state by itself.  It is
    made at every point of the first life, as the first of a chain, for what it leaves is counted: a datablock failed.

    Args:
        claims: A folder with one file for each state that is taken.
        turns: How many states are explored at the same time.
    """

    def __init__(self, world: World, results: Path, claims: Path, turns: Turns) -> None:
        super().__init__(world, results)
        self._claims = claims
        self._turns = turns
        self._source = "start"
        self._seen: set[State] = set()
        self._foreseer = Foreseer()
        self._foreseen: dict[Cut, str] = {}  # of the cuts at this point
        self.counts = Counts()

    def visit(self, point: Point) -> None:
        """Cut everything that is not alike within this life."""
        cuts = cuts_at(point, log_bytes())
        due = [Cut.CAR] if Cut.CAR in cuts and self._first_of_a_chain() else []
        self.counts.points += 1
        for cut in cuts:
            key = lasting(self.world, cut, point.place)
            if key is None or key in self._seen:
                continue
            self._seen.add(key)
            self._foreseen[cut] = self._foresee(cut, point)
            if self._to_be_made(self._foreseen[cut]):
                due.append(cut)
            else:
                self.write(Alike(self._source, self._foreseen[cut]))
        self.branch_off(point, due)

    def _first_of_a_chain(self) -> bool:
        """Whether nothing was cut yet, and the car looks as it did at no point before."""
        key = (Cut.CAR, visible(self.world))
        if self.made or key in self._seen:
            return False
        self._seen.add(key)
        return True

    def _foresee(self, cut: Cut, point: Point) -> str:
        what = situation(self.world, cut, point.place)
        return self._foreseer.foreseen(self.world, self._source, what, torn=cut is Cut.TORN_2)

    def _to_be_made(self, foreseen: str) -> bool:
        text = f"{self._source} {foreseen}"
        checked = hashlib.sha256(text.encode()).digest()[0] < 256 // CHECKED_OF
        return claimed(self._claims, f"cut-{foreseen}") or checked

    def found_again(self) -> bool:
        """Note the way; live on only in a state that nobody has taken."""
        last = self.made[-1]
        self.write(Edge(self._source, self.state, str(last), self._place, self._foreseen[last.cut]))
        if not claimed(self._claims, self.state):
            return False
        self._turns.stand_in_line()
        self.write(Node(self.state, told(self.world), found(self.world), tuple(map(str, self.made))))
        self._source, self._seen = self.state, set()
        return True

    def leave(self) -> NoReturn:
        """End a copy, and let the next one have its turn."""
        self._turns.give()
        super().leave()


def closure(explorer: Closure, turns: Turns) -> Counts:
    """Every durable state there is."""
    explorer.world.points.visit = explorer.visit
    turns.take()
    explorer.play()
    turns.wait_for_all()
    return explorer.counts


def claimed(folder: Path, name: str) -> bool:
    """Whether this is ours now; false: somebody has it."""
    try:
        os.close(os.open(folder / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    return True


def again(explorer: Explorer, script: Sequence[Made]) -> None:
    """The named cuts, and nothing else; in this process, so that a debugger can follow."""
    due = list(script)

    def visit(point: Point) -> None:
        if due and (due[0].life, due[0].number) == (point.life, point.number):
            made = due.pop(0)
            explorer.made.append(made)
            make(explorer.world, point, made.cut, log_bytes())

    explorer.world.points.visit = visit
    explorer.play()
