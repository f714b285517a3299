"""`python -m tests.survival.sweep`: everything that can be cut and can go wrong, and what came of it.

single [--shard 3/8]     one cut, at every point
pairs [--seed N]         a sample of all pairs of cuts
closure                  any number of cuts: from every durable state
single-2, pairs-2, closure-2  the same with two control units side by side
single-3, single-3-by-2  one cut with three of them; and with three of which two are at work at the same time
faults                   one fault of each kind, at as many places as `make test` has the time for
faults-all               each fault at each place of the job, once
faults-2, faults-3       as faults, with two and with three control units side by side
faults-every             each fault at every point; a quarter of an hour of two processors
frames                   each fault of a single frame at each kind of frame of the same job over ISO-TP
frames-short             some of them, for `make test`
again CUT…               what a failure prints: life:point:cut, or life:point:fault
all [--write]            single, closure and pairs; --write: docs/survival.md and its picture
more                     the others that have an end: faults-all, and cuts and faults with two and with three
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.survival.cuts import parse_made
from tests.survival.explore import Explorer
from tests.survival.faults import FAULTS
from tests.survival.faults_frames import MEDDLING, over_frames
from tests.survival.faults_way import FaultExplorer, happen_again, parse_happened
from tests.survival.page import PAGE, PICTURE, page, strangers
from tests.survival.picture import picture
from tests.survival.ways import again
from tests.survival.workers import TWO_LANES, WORKERS, Row, Swept, WorldOf, swept, world_of
from tests.survival.world import World

ALL = ("single", "closure", "pairs")
MORE = ("faults-all", "faults-2", "faults-3", "single-2", "single-3", "single-3-by-2", "closure-2", "pairs-2")
WAYS = (*ALL, *MORE)
SHOWN = 10


def main(arguments: Sequence[str]) -> int:
    """The command; its exit code says whether anything ended wrongly."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "way",
        choices=[
            *WAYS,
            "faults",
            "faults-2",
            "faults-3",
            "faults-every",
            "frames",
            "frames-short",
            "again",
            "all",
            "more",
        ],
    )
    parser.add_argument("cuts", nargs="*")
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shard", default="0/1")
    parser.add_argument("--lanes", type=int, default=1)
    parser.add_argument("--open", type=int, default=1)
    parser.add_argument("--least", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--share", type=float, default=1.0, help="of the sample of pairs")
    chosen = parser.parse_intermixed_args(arguments)
    if chosen.way == "again":
        return repeat(chosen.cuts, WorldOf(chosen.lanes, chosen.open, chosen.least))
    mine, of = map(int, chosen.shard.split("/"))
    ways = {"all": ALL, "more": MORE}.get(chosen.way, (chosen.way,))
    results = {way: told(swept(way, chosen.workers, (mine, of), chosen.seed, chosen.share)) for way in ways}
    wrong = sum(len(result.wrong) for result in results.values())
    for lanes in ("", TWO_LANES):
        if {f"closure{lanes}", f"pairs{lanes}"} <= set(ways):
            new = strangers(results[f"closure{lanes}"], results[f"pairs{lanes}"])
            say(f"pairs{lanes}: {len(new)} durable states that the closure does not know")
            wrong += len(new)
    if chosen.write and chosen.way == "all":
        PAGE.write_text(page(results), encoding="utf-8")
        PICTURE.write_text(picture(results["closure"]), encoding="utf-8")
    return 1 if wrong else 0


def told(result: Swept) -> Swept:
    """Say what came of one way."""
    made = [row for row in result.outcomes if row["cuts"]]
    counts = result.counts
    say(
        f"{result.name}: {counts.points} points, {counts.cuts} possible, {counts.alike} alike, {len(made)} made, "
        f"{len(result.wrong)} ended wrongly"
    )
    if result.edges:
        states = sum("words" in row for row in result.rows)
        say(f"  {states} durable states, {len(result.edges)} ways between them; {result.foreseen_words}")
    for row in result.wrong[:SHOWN]:
        say(f"  {in_words(row, world_of(result.name))}")
    return result


def in_words(row: Row, of: WorldOf) -> str:
    """One branch that ended wrongly: where, what, and how to have it again."""
    wrong = "; ".join(row["wrong"])
    words = f"again{of.arguments} {' '.join(row['cuts'])}"
    return f"{row['place']}: {wrong}\n    again: python -m tests.survival.sweep {words}"


def repeat(cuts: Sequence[str], of: WorldOf) -> int:
    """Make the named cuts again, in this process, and tell how it ends."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as results:
        world = World(of.lanes, of.max_open, least=of.least)
        if any(cut.split(":")[-1] in MEDDLING for cut in cuts):
            over_frames(world)
        if any(cut.split(":")[-1] in FAULTS for cut in cuts):
            happen_again(FaultExplorer(world, Path(results.name)), [parse_happened(cut) for cut in cuts])
        else:
            again(Explorer(world, Path(results.name)), [parse_made(cut) for cut in cuts])
        world.gone()
        say(results.read())
    return 0


def say(words: str) -> None:
    """Tell whoever started it."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
