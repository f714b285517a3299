"""`python -m mutants.generic`: a seeded sample of small changes, and who notices them.

First every test is run once, to see which functions it calls (`calls`) and that it passes.  Then each change meets the
tests that call its function, quickest first, as many as take `ENOUGH_S` together; a change outside all functions meets
the tests of its module.  What survives is listed with its explanation, or as unexplained.

Exit: 0 every survivor is explained; 1 one is not; 2 the tests tell nothing.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from time import monotonic

from mutants.generic.calls import VARIABLE, Calls, merged
from mutants.generic.explained import load_explained
from mutants.generic.mutator import Change, changes
from mutants.round import workplaces
from mutants.trial import Fate, Outcome, Unsound, run_tests
from mutants.workplace import ROOT, Workplace

FOLDERS = ("procedure", "engine", "power", "campaign")
ENOUGH_S = 60.0  # of tests for one change, as long as they took without it
LIMIT_S = 600.0
CALLS_LIMIT_S = 3600.0
EXIT_UNEXPLAINED, EXIT_UNUSABLE = 1, 2
# Two halves of about the same length: everything that can notice a change in these folders, in virtual time.
NOTICING = (
    ("tests/procedure", "tests/campaign", "tests/power", "tests/bench/test_referee_runs.py"),
    ("tests/engine", "tests/bench/test_scenario_endings.py", "tests/test_status.py"),
)
_TRACED = ("-p", "mutants.generic.calls", "--maxfail=0", "--timeout=600")  # tracing makes calls several times as slow


@dataclass(frozen=True, slots=True)
class Tried:
    """One change and what became of it."""

    file: str
    change: Change
    outcome: Outcome


def main(words: Sequence[str] | None = None) -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(prog="mutants.generic", description="small changes nobody thought of")
    parser.add_argument("--count", type=int, default=300, help="how many of all changes are tried")
    parser.add_argument("--seed", type=int, default=1, help="decides which")
    parser.add_argument("--budget-s", type=float, default=1800.0, help="no change is begun after this")
    parser.add_argument("--only", default="", help="only files that begin so, as in appliance/power/gate.py")
    parser.add_argument("--calls", type=Path, nargs="*", help="what an earlier run wrote (default: found out anew)")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args(words)
    every = [(file, change) for file in _files() if file.startswith(asked.only) for change in _changes_of(file)]
    chosen = random.Random(asked.seed).sample(every, min(asked.count, len(every)))
    print(f"{len(chosen)} of {len(every)} changes, seed {asked.seed}", flush=True)
    try:
        tried = _tried(chosen, asked.workers, asked.calls or (), monotonic() + asked.budget_s)
    except Unsound as trouble:
        print(trouble, file=sys.stderr)
        return EXIT_UNUSABLE
    return _told(tried, len(chosen))


def _files() -> list[str]:
    found = (path for folder in FOLDERS for path in (ROOT / "appliance" / folder).glob("*.py"))
    return sorted(str(path.relative_to(ROOT)) for path in found if path.name != "__init__.py")


def _changes_of(file: str) -> Iterator[Change]:
    yield from changes((ROOT / file).read_text(encoding="utf-8"))


def _tried(chosen: Sequence[tuple[str, Change]], workers: int, known: Sequence[Path], until_s: float) -> list[Tried]:
    with workplaces(workers) as places, ThreadPoolExecutor(workers) as pool:
        free: SimpleQueue[Workplace] = SimpleQueue()
        for place in places:
            free.put(place)
        calls = merged(known) if known else _seen_calls(places, pool)
        print(f"{len(calls.took_s)} tests call {len(calls.tests)} functions", flush=True)

        def one(numbered: tuple[str, Change]) -> Tried | None:
            if monotonic() > until_s:
                return None
            place = free.get()
            try:
                file, change = numbered
                with place.changed(file, change.text):
                    tried = Tried(file, change, _outcome(place, file, change, calls))
            finally:
                free.put(place)
            if tried.outcome.fate is Fate.SURVIVED:
                print(f"survived: {file}:{change.line} {change.function}: {change.mutation}", flush=True)
            return tried

        return [tried for tried in pool.map(one, chosen) if tried is not None]


def _seen_calls(places: Sequence[Workplace], pool: ThreadPoolExecutor) -> Calls:
    """Run everything once without any change.

    Raises:
        Unsound: a run did not come to its end.
    """

    def one(place: Workplace, number: int) -> Path:
        file = place.folder / f"calls-{number}.json"
        there = tuple(test for test in NOTICING[number] if (place.folder / test).exists())
        outcome = run_tests(place, (*_TRACED, *there), CALLS_LIMIT_S, {VARIABLE: str(file)})
        if not file.exists():
            raise Unsound(f"the tests did not come to their end: {outcome.by}")
        return file

    chosen = [places[number % len(places)] for number in range(len(NOTICING))]
    return merged(list(pool.map(one, chosen, range(len(NOTICING)))))


def _outcome(place: Workplace, file: str, change: Change, calls: Calls) -> Outcome:
    path = Path(file)
    tests = calls.of(file, change.function, ENOUGH_S)
    if not tests:  # outside every function, or in one that no test calls
        folder = place.folder / "tests" / path.parent.name
        tests = tuple(sorted(str(one.relative_to(place.folder)) for one in folder.glob(f"test_*{path.stem}*.py")))
    if not tests:
        return Outcome(Fate.SURVIVED)
    return run_tests(place, tests, LIMIT_S)


def _told(tried: Sequence[Tried], chosen: int) -> int:
    explained = load_explained()
    survivors = [one for one in tried if one.outcome.fate is Fate.SURVIVED]
    unexplained = 0
    for one in sorted(survivors, key=lambda one: (one.file, one.change.line)):
        why = explained.why(one.file, one.change.function, one.change.mutation)
        unexplained += not why
        print(f"{one.file}:{one.change.line} {one.change.function}: {one.change.mutation}")
        print(f"    {why or 'UNEXPLAINED'}")
    late = f"; {chosen - len(tried)} were not begun within the budget" if len(tried) < chosen else ""
    print(f"{len(tried) - len(survivors)} of {len(tried)} killed, {unexplained} unexplained{late}")
    return EXIT_UNEXPLAINED if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
