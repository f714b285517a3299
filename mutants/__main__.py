"""`python -m mutants [NAME …]`: put each deliberate bug into a copy of the checkout and see who notices.

Exit: 0 every one was killed; 1 one survived; 2 one no longer applies, has no such name, or the tests tell nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from time import monotonic

from mutants.catalogue import CATALOGUE
from mutants.document import write_catalogue
from mutants.mutant import Mutant, NoLongerApplies
from mutants.round import Result, play
from mutants.trial import FAST_SUITE, Fate, Unsound

EXIT_SURVIVED, EXIT_UNUSABLE = 1, 2


def main(words: Sequence[str] | None = None) -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(prog="mutants", description="deliberate bugs: does the suite notice them?")
    parser.add_argument("names", nargs="*", help="only these (default: all)")
    parser.add_argument("--folder", default="", help="only mutants of files that begin so, as in appliance/power")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--likely", action="store_true", help="only each one's own tests: quick, and proves no survivor"
    )
    parser.add_argument("--write", action="store_true", help="only write docs/mutants.md anew from the catalogue")
    asked = parser.parse_args(words)
    if asked.write:
        write_catalogue()
        return 0
    chosen = [one for one in CATALOGUE if one.file.startswith(asked.folder)]
    if asked.names:
        chosen = [one for one in chosen if one.name in asked.names]
        if missing := set(asked.names) - {one.name for one in chosen}:
            print(f"no mutant named {', '.join(sorted(missing))}", file=sys.stderr)
            return EXIT_UNUSABLE
    try:
        return _round(chosen, asked.workers, () if asked.likely else FAST_SUITE)
    except (NoLongerApplies, Unsound) as trouble:
        print(trouble, file=sys.stderr)
        return EXIT_UNUSABLE


def _round(mutants: Sequence[Mutant], workers: int, suite: Sequence[str]) -> int:
    begun_s = monotonic()
    print(f"{len(mutants)} deliberate bugs, {workers} workers", flush=True)
    results = play(mutants, workers, suite, _told)
    survivors = [one for one in results if one.outcome.fate is Fate.SURVIVED]
    took_s = monotonic() - begun_s
    print(f"{len(results) - len(survivors)} of {len(results)} killed in {took_s / 60:.1f} minutes")
    for one in results:
        if one.unlikely:
            print(f"not by its own tests: {one.mutant.name}, but by {one.outcome.by}")
    for one in survivors:
        print(f"SURVIVED: {one.mutant.name} ({one.mutant.file}), law {one.mutant.law.value}. {one.mutant.harm}")
    return EXIT_SURVIVED if survivors else 0


def _told(result: Result) -> None:
    outcome = result.outcome
    print(
        f"{result.mutant.name:40} law {result.mutant.law.value:2}  {result.took_s:5.1f} s  "
        f"{outcome.fate.value:8}  {outcome.by.partition('[')[0]}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
