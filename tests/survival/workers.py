"""One way through all that can be cut, shared out among processes that each keep one world."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from tests.survival.branch import Turns
from tests.survival.cuts import Cut, Made
from tests.survival.explore import Explorer
from tests.survival.faults_frames import over_frames
from tests.survival.faults_way import FaultExplorer, Reach, faults
from tests.survival.ways import Closure, Counts, Sample, again, closure, pairs, single
from tests.survival.world import World

Row: TypeAlias = dict[str, Any]
WORKERS = os.cpu_count() or 1
# Shares of first cuts, and of second cuts behind each, by lanes: more than 20,000 pairs, and some 3,000 of two lanes.
SHARES = {1: (0.22, 0.006), 2: (0.06, 0.002)}
TWO_LANES = "-2"  # ends the name of a way that two control units go side by side
THREE_LANES = "-3"  # three
IN_TURNS = "-3-by-2"  # three, of which two are at work at the same time
RESULTS = "results.jsonl"
WARM_AT = 700  # a point in the middle of the job


@dataclass(frozen=True, slots=True)
class WorldOf:
    """A kind of world.

    Attributes:
        lanes: How many control units are prepared together.
        max_open: How many of them are at work at the same time, at most.
        least: Whether each of them has as little to do as there can be: two have the product of their durable states.
    """

    lanes: int = 1
    max_open: int = 1
    least: bool = False

    @property
    def arguments(self) -> str:
        """What `again` has to be told of it."""
        lanes = f" --lanes {self.lanes} --open {self.max_open}" if self.lanes > 1 else ""
        return lanes + (" --least" if self.least else "")


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker does.

    Attributes:
        shard / shards: Which part of it is this worker's; of the closure: how many states are explored at once.
        share: Of the sample of pairs; less is a quicker and weaker look.
        folder: Where all workers of one run write.
    """

    way: str
    shard: int = 0
    shards: int = 1
    seed: int = 1
    share: float = 1.0
    folder: Path = Path()

    @property
    def command(self) -> list[str]:
        """What starts the worker."""
        words = (self.way, self.shard, self.shards, self.seed, self.share, self.folder)
        return [sys.executable, "-m", "tests.survival.workers", *map(str, words)]


@dataclass(frozen=True, slots=True)
class Swept:
    """What came of one way: a row for each branch that ended, and for the closure one for each state and each cut."""

    name: str
    rows: tuple[Row, ...]
    counts: Counts

    @property
    def outcomes(self) -> list[Row]:
        """Those rows that are the end of a branch."""
        return [row for row in self.rows if "verdicts" in row]

    @property
    def wrong(self) -> list[Row]:
        """Those that did not end as they must, durable states from which no end was told, and ends foreseen wrongly."""
        ended = {row["state"] for row in self.outcomes}
        lost = [row for row in self.rows if "words" in row and row["state"] not in ended]
        fell = [{**row, "place": row["words"], "wrong": ["it never came to an end"]} for row in lost]
        ends = self._ends()
        made = [row for row in self.rows if "target" in row]
        others = [row for row in made if row["target"] != ends[row["foreseen"]]]
        unforeseen = [{**row, "cuts": [row["cut"]], "wrong": ["it was foreseen to end elsewhere"]} for row in others]
        return [row for row in self.outcomes if row["wrong"]] + fell + unforeseen

    @property
    def edges(self) -> set[tuple[str, str]]:
        """Which durable state a cut leads to from which, whether it was made or foreseen."""
        ends = self._ends()
        ways = (row for row in self.rows if "foreseen" in row)
        return {(row["source"], row.get("target") or ends.get(row["foreseen"], "")) for row in ways}

    @property
    def foreseen_words(self) -> str:
        """How many cuts were made and how many foreseen, and how often one was made to see whether it was."""
        made = [row for row in self.rows if "target" in row]
        alike = sum("foreseen" in row for row in self.rows) - len(made)
        checked = len(made) - len(self._ends())
        return f"{len(made)} cuts made, {alike} more end as one of these; {checked} of the made ones only to check that"

    def _ends(self) -> dict[str, str]:
        """Where each cut that was foreseen has led when it was made first."""
        return {row["foreseen"]: row["target"] for row in reversed(self.rows) if "target" in row}


def swept(
    way: str, workers: int = WORKERS, shard: tuple[int, int] = (0, 1), seed: int = 1, share: float = 1.0
) -> Swept:
    """Go one way with so many workers.

    Args:
        shard: Which part of it, of how many.

    Raises:
        RuntimeError: a worker fell over; what it said is on standard error.
    """
    folder = Path(tempfile.mkdtemp())
    mine, of = shard
    tasks = [Task(way, mine + of * number, of * workers, seed, share, folder) for number in range(workers)]
    if way.startswith("closure"):
        tasks = tasks[:1]  # it shares itself out
    try:
        processes = [subprocess.Popen(task.command, stdout=subprocess.PIPE, text=True) for task in tasks]
        said = [process.communicate()[0] for process in processes]
        codes = [process.returncode for process in processes]
        if any(codes):
            raise RuntimeError(f"{way}: the workers ended with {codes}")
        lines = (folder / RESULTS).read_text(encoding="utf-8").splitlines()
        counts = Counts(**json.loads(said[0].splitlines()[-1]))  # every worker passes all points
        return Swept(way, tuple(json.loads(line) for line in lines), counts)
    finally:
        shutil.rmtree(folder)


def world_of(way: str) -> WorldOf:
    """What kind of world a way goes through."""
    lanes, max_open = next((lanes for end, lanes in _LANES.items() if way.endswith(end)), (1, 1))
    return WorldOf(lanes, max_open, least=lanes > 1 and way.startswith(("closure", "pairs")))


def work(task: Task) -> Counts:
    """Be one worker."""
    results = task.folder / RESULTS
    results.touch()
    gc.disable()  # every copy ends soon, and gives back all it has
    _warm()
    of = world_of(task.way)
    world = World(of.lanes, of.max_open, least=of.least)
    try:
        match way := _without_lanes(task.way):
            case "single":
                return single(Explorer(world, results), task.shard, task.shards)
            case "pairs":
                first, second = SHARES[of.lanes]
                sample = Sample(task.seed, first * task.share, second)
                return pairs(Explorer(world, results), sample, task.shard, task.shards)
            case "closure":
                claims = task.folder / "claims"
                claims.mkdir()
                turns = Turns(task.shards)
                return closure(Closure(world, results, claims, turns), turns)
            case Reach.SHORT | Reach.PLACES | Reach.POINTS:
                return faults(FaultExplorer(world, results), task.shard, task.shards, Reach(way))
            case Reach.FRAMES | Reach.SHORT_FRAMES:
                framed = FaultExplorer(over_frames(world), results)
                return faults(framed, task.shard, task.shards, Reach(way))
            case _:
                raise ValueError(task.way)
    finally:
        world.gone()


_LANES = {IN_TURNS: (3, 2), TWO_LANES: (2, 2), THREE_LANES: (3, 3)}


def _without_lanes(way: str) -> str:
    return way.removesuffix(next((end for end in _LANES if way.endswith(end)), ""))


def _warm() -> None:
    """One job with a cut, thrown away: what is compiled and cached on first use is then shared by all copies."""
    world = World()
    explorer = Explorer(world, Path(os.devnull))
    again(explorer, [Made(1, WARM_AT, Cut.LONG)])
    world.gone()


if __name__ == "__main__":
    way, *numbers, place = sys.argv[1:]
    *whole, share_ = numbers
    shard_, shards_, seed_ = map(int, whole)
    told = work(replace(Task(way), shard=shard_, shards=shards_, seed=seed_, share=float(share_), folder=Path(place)))
    sys.stdout.write(json.dumps(asdict(told)) + "\n")
